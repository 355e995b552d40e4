/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One recorded event: the fields of a line of leakaudit-events(5) that a digest is made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/record.h"

/* A time is CLOCK_REALTIME in ns, RECORDED_NO_TIME if there is none. */
#define RECORDED_NO_TIME INT64_MIN

enum recorded_flag { RECORDED_UNKNOWN, RECORDED_FALSE, RECORDED_TRUE };

/* Strings point into the line, and are NULL where the field is absent. */
struct recorded {
	int64_t time;
	enum record_action action; /* RECORD_ACTION_MAX: none of ours */
	const char *action_name, *dataset;
	uint64_t sequence; /* 0: absent */
	const char *agent, *host, *boot, *version;
	const char *process, *executable, *user, *unit, *container;
	uint64_t pid;
	const char *destination, *question, *question_type, *server_name;
	uint64_t destination_port;
	const char *exposed, *ingress, *netns; /* interfaces, and whose they are */
	const char *cls, *detail, *cause, *hook, *attribution, *flow, *flow_id, *scope, *guard;
	const char *tunnel; /* of an event of an interface: its name */
	struct la_sum left, dropped, held;
	uint64_t aggregated; /* events that this one is; 0: it is one */
	const char *outcome, *verdict, *refused_by;
	const char *told, *told_form; /* an address, through the tunnel */
	struct {
		const char *name;
		int64_t since, until;
		uint64_t ms, refused;
		struct la_sum tried, dropped, held;
	} dropout;
	struct { /* of the summary, and of a heartbeat */
		struct la_sum left, dropped, held, possible, inside, let_in, kept_out;
		struct la_sum exempt[4];
		uint64_t refused, dropouts, dropout_ms;
		enum recorded_flag down;
		uint64_t duration_ns;
	} sum;
	struct {
		uint64_t events, flows, output, evidence;
	} lost;
	enum recorded_flag complete;
	const char *incomplete;
};

extern const char *const recorded_exemptions[4];

struct recorded_reader;

int recorded_open(struct recorded_reader **ret);
void recorded_free(struct recorded_reader *r);
static inline void recorded_freep(struct recorded_reader **r)
{
	recorded_free(*r);
}

/*
 * Reads a line, which is changed. -EBADMSG: it is not JSON, or a field is not what it must be.
 * -ENOMSG: it is JSON and no event of leakaudit, or a message that leakaudit has logged.
 */
int recorded_read(struct recorded_reader *r, char *line, size_t len, struct recorded *ret);

/* RFC 3339 in UTC, as events have it. RECORDED_NO_TIME: it is none. */
int64_t recorded_time(const char *s);
