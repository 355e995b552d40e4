/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The cgroups of a guard's scopes, which may be removed and made again. */
#ifndef LEAKAUDIT_GUARDED_BPF_H
#define LEAKAUDIT_GUARDED_BPF_H

#include "maps.bpf.h"

/* Their paths, with the scopes' numbers. */
struct la_guarded_path {
	char at[LA_GUARDED_PATH];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LA_SCOPES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_guarded_path);
	__type(value, __u32);
} la_guarded SEC(".maps");

/* The mask is for the verifier: scopes have the numbers 1 to LA_SCOPES_MAX, a power of two. */
la_inline volatile __u8 *la_unhooked_of(__u32 scope)
{
	return &la_unhooked[(scope - 1) & (LA_SCOPES_MAX - 1)];
}

/* Whether the cgroup of a guard's scope has no hooks of its own. scope: 0: it is of none. */
la_inline int la_is_unhooked(__u32 scope)
{
	return scope && *la_unhooked_of(scope);
}

#endif
