/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A progress line on a terminal. */
#include <stdio.h>
#include <time.h>

#include "priv.h"
#include "base/text.h"

/* A smaller capture is read before anyone looks for its progress. */
#define BYTES_LEAST (50ULL << 20)
#define PAUSE (NSEC_PER_SEC / 5)

void replay_progress_begin(struct replay_progress *p, uint64_t total)
{
	p->total = total;
	p->began = p->last = ktime_now();
	/* on the same terminal the line would mix with events */
	p->shown = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO) &&
		   (!total || total >= BYTES_LEAST);
}

void replay_progress(struct replay_progress *p, uint64_t bytes, uint64_t packets)
{
	uint64_t t = p->shown ? ktime_now() : 0;
	char line[128];
	struct text out;
	double seconds;

	if (!p->shown || t - p->last < PAUSE)
		return;
	p->last = t;
	seconds = (double)(t - p->began) / (double)NSEC_PER_SEC;
	text_init(&out, line, sizeof(line));
	text_bytes(&out, p->before + bytes);
	if (p->total) {
		text_add(&out, " of ");
		text_bytes(&out, p->total);
		text_add(&out, " (%.0f %%)",
			 100.0 * (double)(p->before + bytes) / (double)p->total);
	}
	text_add(&out, ", %.2f million packets/s", (double)packets / seconds / 1e6);
	fprintf(stderr, "\r%s\033[K", line);
}

void replay_progress_end(struct replay_progress *p)
{
	if (p->shown)
		fprintf(stderr, "\r\033[K");
	p->shown = false;
}
