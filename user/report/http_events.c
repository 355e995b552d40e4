/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Server-sent events (HTML, 9.2). A listener who has read all is suspended until there is more. */
#ifdef HAVE_libmicrohttpd
#include "http_priv.h"

#include <errno.h>
#include <string.h>

#include "base/util.h"

/* Pages and programs that listen at once: each has a connection for good. */
#define LISTENERS_MAX 16

/* A connection whose other end is gone shows that when something is sent. */
#define BEAT_INTERVAL (15 * NSEC_PER_SEC)

static const char beat[] = ": alive\n\n"; /* a comment */

struct http_listener {
	struct http *h;
	struct MHD_Connection *c;
	struct backlog_reader reader;
	bool asleep, beat;
	struct http_listener *after;
};

/* An MHD_ContentReaderCallback. */
static ssize_t read_events(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct http_listener *l = arg;
	size_t n = backlog_read(&l->h->backlog, &l->reader, buf, max);

	(void)pos;
	if (n)
		return (ssize_t)n;
	if (l->h->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (l->beat && max >= sizeof(beat)) {
		l->beat = false;
		memcpy(buf, beat, sizeof(beat) - 1);
		return sizeof(beat) - 1;
	}
	l->asleep = true;
	l->h->m->MHD_suspend_connection(l->c);
	return 0;
}

/* An MHD_ContentReaderFreeCallback: the connection is over. */
static void free_listener(void *arg)
{
	struct http_listener *l = arg, **at = &l->h->listeners;

	while (*at != l)
		at = &(*at)->after;
	*at = l->after;
	l->h->n_listeners--;
	backlog_reader_clear(&l->reader);
	free(l);
}

static struct http_listener *add_listener(struct http *h, struct MHD_Connection *c)
{
	struct http_listener *l = calloc(1, sizeof(*l));
	const char *last = h->m->MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Last-Event-ID");

	if (!l)
		return NULL;
	l->h = h;
	l->c = c;
	l->reader.next = backlog_after(&h->backlog, h->run ?: "", last);
	l->after = h->listeners;
	h->listeners = l;
	h->n_listeners++;
	return l;
}

enum MHD_Result http_events(struct http *h, struct MHD_Connection *c, bool head)
{
	static const struct http_header headers[] = { { "Content-Type", "text/event-stream" } };
	static const struct http_header busy[] = { { "Retry-After", "10" } };
	struct MHD_Response *response = NULL;
	struct http_listener *l;

	if (head || h->n_listeners >= LISTENERS_MAX) {
		response = h->m->MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
		return head ? http_answer(h, c, MHD_HTTP_OK, response, headers, 1)
			    : http_answer(h, c, MHD_HTTP_SERVICE_UNAVAILABLE, response, busy, 1);
	}
	l = add_listener(h, c);
	if (l)
		response = h->m->MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16U << 10,
								   read_events, l, free_listener);
	if (l && !response)
		free_listener(l);
	return http_answer(h, c, MHD_HTTP_OK, response, headers, 1);
}

void http_events_wake(struct http *h)
{
	struct http_listener *l;

	for (l = h->listeners; l; l = l->after) {
		if (!l->asleep)
			continue;
		l->asleep = false;
		h->m->MHD_resume_connection(l->c);
	}
}

void http_events_beat(struct http *h)
{
	struct http_listener *l;

	if (ktime_now() - h->beaten < BEAT_INTERVAL)
		return;
	h->beaten = ktime_now();
	for (l = h->listeners; l; l = l->after)
		l->beat = true;
	http_events_wake(h);
}
#endif
