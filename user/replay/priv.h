/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by replay.c (the run), packet.c (accounting), class.c (classification) and events.c (what
 * is reported).
 */
#pragma once

#include <signal.h>

#include "capture.h"
#include "payload/hellos.h"
#include "policy/known_resolvers.h"
#include "audited_host.h"
#include "report/completeness.h"
#include "report/pipeline.h"
#include "config.h"
#include "flows.h"
#include "memory.h"
#include "account/totals.h"
#include "core/verdict.h"

/*
 * An interface of the captures. Interfaces with the same name are one, also in different files.
 * Those without a name are told apart by number.
 */
struct replay_interface {
	char name[64];
	uint32_t number;
	enum la_role_kind role;
};

/*
 * On which side each address of the host was seen first. A tunnel's address may leak later, and an
 * exposed one be a source in the tunnel; what comes first is the rule.
 */
struct replay_side {
	struct la_addr addr;
	enum la_role_kind role;
};

struct replay_inside {
	struct replay_side *v;
	size_t n;
};

struct replay {
	const struct replay_config *cfg;
	struct pipeline *out;
	struct totals *totals;
	struct audited_host *local;
	const struct known_resolvers *known;
	struct replay_flows *flows;
	struct replay_memory fragments, clients, sources;
	struct replay_inside addrs;
	struct hellos *hellos;
	struct replay_interface *interfaces;
	size_t n_interfaces;
	uint32_t snaplen; /* bytes of a packet for the evidence; 0: none is kept */
	uint64_t crowd; /* number of flows at which silent ones are closed */
	unsigned int unflushed; /* events since the last flush of the outputs */
	bool unheard; /* the reader of each output has gone: end the run */
	volatile sig_atomic_t *over; /* set by a signal: end the run */

	uint64_t packets; /* packets read */
	uint64_t time, first_time; /* latest and earliest, ns since 1970 */
	uint64_t unparsed, non_ip, cut, unread, undecided, fragments_lost;
	struct la_sum inside; /* packets on tunnel and loopback interfaces */
	struct record_sum told; /* those on tunnels that told an exposed address */
	struct completeness completeness;
};

/* A packet of the capture and what was parsed from it. */
struct replay_parsed {
	const struct capture_packet *captured;
	struct la_src src; /* captured bytes from the link header on */
	struct la_packet p; /* lengths are those on the wire */
	struct la_flow_key key; /* key of the flow in the table */
	bool back; /* the packet goes against the direction of its key */
};

/* Names and messages in a packet, for its event. */
struct replay_names {
	char server[256]; /* of a ClientHello, as sent, without a NUL at its end */
	uint32_t server_len; /* 0: no name */
	uint32_t message_len; /* of a DNS query or STUN request; 0: none */
	const uint8_t *message;
};

/*
 * Sets i->user to the index of the run's interface plus one. If the link type is not supported,
 * logs that and sets REPLAY_UNREAD. 0 or -ENOMEM.
 */
#define REPLAY_UNREAD (1U << 31)
int replay_interface(struct replay *r, struct capture_interface *i);

/* --- packet.c, parse.c --- */

/* 0 or -ENOMEM. */
int replay_packet(struct replay *r, const struct capture_packet *c);

/*
 * 0; 1: not IP; -EBADMSG: malformed; -ENODATA: the headers are cut off. With -ENODATA addresses,
 * and perhaps ports, are known if s->p.key.family is set.
 */
int replay_parse(struct replay_parsed *s);

/* --- class.c --- */

/* Classifies and evaluates the packet; the results go into the flow. Returns the label's flags. */
uint32_t replay_classify(struct replay *r, struct replay_flow *f, struct replay_parsed *s,
			 struct replay_names *names);

/* --- inside.c --- */

/* Notes that the host has sent with this address on an interface of the role. */
void replay_inside_side(struct replay *r, const struct la_addr *a, enum la_role_kind role);
/* Reports a packet on a tunnel if it tells an address that the tunnel should hide. */
void replay_inside(struct replay *r, const struct replay_parsed *s);

/* --- events.c --- */

/* Reports a packet that tells an address. form: its name in JSON. */
void replay_tell(struct replay *r, const struct la_flow *f, const struct la_addr *told,
		 const char *form);

/* Reports the flow as opened or, later, as updated. */
void replay_report(struct replay *r, struct replay_flow *f, const struct replay_names *names);
/* Reports the end of the flow if it leaked, and adds it to the totals. */
void replay_end(struct replay *r, struct replay_flow *f);
void replay_evidence(struct replay *r, struct replay_flow *f, const struct replay_parsed *s);
void replay_ready(struct replay *r);
void replay_summary(struct replay *r);

/* --- progress.c --- */

struct replay_progress {
	bool shown;
	uint64_t total, before; /* bytes of all files; bytes of the files already read */
	uint64_t began, last; /* ns, CLOCK_MONOTONIC */
};

void replay_progress_begin(struct replay_progress *p, uint64_t total);
void replay_progress(struct replay_progress *p, uint64_t bytes, uint64_t packets);
void replay_progress_end(struct replay_progress *p);
