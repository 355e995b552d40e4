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

struct policy {
	char **tunnels; /* names or shell patterns */
	size_t n_tunnels;
	char **exposed;
	size_t n_exposed;
	char **transports; /* cgroups of VPN daemons: paths */
	size_t n_transports;
	struct la_allow allow[LA_ALLOW_MAX];
	size_t n_allow;
	bool lan_leaks; /* --lan=leak; all zero is a valid policy */
	uint32_t drop; /* --drop: of enum la_class, a bit each */
};

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

/* --lan=exempt|leak, NULL-terminated; the index is the value of lan_leaks. */
extern const char *const policy_lan_modes[];

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
