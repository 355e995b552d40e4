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
#include "base/util.h"

struct policy {
	char **tunnels; /* names or shell patterns */
	size_t n_tunnels;
	char **exposed;
	size_t n_exposed;
	char **transports; /* paths of cgroups of VPN daemons */
	size_t n_transports;
	struct la_allow allow[LA_ALLOW_MAX];
	size_t n_allow;
	bool lan_leaks; /* --lan=leak. A zeroed policy is valid */
	uint32_t drop; /* --drop: bit n for enum la_class n */
};

void policy_clear(struct policy *p);

/* Whether the policy is empty: tunnels are recognised by kind, nothing is allowed or dropped. */
bool policy_is_default(const struct policy *p);

/* --tunnel, --exposed. -EINVAL: not a valid name, or named by both. -ENOMEM. */
int policy_add_tunnel(struct policy *p, const char *name, struct fault *f);
int policy_add_exposed(struct policy *p, const char *name, struct fault *f);

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

/* Values of --lan, ending with NULL. The index is the value of lan_leaks. */
extern const char *const policy_lan_modes[];

/* Values of --drop: names of enum la_class, ending with NULL. */
extern const char *const policy_classes[];

enum la_role_kind policy_role(const struct policy *p, const struct link *link);
/* policy_role() for the table of links; p is borrowed. */
struct link_roles policy_roles(const struct policy *p);

/* The kind of a device in the form of struct la_role. */
uint64_t policy_kind(const char *kind);

/*
 * The kinds that are tunnels by kind alone. There are none if the user names tunnels or exposed
 * interfaces. Returns their number.
 */
size_t policy_kinds(const struct policy *p, uint64_t kinds[LA_KINDS_MAX]);
