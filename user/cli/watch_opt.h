/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of an audit, common to several commands. */
#pragma once

#include "config.h"
#include "opt_policy.h"
#include "opt_target.h"
#include "watch/watch.h"

/* Defaults in the units of --help. */
#define WATCH_INTERVAL 5
#define WATCH_HEARTBEAT 60
#define WATCH_BUFFER_MIB 1

#define OPT_WORD_(value) #value
#define OPT_WORD(value) OPT_WORD_(value)

/* Values before options are parsed. */
#define WATCH_DEFAULTS                                       \
	{                                                    \
		.interval = WATCH_INTERVAL * NSEC_PER_SEC,   \
		.heartbeat = WATCH_HEARTBEAT * NSEC_PER_SEC, \
		.buffer = (uint64_t)WATCH_BUFFER_MIB << 20   \
	}

/* The targets as the user named them. */
struct watch_args {
	struct config config;
	struct opt_mixed targets;
	bool wait;
	struct opt_policy policy;
};

/* clang-format off */
#define OPT_WATCH_TARGET(w, several) \
	OPT_TARGET(&(w)->targets, several, "a cgroup v2 and all below it", "a systemd unit", \
		   "the cgroup of a process", "a container, by its name or id")
/* clang-format on */

/* Rows for struct opt[]; w: struct opt_policy *, cfg: struct watch_config *. */
/* clang-format off */
#define OPT_WATCH(w, cfg) \
	OPT_GROUP("What is a leak"), \
	OPT_POLICY(w, "by its kind"), \
	OPT_TRANSPORT(w), \
	OPT_RESOLVERS(&(cfg)->resolvers), \
	OPT_RESOLVER(w), \
	OPT_GROUP("What is stopped"), \
	OPT_DROP(w), \
	OPT_FLAG('y', "yes", &(cfg)->yes, "do not refuse when it would cut an SSH session to this host"), \
	OPT_GROUP("What is reported"), \
	OPT_LIST('o', "output", &(cfg)->outputs, "SINK[:ARG]", \
		 "where events go: text, json, journal, syslog, text:FILE, json:FILE, tcp:HOST:PORT, " \
		 "unix:PATH, syslog:HOST:PORT/tls, otlp:URL, kafka:BROKERS/TOPIC; packets: pcap:FILE; " \
		 "a live page, metrics and events: http:PORT; metrics:FILE.prom"), \
	OPT_FLAG(0, "no-payload", &(cfg)->no_payload, \
		 "report and keep nothing of the payload: no DNS or TLS names, evidence has headers only"), \
	OPT_SECONDS('i', "interval", &(cfg)->interval, NSEC_PER_SEC / 10, 86400 * NSEC_PER_SEC, \
		    "SEC", "between two updates of one flow (default " OPT_WORD(WATCH_INTERVAL) ")"), \
	OPT_SECONDS('d', "duration", &(cfg)->duration, NSEC_PER_SEC / 10, \
		    365 * 86400 * NSEC_PER_SEC, "SEC", "end after this time"), \
	OPT_SECONDS(0, "aggregate", &(cfg)->aggregate, NSEC_PER_SEC / 10, 86400 * NSEC_PER_SEC, \
		    "SEC", "tell DNS queries and STUN requests of one process and name together, once in this time"), \
	OPT_SECONDS(0, "heartbeat", &(cfg)->heartbeat, 0, 86400 * NSEC_PER_SEC, "SEC", \
		    "between two events that say that it is alive; 0: none (default " \
		    OPT_WORD(WATCH_HEARTBEAT) ")"), \
	OPT_GROUP("What is run"), \
	OPT_STR(0, "on-leak", &(cfg)->on_leak, "CMD", \
		"run this once for each flow that leaks and for each dropout, the event on its standard " \
		"input: a whole path and arguments, no shell, " \
		"10 at first, then one in 6 seconds, 30 seconds each"), \
	OPT_STR(0, "on-leak-user", &(cfg)->on_leak_user, "USER", \
		"who runs it, never root (default: nobody)"), \
	OPT_GROUP("How"), \
	OPT_CHOICE(0, "tc", &(cfg)->tc, tc_modes, "MODE", "how to attach to TC egress"), \
	OPT_SIZE(0, "buffer", &(cfg)->buffer, 4096, 1U << 30, "SIZE", \
		 "the ring buffer between kernel and loader (default " OPT_WORD(WATCH_BUFFER_MIB) "M)"), \
	OPT_STR(0, "btf", &(cfg)->btf, "FILE", \
		"the kernel's types, where it does not carry them itself")
/* clang-format on */

/*
 * Copies the targets to cfg, at most `most`. -EINVAL: they are too many, or exclude each other;
 * logged, with that hint if there are too many.
 */
int watch_choose_targets(const struct watch_args *w, struct watch_config *cfg, size_t most,
			 const char *hint);

/* The same for the policy. */
int watch_choose_policy(const struct watch_args *w, struct watch_config *cfg);

/* Frees what the rows and opt_policy_make() have set. */
void watch_args_clear(struct watch_args *w, struct watch_config *cfg);
