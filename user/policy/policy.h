/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's policy: which interfaces are tunnels, which are exposed, which destinations may be
 * reached outside the tunnel, what to drop.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "network/link.h"
#include "core/tables.h"
#include "base/fault.h"
#include "base/text.h"
#include "base/util.h"

/* In the order of the options, each word once. */
struct policy_words {
	char **v;
	size_t n;
};

struct policy_allowed {
	struct la_allow v[LA_ALLOW_MAX];
	size_t n;
};

/* Limits of a guard's record; sizes include the NUL. */
#define POLICY_NAMES_MAX 32
#define POLICY_NAME_SIZE 64
#define POLICY_PATHS_MAX 8
#define POLICY_PATH_SIZE 256

/*
 * The fields of a policy, one per row. Code that reads a policy from options, compares it with the
 * default, clears it or stores it in a guard loops over these rows:
 *
 *	WORDS(field, add, max, size)	a repeatable option; a guard stores max words of size bytes
 *	ALLOWED(field, add)		a repeatable option with a destination
 *	NUMBER(field)			a choice or a set; 0 is the default
 */
#define POLICY_FIELDS(WORDS, ALLOWED, NUMBER)                                       \
	/* --tunnel, --exposed: names or shell patterns */                          \
	WORDS(tunnels, policy_add_tunnel, POLICY_NAMES_MAX, POLICY_NAME_SIZE)       \
	WORDS(exposed, policy_add_exposed, POLICY_NAMES_MAX, POLICY_NAME_SIZE)      \
	/* --allow */                                                               \
	ALLOWED(allow, policy_add_allow)                                            \
	/* --transport-cgroup: paths of cgroups of VPN daemons */                   \
	WORDS(transports, policy_add_transport, POLICY_PATHS_MAX, POLICY_PATH_SIZE) \
	/* --lan: enum policy_lan */                                                \
	NUMBER(lan)                                                                 \
	/* --drop: bit n for enum la_class n */                                     \
	NUMBER(drop)                                                                \
	/* --resolver: enum policy_resolver */                                      \
	NUMBER(resolver)

/* A zeroed policy is valid: the default. */
struct policy {
#define WORDS(field, add, max, size) struct policy_words field;
#define ALLOWED(field, add) struct policy_allowed field;
#define NUMBER(field) uint32_t field;
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
};

/* What packets to the LAN are. */
#define POLICY_LAN_MODES(X) \
	X(EXEMPT, "exempt") \
	X(LEAK, "leak")     \
	X(QUIET, "quiet")

enum policy_lan {
#define X(sym, name) POLICY_LAN_##sym,
	POLICY_LAN_MODES(X)
#undef X
};

/* Values of --lan, ending with NULL. The index is enum policy_lan. */
extern const char *const policy_lan_modes[];

/* What questions to resolvers of this machine are. */
#define POLICY_RESOLVER_MODES(X) \
	X(AUTO, "auto")          \
	X(FOLLOW, "follow")      \
	X(IGNORE, "ignore")      \
	X(DROP, "drop")

enum policy_resolver {
#define X(sym, name) POLICY_RESOLVER_##sym,
	POLICY_RESOLVER_MODES(X)
#undef X
};

/* Values of --resolver, ending with NULL. The index is enum policy_resolver. */
extern const char *const policy_resolver_modes[];

/* What --resolver means with the rest of the policy: AUTO is DROP where questions may be dropped. */
enum policy_resolver policy_resolver_mode(const struct policy *p);

/* Whether --resolver=drop is given where no question is dropped. */
bool policy_resolver_is_idle(const struct policy *p);

/* tunnel_up: whether a tunnel of the namespace is known to be up. */
static inline bool policy_exempts_lan(const struct policy *p, bool tunnel_up)
{
	return p->lan == POLICY_LAN_EXEMPT || (p->lan == POLICY_LAN_QUIET && tunnel_up);
}

void policy_clear(struct policy *p);

/* Whether the policy is empty: tunnels are recognised by kind, nothing is allowed or dropped. */
bool policy_is_default(const struct policy *p);

/* --tunnel, --exposed. -EINVAL: not a valid name, or named by both. -ENOMEM. */
int policy_add_tunnel(struct policy *p, const char *name, struct fault *f);
int policy_add_exposed(struct policy *p, const char *name, struct fault *f);

/* How well a word of --tunnel or --exposed matches: 2 exactly, 1 as a pattern, 0 not at all. */
int policy_word_matches(const char *word, const char *name);

/* --transport-cgroup PATH. -EINVAL, -ENOMEM. */
int policy_add_transport(struct policy *p, const char *path, struct fault *f);

/*
 * --allow ADDR[/LEN][:PORT][/udp|tcp]; IPv6 with a port is [ADDR/LEN]:PORT or [ADDR]/LEN:PORT.
 * -EINVAL. -E2BIG: more than LA_ALLOW_MAX.
 */
int policy_add_allow(struct policy *p, const char *spec, struct fault *f);

/* Only parses the value. */
int policy_parse_allow(const char *spec, struct la_allow *ret, struct fault *f);

/* Whether an --allow matches, in the same way as la_is_allowed() in bpf/. */
bool policy_allows(const struct policy *p, const struct la_flow_key *k);

/* LA_FACT_LAN_EXEMPT and LA_FACT_ALLOWED for the packets of a flow. */
uint32_t policy_facts(const struct policy *p, const struct la_flow_key *k, bool tunnel_up);

/* Copies the policy without its exemptions. The lists are borrowed from p. */
struct policy policy_without_exemptions(const struct policy *p);

/* Values of --drop: names of enum la_class, ending with NULL. */
extern const char *const policy_classes[];

/* Adds what --drop stops: "all", or "dns, stun". */
void policy_say_dropped(struct text *t, uint32_t drop);

enum la_role_kind policy_role(const struct policy *p, const struct link *link);
/* Of an interface that may be longer than one of this machine, and have two names. */
enum la_role_kind policy_role_named(const struct policy *p, const struct link *link,
				    const char *name, const char *other);
/*
 * policy_role() for the table of links of one namespace; p is borrowed. home: leakaudit's own. In
 * another one a name makes no tunnel of what has another kind.
 */
struct link_roles policy_roles(const struct policy *p, bool home);

/* The kind of a device in the form of struct la_role. */
uint64_t policy_kind(const char *kind);

/*
 * The kinds that are tunnels by kind alone. There are none if the user names tunnels or exposed
 * interfaces. Returns their number.
 */
size_t policy_kinds(const struct policy *p, uint64_t kinds[LA_KINDS_MAX]);
