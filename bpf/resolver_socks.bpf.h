/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Marks the sockets of resolvers: TC sees no process. Attached to a resolver's cgroup. */
#ifndef LEAKAUDIT_RESOLVER_SOCKS_BPF_H
#define LEAKAUDIT_RESOLVER_SOCKS_BPF_H

#include "owner.bpf.h"

/* The pid of a resolver, also for its child: some fork for each question by TCP. 0: it is none. */
la_inline __u32 la_resolver_of_task(struct task_struct *task)
{
	__u32 tgid = BPF_CORE_READ(task, tgid);

	if (bpf_map_lookup_elem(&la_resolver_pids, &tgid))
		return tgid;
	tgid = BPF_CORE_READ(task, real_parent, tgid);
	return bpf_map_lookup_elem(&la_resolver_pids, &tgid) ? tgid : 0;
}

/* Returns whether there was room for it. */
la_inline int la_mark_resolvers(void *sk, struct task_struct *task, __u32 resolver)
{
	struct la_resolver_sock *s = la_make_storage(&la_resolver_socks, sk);

	if (!s)
		return 0;
	la_owner_of(task, &s->owner);
	s->resolver = resolver;
	return 1;
}

/*
 * Whether a socket is where a resolver is asked: it answers by it. An address of IPv6 is not read:
 * the verifier refuses how compilers do it.
 */
la_inline int la_answers_by(const struct bpf_sock *sk, const struct la_flow_key *k)
{
	struct la_flow_key own = { .netns = k->netns, .proto = k->proto };

	own.dport = (__u16)sk->src_port;
	if (k->family == 4) {
		own.daddr.b[10] = own.daddr.b[11] = 0xff;
		own.daddr.w[3] = sk->src_ip4;
	}
	return la_is_server_port(own.dport) || la_holder_at(&own);
}

/*
 * Notes whom a resolver asks: where that leads is its way out. On this machine the next one may
 * have any port.
 */
la_inline void la_note_server(struct bpf_sock_addr *ctx, struct bpf_sock *sk, __u32 resolver,
			      int v6)
{
	struct la_flow_key k = { .netns = bpf_get_netns_cookie(ctx) };
	struct la_endpoint e = {};
	__u8 one = 1;
	int here;

	la_destination(ctx, v6, &k);
	here = la_stays_here(&k);
	if (here ? la_answers_by(sk, &k) : !la_is_server_port(k.dport))
		return;
	e.addr = k.daddr;
	e.port = k.dport;
	e.proto = k.proto;
	e.cookie = resolver;
	if (bpf_map_lookup_elem(&la_resolver_servers, &e))
		return;
	bpf_map_update_elem(&la_resolver_servers, &e, &one, BPF_ANY);
	if (here)
		__sync_fetch_and_add(&la_chained, 1);
}

la_inline int la_resolver_uses(struct bpf_sock_addr *ctx, int v6)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 resolver = la_resolver_of_task(task);
	struct bpf_sock *sk = ctx->sk;

	if (!sk || !resolver)
		return 1;
	la_note_server(ctx, sk, resolver, v6);
	if (!la_mark_resolvers(sk, task, resolver))
		la_count(LA_COUNTER_STORAGE, 1);
	return 1;
}

SEC("cgroup/connect4")
int la_resolver_connect4(struct bpf_sock_addr *ctx)
{
	return la_resolver_uses(ctx, 0);
}

SEC("cgroup/connect6")
int la_resolver_connect6(struct bpf_sock_addr *ctx)
{
	return la_resolver_uses(ctx, 1);
}

SEC("cgroup/sendmsg4")
int la_resolver_sendmsg4(struct bpf_sock_addr *ctx)
{
	return la_resolver_uses(ctx, 0);
}

SEC("cgroup/sendmsg6")
int la_resolver_sendmsg6(struct bpf_sock_addr *ctx)
{
	return la_resolver_uses(ctx, 1);
}

/*
 * dockerd begins to serve a container: its first process may ask before the loader has met the
 * namespace. Port 53 leads there by nat.
 */
SEC("cgroup/post_bind4")
int la_resolver_bound4(struct bpf_sock *sk)
{
	struct la_resolver_holder who = { .pid = bpf_get_current_pid_tgid() >> 32 };
	struct la_resolver_place at = {};
	__u32 addr = sk->src_ip4;

	if (addr != bpf_htonl(LA_DOCKER_RESOLVER) ||
	    !bpf_map_lookup_elem(&la_resolver_pids, &who.pid))
		return 1;
	at.netns = bpf_get_netns_cookie(sk);
	at.addr.b[10] = at.addr.b[11] = 0xff;
	at.addr.w[3] = addr;
	at.proto = (__u8)sk->protocol;
	at.port = (__u16)sk->src_port;
	bpf_map_update_elem(&la_resolver_places, &at, &who, BPF_ANY);
	at.port = 53;
	bpf_map_update_elem(&la_resolver_places, &at, &who, BPF_ANY);
	return 1;
}

/* The sockets that a resolver has already: run over every open file when it is found. */
SEC("iter/task_file")
int la_resolver_scan(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *sock;
	struct sock *sk;
	__u32 resolver;
	__u16 family;

	resolver = task && file ? la_resolver_of_task(task) : 0;
	if (!resolver)
		return 0;
	sock = bpf_sock_from_file(file);
	if (!sock)
		return 0;
	sk = sock->sk;
	if (!sk)
		return 0;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != LA_AF_INET && family != LA_AF_INET6)
		return 0;
	if (!la_mark_resolvers(sk, task, resolver))
		la_count(LA_COUNTER_STORAGE, 1);
	return 0;
}

#endif
