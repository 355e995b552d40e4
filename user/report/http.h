/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listener that shows what is there to whoever may ask: GET and HEAD only. It has no thread of
 * its own: all happens in http_run(), which the main loop calls.
 */
#pragma once

#include <stdbool.h>

#include "http_backlog.h"
#include "delivery/http_listen.h"
#include "metrics.h"

struct http;

struct http_config {
	const char *name; /* by which it may be asked for beside its address; NULL: none */
	const char *token; /* what those must have who ask (RFC 6750); NULL: anyone may */
	const struct metrics_source *const *metrics; /* may be set later */
	const struct state_source *const *state; /* the same */
};

/* Listens with that descriptor, which becomes its own. The config's strings are borrowed. */
int http_open(struct http **ret, int listener, const struct http_place *place,
	      const struct http_config *cfg, struct fault *f);
void http_free(struct http *h);

/* An epoll set: call http_run() when it is readable, and about once a second. */
int http_fd(const struct http *h);
void http_run(struct http *h);

/*
 * A line of JSON for those who listen; NULL: it could not be made. run_id: that of the run,
 * borrowed. 0 or -ENOMEM.
 */
int http_event(struct http *h, const char *run_id, const char *line, size_t len);

/* No event comes any more. Call http_run() until nobody is left, or there is no time. */
void http_end(struct http *h);
bool http_is_drained(const struct http *h);
