/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options that define what is a leak, common to several commands. */
#pragma once

#include "base/opt.h"
#include "base/opt_file.h"
#include "policy/policy.h"

/* The fields of a policy, in the user's words. */
struct opt_policy {
#define LIST(field, ...) struct opt_list field;
#define NUMBER(field) uint32_t field;
	POLICY_FIELDS(LIST, LIST, NUMBER)
#undef LIST
#undef NUMBER
};

/*
 * Rows for struct opt[]. w: struct opt_policy *. by_default: the text that says which interfaces
 * are tunnels if none is named.
 */
/* clang-format off */
#define OPT_POLICY(w, by_default) \
	OPT_LIST('t', "tunnel", &(w)->tunnels, "IF", \
		 "this interface is the tunnel (default: " by_default ")"), \
	OPT_LIST(0, "exposed", &(w)->exposed, "IF", "this interface is no tunnel, whatever its kind"), \
	OPT_LIST('a', "allow", &(w)->allow, "ADDR[/LEN][:PORT][/udp|tcp]", \
		 "packets to this destination are no leak"), \
	OPT_CHOICE(0, "lan", &(w)->lan, policy_lan_modes, "MODE", \
		   "whether private on-link addresses are leaks")
#define OPT_TRANSPORT(w) \
	OPT_LIST(0, "transport-cgroup", &(w)->transports, "CGROUP", \
		 "a VPN daemon's cgroup: each of its processes may talk to a few remote addresses")
#define OPT_RESOLVER(w) \
	OPT_CHOICE(0, "resolver", &(w)->resolver, policy_resolver_modes, "MODE", \
		   "whether questions to resolvers of this machine are followed, or stopped")
#define OPT_DROP(w) \
	OPT_SET(0, "drop", &(w)->drop, policy_classes, "CLASS,...", \
		"stop leaks of these classes (default: all); ipv4 and ipv6 are the whole family")
#define OPT_RESOLVERS(p) \
	OPT_LIST(0, "resolvers", p, "FILE", "resolvers that encrypt, beside those built in")
/* clang-format on */

/* 0, or -errno of a wrong value; the error was logged, with its line if it is of the file. */
int opt_policy_make(const struct opt_policy *w, struct policy *p, const struct opt_file *file);

/* Whether the command line says something of it. */
bool opt_policy_given(const struct opt_policy *w, const struct opt_given *given);

/* Whether options contradict each other, when the command has set what it stops. -EINVAL: logged. */
int opt_policy_check(const struct policy *p);

void opt_policy_free(struct opt_policy *w);
