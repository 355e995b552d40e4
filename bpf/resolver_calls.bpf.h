/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Questions by a Unix socket: of nscd, or of systemd-resolved by varlink. */
#ifndef LEAKAUDIT_RESOLVER_CALLS_BPF_H
#define LEAKAUDIT_RESOLVER_CALLS_BPF_H

#include "resolver_socks.bpf.h"

/* The address as a number: programs at this hook may not read where the socket connects to. */
la_inline const struct bpf_sock_addr_kern *la_kernels(struct bpf_sock_addr *ctx)
{
	const struct bpf_sock_addr_kern *kern = NULL;

	bpf_probe_read_kernel(&kern, sizeof(kern), &ctx);
	return kern;
}

/* The loader attaches it to connect() of Unix sockets, whose section libbpf 1.1 does not know. */
SEC("cgroup/connect4")
int la_resolver_called(struct bpf_sock_addr *ctx)
{
	const char *addr = (const char *)BPF_CORE_READ(la_kernels(ctx), uaddr);
	struct la_unix_path at = {};
	struct la_event_task *e;
	__u32 *pid;

	/* behind the address family */
	bpf_probe_read_kernel_str(at.path, sizeof(at.path), addr + sizeof(__u16));
	pid = bpf_map_lookup_elem(&la_resolver_paths, &at);
	if (!pid)
		return 1;
	la_asked = bpf_ktime_get_ns();
	e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);
	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
		return 1;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ sizeof(*e), LA_ABI_VERSION, LA_KIND_CALLED, 0, la_asked };
	la_owner_of((struct task_struct *)bpf_get_current_task(), &e->owner);
	e->cookie = *pid;
	la_submit(e);
	return 1;
}

#endif
