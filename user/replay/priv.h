/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by replay.c (the run), packet.c (accounting), class.c (classification) and events.c (what
 * is reported).
 */
#pragma once

#include <signal.h>

#include "capture.h"
#include "capture_link.h"
#include "copies.h"
#include "payload/hellos.h"
#include "payload/seams.h"
#include "policy/known_resolvers.h"
#include "audited_host.h"
#include "record/completeness.h"
#include "report/pipeline.h"
#include "config.h"
#include "flows.h"
#include "memory.h"
#include "mirrors.h"
#include "parts.h"
#include "peers.h"
#include "account/aggregate.h"
#include "account/totals.h"
#include "core/verdict.h"
#include "whose.h"

/*
 * An interface of the captures. Interfaces with the same name are one, also in different files.
 * Those without a name are told apart by number.
 */
struct replay_interface {
	char name[64];
	uint32_t number;
	uint16_t arphrd; /* of a tunnel or the loopback device without a name; else 0 */
	enum la_role_kind role;
};

/* What tells one interface of a capture from another, for which a file may have one description. */
struct replay_place {
	uint32_t base; /* number of the description, over all files, from 1 */
	uint32_t ifindex;
	uint64_t name; /* hash of the name that the packet itself tells */
	uint16_t arphrd;
	uint32_t interface; /* what it is: number of the run's interface, from 1 */
};
#define REPLAY_PLACES 256

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
	bool named; /* by --local: it is not learnt */
	const struct known_resolvers *known;
	struct replay_flows *flows;
	struct replay_memory fragments, sources;
	struct peers peers;
	struct replay_inside addrs;
	struct seams seams;
	struct hellos *hellos;
	struct replay_interface *interfaces;
	size_t n_interfaces;
	uint32_t n_bases;
	struct replay_place places[REPLAY_PLACES]; /* those that were used last */
	struct whose *whose;
	struct replay_copies copies;
	struct replay_mirrors mirrors;
	struct replay_parts parts;
	struct aggregate *aggregate; /* NULL: each event is told by itself */
	uint32_t snaplen; /* bytes of a packet for the evidence; 0: none is kept */
	uint64_t flows_most; /* the limit of memory, in flows */
	uint64_t ended_early; /* flows that had no room any more */
	uint64_t crowd; /* number of flows at which silent ones are closed */
	bool unheard; /* the reader of each output has gone: end the run */
	unsigned int waits; /* for receivers, since a signal has asked for the end */

	uint64_t packets; /* packets read */
	uint64_t time, first_time; /* latest and earliest, ns since 1970 */
	uint64_t file_time; /* for packets without a time; ns since 1970 */
	uint64_t unparsed, non_ip, cut, unread, undecided, fragments_lost;
	uint64_t opaque, strangers, machines;
	uint64_t own, copied, perhaps_copied; /* of the host's packets outside tunnels */
	struct la_sum inside; /* packets on tunnel and loopback interfaces */
	struct record_sum told; /* those on tunnels that told an exposed address */
	struct completeness completeness;
};

/* A packet of the capture and what was parsed from it. */
struct replay_parsed {
	const struct capture_packet *captured;
	struct capture_link link;
	struct la_src src; /* captured bytes from the link header on */
	struct la_packet p; /* lengths are those on the wire */
	struct la_flow_key key; /* key of the flow in the table */
	uint64_t hash; /* of that key */
	enum replay_use {
		REPLAY_UNUSED, /* it is not the audited host's, or no packet */
		REPLAY_COUNTED, /* the host's, outside a tunnel */
		REPLAY_INSIDE, /* on a tunnel's interface, or the loopback device */
	} use;
	enum la_role_kind role; /* of its interface */
	bool back; /* the packet goes against the direction of its key */
};

/* Names and messages in a packet, for its event. */
struct replay_names {
	char server[256]; /* of a ClientHello, as sent, without a NUL at its end */
	uint32_t server_len; /* 0: no name */
	uint32_t message_len; /* of a DNS query or STUN request; 0: none */
	const uint8_t *message;
};

/* --- interfaces.c --- */

/*
 * The run's interface that the packet was on, a number from 1; REPLAY_UNREAD if its link type is
 * not read, which is logged once. -ENOMEM.
 */
#define REPLAY_UNREAD 0
int replay_interface(struct replay *r, struct capture_interface *i,
		     const struct capture_link *link);

/* For messages: "one without a name" where it has none. */
const char *replay_name(const struct replay *r, uint64_t interface);

/* --- packet.c, parse.c --- */

/*
 * A packet is taken in two steps, between which others are: first whose it is and which flow it
 * belongs to, then it is counted there, and told. 0 or -ENOMEM.
 */
int replay_look(struct replay *r, struct replay_parsed *s);
int replay_count(struct replay *r, struct replay_parsed *s);

/* --- ahead.c --- */

/* Takes the packets of a capture that can be had without a read, at least one. As capture_next(). */
int replay_some(struct replay *r, struct capture *c);

/*
 * 0; 1: not IP; 2: not read, and perhaps IP; -EBADMSG: malformed; -ENODATA: the headers are cut
 * off. With -ENODATA addresses, and perhaps ports, are known if s->p.key.family is set. s->link is
 * filled by replay_link(), which returns what it found.
 */
enum capture_ip replay_link(struct replay_parsed *s);
int replay_parse(struct replay_parsed *s, enum capture_ip found);

/* What the packet's headers say of its sender. False: they are cut off. */
bool replay_whose(const struct replay_parsed *s, uint32_t interface, struct whose_packet *ret);

/* --- class.c --- */

/* Reads what the packet, whosever it is, tells of torrent clients. */
void replay_read_peers(struct replay *r, const struct replay_parsed *s);

/* Classifies and evaluates the packet; the results go into the flow. Returns the label's flags. */
uint32_t replay_classify(struct replay *r, struct replay_flow *f, struct replay_parsed *s,
			 struct replay_names *names);

/* --- parts.c --- */

/* Keeps the first fragment of a datagram, if more of that is needed to classify it. */
void replay_part_begin(struct replay *r, const struct replay_parsed *s,
		       const struct la_flow_key *datagram);
/* Adds a later one, which was counted in the flow. Classifies, and reports what is new by that. */
void replay_part_add(struct replay *r, const struct replay_parsed *s,
		     const struct la_flow_key *datagram, struct replay_flow *f);

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
/* An aggregate_fn. */
void replay_tell_aggregate(void *arg, struct record *rec);
void replay_ready(struct replay *r);
void replay_summary(struct replay *r);

/* --- replay.c --- */

/* Opens a capture; an error is logged. */
int replay_open(struct capture **ret, const char *path);
/* Whether a signal has asked for the end. */
bool replay_is_over(void);

/* --- learn.c --- */

/*
 * The first pass: learns who the audited host is. Captures that cannot be read twice are left open
 * in held, at their beginning.
 */
int replay_learn(struct replay *r, struct capture **held);

/* --- progress.c --- */

struct replay_progress {
	bool shown;
	uint64_t total, before; /* bytes of all files; bytes of the files already read */
	uint64_t began, last; /* ns, CLOCK_MONOTONIC */
};

void replay_progress_begin(struct replay_progress *p, uint64_t total);
void replay_progress(struct replay_progress *p, uint64_t bytes, uint64_t packets);
void replay_progress_end(struct replay_progress *p);
