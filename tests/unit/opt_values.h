/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the options of tests and of fuzzers set. */
#pragma once

#include "base/opt.h"

static const char *const modes[] = { "auto", "tcx", "clsact", NULL };
static const char *const classes[] = { "dns", "ipv6", "stun", "torrent", NULL };

struct values {
	bool now, quiet;
	const char *unit;
	struct opt_list tunnels;
	struct opt_mixed targets;
	uint64_t buffer, interval;
	unsigned int tc;
	uint32_t drop;
};

static inline void values_clear(struct values *v)
{
	opt_list_free(&v->tunnels);
	opt_mixed_free(&v->targets);
	*v = (struct values){ 0 };
}
