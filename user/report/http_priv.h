/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by http.c, which answers, and http_events.c, whose answers do not end. */
#pragma once

#include "http.h"
#include "metrics_text.h"
#include "delivery/microhttpd.h"

/* Many more than a Prometheus, some pages and a person need. */
#define HTTP_CONNECTIONS_MAX 64

struct http_listener;

struct http {
	const struct microhttpd *m;
	struct MHD_Daemon *daemon;
	struct http_config cfg;
	struct http_place place;
	int epfd, again; /* again: there is more to do than fits in one run */
	struct openmetrics text;
	const char *run; /* NULL: no event yet */
	struct backlog backlog;
	struct http_listener *listeners;
	unsigned int n_listeners;
	size_t unsent; /* bytes of events since the last run, */
	bool within; /* and one is within the writing of an event: */
	struct MHD_Connection *waiting[HTTP_CONNECTIONS_MAX]; /* requests wait for its end */
	unsigned int n_waiting;
	uint64_t beaten; /* ktime */
	bool over;
};

struct http_header {
	const char *name, *value; /* no value: it is left out */
};

/* Answers with headers that every answer has, and those. The response is given up. */
enum MHD_Result http_answer(struct http *h, struct MHD_Connection *c, unsigned int code,
			    struct MHD_Response *response, const struct http_header *headers,
			    size_t n);

/* GET or HEAD of the events. */
enum MHD_Result http_events(struct http *h, struct MHD_Connection *c, bool head);

/* Everyone who waits gets what is new; and now and then a sign of life, to see who is gone. */
void http_events_wake(struct http *h);
void http_events_beat(struct http *h);
