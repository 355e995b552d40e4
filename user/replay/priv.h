/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by replay.c, the run from its beginning to its end, packet.c, what
 * is made of a packet, and events.c, what is told of it. */
#pragma once

#include <signal.h>

#include "capture.h"
#include "payload/hellos.h"
#include "policy/known_resolvers.h"
#include "audited_host.h"
#include "report/completeness.h"
#include "report/pipeline.h"
#include "replay.h"
#include "flows.h"
#include "memory.h"
#include "account/totals.h"
#include "core/verdict.h"

/* An interface of the captures. Those of one name are one, whichever file they
 * are in; without a name they are told apart by their number. */
struct replay_interface {
	char name[64];
	uint32_t number;
	enum la_role_kind role;
};

struct replay {
	const struct replay_config *cfg;
	struct pipeline *out;
	struct totals *totals;
	struct audited_host *local;
	const struct known_resolvers *known;
	struct replay_flows *flows;
	struct replay_memory fragments, clients;
	struct hellos *hellos;
	struct replay_interface *interfaces;
	size_t n_interfaces;
	uint32_t snaplen; /* of the evidence, 0: none is kept */
	uint64_t crowd; /* flows at which the silent ones are closed */
	unsigned int unflushed; /* events since the outputs were waited for */
	volatile sig_atomic_t *over; /* a signal asks for the end */

	uint64_t packets; /* read */
	uint64_t time, first_time; /* latest and earliest, ns since 1970 */
	uint64_t unparsed, non_ip, cut, unread, unjudged, fragments_lost;
	struct la_sum inside; /* in the tunnel */
	struct completeness completeness;
};

/* A packet on its way through: what the capture says and what was parsed. */
struct replay_sight {
	const struct capture_packet *captured;
	struct la_src src; /* from the link header on, as far as it was captured */
	struct la_packet p; /* its length is the wire's */
	struct la_flow_key key; /* of its flow in the table */
	bool back; /* against the direction of its flow's key */
};

/* What a packet tells beside its flow. */
struct replay_names {
	char server[256]; /* of a ClientHello, as sent, without a NUL */
	uint32_t server_len; /* 0: none */
	uint32_t message_len; /* of a DNS query or STUN request, 0: none */
	const uint8_t *message;
};

/* Notes in i->user which interface of the run it is, plus one; or this, where
 * its link type is one that we do not read, which has then been said. */
#define REPLAY_UNREAD (1U << 31)
int replay_interface(struct replay *r, struct capture_interface *i);

/* --- packet.c, parse.c --- */

/* -ENOMEM */
int replay_packet(struct replay *r, const struct capture_packet *c);

/* Parses it. 0; 1: it is not IP; -EBADMSG: malformed; -ENODATA: it was cut off in
 * its headers; then, with s->p.key.family set, addresses (and ports) are known. */
int replay_parse(struct replay_sight *s);

/* --- class.c --- */

/* Label and judgement of the packet go into its flow's record; returns the label's
 * flags. */
uint32_t replay_settle(struct replay *r, struct replay_flow *f, struct replay_sight *s,
		       struct replay_names *names);

/* --- events.c --- */

/* Opens or updates the flow for the reader of the events. */
void replay_tell(struct replay *r, struct replay_flow *f, const struct replay_names *names);
/* The flow is over: tells it if it leaked, and counts it in the sums. */
void replay_end(struct replay *r, struct replay_flow *f);
void replay_evidence(struct replay *r, struct replay_flow *f, const struct replay_sight *s);
void replay_ready(struct replay *r);
void replay_summary(struct replay *r);

/* --- progress.c --- */

struct replay_progress {
	bool shown;
	uint64_t total, before; /* bytes of all files, and of those behind us */
	uint64_t began, last; /* ns, CLOCK_MONOTONIC */
};

void replay_progress_begin(struct replay_progress *p, uint64_t total);
void replay_progress(struct replay_progress *p, uint64_t bytes, uint64_t packets);
void replay_progress_end(struct replay_progress *p);
