/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Questions by a Unix socket: of nscd, or of systemd-resolved by varlink or D-Bus. */
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

la_inline void la_tell_call(__u32 pid, int refused)
{
	struct la_event_task *e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);

	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
		return;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->hdr = (struct la_event_hdr){ sizeof(*e), LA_ABI_VERSION,
					refused ? LA_KIND_UNCALLED : LA_KIND_CALLED, 0,
					bpf_ktime_get_ns() };
	la_owner_of_current(&e->owner);
	e->cookie = pid;
	e->scope = la_scope_of_task((struct task_struct *)bpf_get_current_task());
	la_submit(e);
}

/* Where nobody is known, the call would reach one who has just begun to listen, or nobody. */
la_inline int la_call_is_refused(struct bpf_sock_addr *ctx, __u32 pid)
{
	struct sock *sk = BPF_CORE_READ(la_kernels(ctx), sk);
	struct la_resolver *r = bpf_map_lookup_elem(&la_resolver_pids, &pid);

	if (la_resolver_mode != LA_RESOLVER_DROP || la_is_host)
		return 0;
	la_epoch_now(); /* checks the deadline */
	return la_drop_now() && !la_asks_inside(la_net_of(sk), la_netns_of(sk), r);
}

/* The loader attaches it to connect() of Unix sockets, whose section libbpf 1.1 does not know. */
SEC("cgroup/connect4")
int la_resolver_called(struct bpf_sock_addr *ctx)
{
	const char *addr = (const char *)BPF_CORE_READ(la_kernels(ctx), uaddr);
	struct la_unix_path at = {};
	struct la_resolver_path *who;
	int refused;

	/* behind the address family */
	bpf_probe_read_kernel_str(at.path, sizeof(at.path), addr + sizeof(__u16));
	who = bpf_map_lookup_elem(&la_resolver_paths, &at);
	if (!who)
		return 1;
	refused = !who->is_bus && la_call_is_refused(ctx, who->pid);
	if (!who->pid) /* no question was asked of anybody */
		return !refused;
	if (refused)
		la_count(LA_COUNTER_REFUSED, 1);
	else
		la_asked = bpf_ktime_get_ns();
	la_tell_call(who->pid, refused);
	return !refused;
}

#endif
