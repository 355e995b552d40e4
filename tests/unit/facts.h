/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The world that the cases and the random packets are judged in. The kernel's
 * maps are filled from these tables; natively they are looked up here, by code
 * that shares nothing with the maps.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "core/tables.h"

/* The on-link prefixes of the one exposed interface. */
extern const struct link_prefix facts_onlink[];
extern const size_t facts_n_onlink;

/* --allow 203.0.113.5:443/tcp */
extern const struct la_allow facts_allow[];
extern const size_t facts_n_allow;

/* The far ends of the kernel's own tunnels, and the mark of what goes there (0:
 * any), which only TC looks up. */
struct facts_endpoint {
	struct la_endpoint at;
	uint32_t mark;
};
extern const struct facts_endpoint facts_endpoints[];
extern const size_t facts_n_endpoints;

/* Resolvers that are known by address, and by the name in a TLS client's hello:
 * the name itself, or (under) one label and that name behind it. */
struct facts_resolver {
	struct la_endpoint at;
	uint8_t detail; /* enum la_detail */
};
extern const struct facts_resolver facts_resolvers[];
extern const size_t facts_n_resolvers;

struct facts_name {
	const char *name;
	bool under;
	uint8_t detail;
};
extern const struct facts_name facts_names[];
extern const size_t facts_n_names;

bool facts_is_onlink(const struct la_flow_key *key);
bool facts_is_allowed(const struct la_flow_key *key);
bool facts_is_endpoint(const struct la_flow_key *key, uint32_t mark);

/* enum la_detail, LA_DETAIL_NONE for what is not known. */
uint8_t facts_resolver(const struct la_flow_key *key);
uint8_t facts_named(const char *name);
