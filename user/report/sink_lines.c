/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where lines go: a file, a FIFO whose reader comes and goes, or the stream. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/journal.h"
#include "base/util.h"
#include "delivery/output_file.h"
#include "sink_ops.h"

#define READER_WAIT_MS 50

/* What a pipe holds (pipe(7)), unless its reader has made it hold more. */
#define PIPE_BYTES (64U << 10)

static bool is_fifo(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISFIFO(st.st_mode);
}

int sink_open_lines(struct sink *s, const char *path, struct fault *f)
{
	int r;

	if (!path) {
		s->in_journal = journal_has(s->stream);
		return outq_open_stream(&s->out, s->stream);
	}
	s->path = strdup(path);
	if (!s->path)
		return -ENOMEM;
	r = outq_open_file(&s->out, path, f);
	s->out.lasting = is_fifo(path);
	s->out.retain = s->out.lasting ? PIPE_BYTES : 0;
	if (r != -ENXIO || !s->out.lasting)
		return r;
	s->out.error = r; /* nobody reads yet: lines wait */
	return 0;
}

static bool is_away(const struct sink *s)
{
	return s->out.lasting && s->out.fd < 0;
}

static void look_for_reader(struct sink *s)
{
	_cleanup_(closep) int fd = -1;
	struct fault f;

	fault_clear(&f);
	fd = output_file_open(s->path, 0640, &f);
	if (fd < 0)
		s->out.error = fd;
	else if (!outq_attach(&s->out, fd))
		take_fd(&fd);
}

void sink_lines_pump(struct sink *s)
{
	if (is_away(s))
		look_for_reader(s);
	else
		outq_check(&s->out);
	outq_pump(&s->out);
}

int sink_lasting_flush(struct sink *s, unsigned int timeout_ms)
{
	int64_t end = ktime_ms() + timeout_ms, left = timeout_ms;
	int r;

	for (;;) {
		s->ops->pump(s);
		r = outq_flush(&s->out, (unsigned int)left);
		left = end - ktime_ms();
		if (!r || !is_away(s))
			return r;
		if (left <= 0)
			return -EAGAIN;
		poll(NULL, 0, (int)MIN(left, (int64_t)READER_WAIT_MS));
		left = MAX(end - ktime_ms(), (int64_t)0);
	}
}

int sink_lines_reopen(struct sink *s, struct fault *f)
{
	/* a FIFO's name leads to the same reader, who is found again when he has gone */
	if (!s->path || (s->out.lasting && is_fifo(s->path)))
		return 0;
	return outq_reopen_file(&s->out, s->path, f);
}
