/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What both objects share to follow resolvers of this machine. */
#ifndef LEAKAUDIT_RESOLVER_MAPS_BPF_H
#define LEAKAUDIT_RESOLVER_MAPS_BPF_H

#include "core/tables.h"
#include "vmlinux.h"

const volatile __u8 la_resolver_mode; /* enum la_resolver_mode */

/* ktime of the scope's last question to a resolver of this machine; 0: none yet */
__u64 la_asked = 0;

/* How many servers on this machine they were first seen to ask: of these, too, the loader is to
 * know who answers. */
__u32 la_chained = 0;

/* The processes of resolvers that the loader knows, by pid. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct la_resolver);
} la_resolver_pids SEC(".maps");

/* Where they are asked, and who is. A place in a namespace that is gone gives way. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct la_resolver_place);
	__type(value, struct la_resolver_holder);
} la_resolver_places SEC(".maps");

/* Whom they have asked: the remote address, with the resolver's pid in place of the cookie. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 512);
	__type(key, struct la_endpoint);
	__type(value, __u8);
} la_resolver_servers SEC(".maps");

/* Their sockets, and who uses them. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct la_resolver_sock);
} la_resolver_socks SEC(".maps");

/* Where resolvers are asked by Unix sockets. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct la_unix_path);
	__type(value, struct la_resolver_path);
} la_resolver_paths SEC(".maps");

#endif
