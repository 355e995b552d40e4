/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the user allows: which interfaces are the tunnel, which are not, and
 * which destinations may be reached past it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "network/link.h"
#include "core/tables.h"
#include "base/fault.h"
#include "base/util.h"

/* Each word once, in the order in which the user gave them. */
struct policy_words {
	char **v;
	size_t n;
};

struct policy_allowed {
	struct la_allow v[LA_ALLOW_MAX];
	size_t n;
};

/* So many interfaces and cgroups fit into a guard's record, with the NUL of each. */
#define POLICY_NAMES_MAX 32
#define POLICY_NAME_SIZE 64
#define POLICY_PATHS_MAX 8
#define POLICY_PATH_SIZE 256

/*
 * The fields of a policy, a row each. Whatever copies a policy, clears it, reads it from
 * options or keeps it in a guard walks these rows, in their order:
 *
 *	WORDS(field, add, max, size)	an option that may be repeated; a guard keeps up to
 *					max words of size bytes each
 *	ALLOWED(field, add)		an option that may be repeated, for destinations
 *	NUMBER(field)			a choice or a set; 0 is the default
 */
#define POLICY_FIELDS(WORDS, ALLOWED, NUMBER)                                       \
	/* --tunnel, --exposed: names or shell patterns */                          \
	WORDS(tunnels, policy_add_tunnel, POLICY_NAMES_MAX, POLICY_NAME_SIZE)       \
	WORDS(exposed, policy_add_exposed, POLICY_NAMES_MAX, POLICY_NAME_SIZE)      \
	/* --allow */                                                               \
	ALLOWED(allow, policy_add_allow)                                            \
	/* --transport-cgroup: cgroups of VPN daemons, by path */                   \
	WORDS(transports, policy_add_transport, POLICY_PATHS_MAX, POLICY_PATH_SIZE) \
	/* --lan: enum policy_lan */                                                \
	NUMBER(lan)                                                                 \
	/* --drop: a bit for each of enum la_class */                               \
	NUMBER(drop)

/* All zero is a valid policy, the default. */
struct policy {
#define WORDS(field, add, max, size) struct policy_words field;
#define ALLOWED(field, add) struct policy_allowed field;
#define NUMBER(field) uint32_t field;
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
};

/* Whether what stays on the LAN is a leak. */
#define POLICY_LAN_MODES(X) \
	X(EXEMPT, "exempt") \
	X(LEAK, "leak")

enum policy_lan {
#define X(sym, name) POLICY_LAN_##sym,
	POLICY_LAN_MODES(X)
#undef X
};

/* NULL-terminated; the index is enum policy_lan. */
extern const char *const policy_lan_modes[];

static inline bool policy_exempts_lan(const struct policy *p)
{
	return p->lan == POLICY_LAN_EXEMPT;
}

void policy_clear(struct policy *p);

/* Whether it says nothing: tunnels by their kind, nothing allowed or dropped. */
bool policy_is_default(const struct policy *p);

/* --tunnel, --exposed. -EINVAL (no name that an interface can have, or named on
 * both sides), -ENOMEM. */
int policy_add_tunnel(struct policy *p, const char *name, struct fault *f);
int policy_add_exposed(struct policy *p, const char *name, struct fault *f);

/* --transport-cgroup PATH. -EINVAL, -ENOMEM. */
int policy_add_transport(struct policy *p, const char *path, struct fault *f);

/* --allow ADDR[/LEN][:PORT][/udp|tcp], IPv6 with a port as [ADDR/LEN]:PORT or
 * [ADDR]/LEN:PORT. -EINVAL, -E2BIG (more than LA_ALLOW_MAX). */
int policy_add_allow(struct policy *p, const char *spec, struct fault *f);

/* The grammar alone: for those who only want to check one. */
int policy_parse_allow(const char *spec, struct la_allow *ret, struct fault *f);

/* Whether an --allow matches, as la_is_allowed() in bpf/ has it. */
bool policy_allows(const struct policy *p, const struct la_flow_key *k);

/* The facts that the policy alone has of a destination: LA_FACT_LAN_EXEMPT,
 * LA_FACT_ALLOWED. */
uint32_t policy_facts(const struct policy *p, const struct la_flow_key *k);

/* The same policy without exemptions. Its lists are p's. */
struct policy policy_without_exemptions(const struct policy *p);

/* --drop=CLASS,...: names of enum la_class, NULL-terminated. */
extern const char *const policy_classes[];

enum la_role_kind policy_role(const struct policy *p, const struct link *link);
/* The same for who reads interfaces; p is borrowed. */
struct link_roles policy_roles(const struct policy *p);

/* A device's kind as struct la_role has it. */
uint64_t policy_kind(const char *kind);

/* The kinds that are tunnels whatever they are called, as far as that alone says it:
 * none where the user names tunnels or what is exposed. Returns how many. */
size_t policy_kinds(const struct policy *p, uint64_t kinds[LA_KINDS_MAX]);
