/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Sockets and the processes that own them. */
#ifndef LEAKAUDIT_OWNER_BPF_H
#define LEAKAUDIT_OWNER_BPF_H

#include "inherit.bpf.h"
#include "resolver_connect.bpf.h"
#include "storage.bpf.h"

#define LA_CAP_NET_ADMIN (1U << 12)

/* The identity of a namespace for the loader and for us: bpf_get_netns_cookie() as well. */
la_inline __u64 la_netns_of(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie);
}

/*
 * Whether a process may set the addresses of a socket's namespace: as the kernel asks it,
 * except for processes of a parent user namespace. In one that is a user's own, anybody may.
 */
la_inline __u8 la_may_configure(struct task_struct *task, struct sock *sk)
{
	struct user_namespace *owner = BPF_CORE_READ(sk, __sk_common.skc_net.net, user_ns);
	const struct cred *cred = BPF_CORE_READ(task, cred);
	__u32 low = 0;

	if (BPF_CORE_READ(owner, level) && la_netns_of(sk) != la_home_netns)
		return 0;
	bpf_core_read(&low, sizeof(low), &cred->cap_effective);
	return low & LA_CAP_NET_ADMIN && BPF_CORE_READ(cred, user_ns) == owner ? LA_SF_CONFIGURES
									       : 0;
}

la_inline void la_own_current(struct la_sock *s)
{
	la_owner_of_current(&s->owner);
	s->attribution = LA_ATTR_SOCKET;
	s->held = la_scan;
}

/* Reports a namespace that the loader does not know yet: the loader reads its interfaces' roles. */
la_inline void la_report_netns(__u64 netns, __u64 cookie, const struct la_owner *owner)
{
	struct la_event_task *e;
	__u8 met = LA_NETNS_MET;

	if (bpf_map_lookup_elem(&la_netns, &netns) ||
	    bpf_map_update_elem(&la_netns, &netns, &met, BPF_NOEXIST))
		return;
	e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);
	if (!e) { /* the event was lost: the next socket tries again */
		bpf_map_delete_elem(&la_netns, &netns);
		return;
	}
	e->hdr = (struct la_event_hdr){ sizeof(*e), LA_ABI_VERSION, LA_KIND_NETNS, 0,
					bpf_ktime_get_ns() };
	e->owner = *owner;
	e->netns = netns;
	e->cookie = cookie;
	e->scope = la_scope_of_task((struct task_struct *)bpf_get_current_task());
	e->pad = 0;
	la_submit_urgently(e);
}

/* A namespace that is new is to be known before its first packet. */
la_inline void la_meet_current_netns(__u64 netns)
{
	struct la_owner owner = {};

	if (netns == la_home_netns || bpf_map_lookup_elem(&la_netns, &netns))
		return;
	la_owner_of_current(&owner);
	la_report_netns(netns, 0, &owner);
}

/* Notes a new socket as its maker's. NULL: there is no room for it. */
la_inline struct la_sock *la_own_new(struct bpf_sock *ctx)
{
	struct la_sock *s = la_make_storage(&la_socks, ctx);

	if (!s) {
		la_count(LA_COUNTER_STORAGE, 1);
		return NULL;
	}
	la_own_current(s);
	s->netns = bpf_get_netns_cookie(ctx);
	la_report_netns(s->netns, 0, &s->owner);
	return s;
}

/*
 * UDP sends nothing before connect() or sendmsg(), whose hooks find its owner: most sockets
 * that never send, and the names that a resolver asks for, need no storage until then. A TCP
 * socket may listen without either, and a raw one of protocol UDP has neither hook.
 */
SEC("cgroup/sock_create")
int la_sock_create(struct bpf_sock *ctx)
{
	if (ctx->protocol == LA_PROTO_UDP && ctx->type != LA_SOCK_RAW)
		la_meet_current_netns(bpf_get_netns_cookie(ctx));
	else
		la_own_new(ctx);
	return 1;
}

/* Asked where it matters: of sockets on the ports of DHCP's clients. */
la_inline void la_note_configures(struct la_sock *s, struct bpf_sock *sk)
{
	__u32 port = sk->src_port;

	s->flags &= ~LA_SF_CONFIGURES;
	if (port == LA_PORT_DHCP || port == LA_PORT_DHCP6)
		s->flags |= la_may_configure((struct task_struct *)bpf_get_current_task(),
					     la_sk_of(sk));
}

/* Whether the running process, with the program that it runs now, is the owner of the socket. */
la_inline int la_is_owned(const struct la_sock *s)
{
	struct task_struct *task;

	if (s->attribution != LA_ATTR_SOCKET)
		return 0;
	if (LA_FOLLOWS_TASK) {
		task = bpf_get_current_task_btf();
		return s->owner.tgid == (__u32)task->tgid &&
		       s->owner.exec == (__u32)task->self_exec_id;
	}
	task = (struct task_struct *)bpf_get_current_task();
	return s->owner.tgid == bpf_get_current_pid_tgid() >> 32 &&
	       s->owner.exec == la_exec_of(task);
}

/*
 * A process other than its creator may use a socket (fork, SCM_RIGHTS, socket activation): its user
 * becomes its owner.
 */
la_inline struct la_sock *la_use(struct bpf_sock_addr *ctx)
{
	struct bpf_sock *sk = ctx->sk;
	struct la_sock *s;

	if (!sk)
		return NULL;
	s = la_make_storage(&la_socks, sk);
	if (!s) {
		la_count(LA_COUNTER_STORAGE, 1);
		return NULL;
	}
	if (!la_is_owned(s)) {
		if (!la_is_kernel_thread() || !la_own_subflow(s, sk))
			la_own_current(s);
		la_note_configures(s, sk);
	}
	if (!s->netns)
		s->netns = bpf_get_netns_cookie(ctx);
	return s;
}

la_inline int la_connects(struct bpf_sock_addr *ctx, int v6)
{
	struct la_sock *s = la_use(ctx);

	return !s || !la_drop || la_no_refusals ||
	       !(la_connects_to_resolver(ctx, s, v6) || la_connect_only_leaks(ctx, s, v6));
}

SEC("cgroup/connect4")
int la_connect4(struct bpf_sock_addr *ctx)
{
	return la_connects(ctx, 0);
}

SEC("cgroup/connect6")
int la_connect6(struct bpf_sock_addr *ctx)
{
	return la_connects(ctx, 1);
}

SEC("cgroup/sendmsg4")
int la_sendmsg4(struct bpf_sock_addr *ctx)
{
	la_use(ctx);
	return 1;
}

SEC("cgroup/sendmsg6")
int la_sendmsg6(struct bpf_sock_addr *ctx)
{
	la_use(ctx);
	return 1;
}

SEC("cgroup/sock_release")
int la_sock_release(struct bpf_sock *ctx)
{
	struct la_sock *s = bpf_sk_storage_get(&la_socks, ctx, NULL, 0);
	struct la_flow *f;
	__u32 id;

	if (!s || !s->hint)
		return 1;
	id = s->hint - 1;
	f = bpf_map_lookup_elem(&la_flows, &id);
	if (f && f->key.cookie == bpf_get_socket_cookie(ctx))
		f->released = 1;
	return 1;
}

/* Whether its packets may bypass all hooks: the loader checks that. */
la_inline int la_may_bypass(struct sock *sk, __u16 family)
{
	struct xdp_sock *xs = (struct xdp_sock *)sk;
	__u64 known = bpf_core_field_exists(xs->tx);

	if (family != LA_AF_XDP)
		return family == LA_AF_PACKET;
	la_opaque(known); /* clang 15 crashes if it combines this condition with others */
	return known && BPF_CORE_READ(xs, tx);
}

/* task and file: the verifier knows that these are not NULL, but not that of ctx's. */
la_inline void la_write_held(struct bpf_iter__task_file *ctx, struct task_struct *task,
			     struct file *file, struct sock *sk, __u16 family)
{
	struct la_held h = {
		.netns = la_netns_of(sk),
		.inode = BPF_CORE_READ(file, f_inode, i_ino),
		.fd = ctx->fd,
		.xdp = family == LA_AF_XDP,
		.scope = la_scope_of_task(task),
	};

	la_owner_of(task, &h.owner);
	bpf_seq_write(ctx->meta->seq, &h, sizeof(h));
}

la_inline void la_write_step(struct bpf_iter__task_file *ctx)
{
	struct la_held h = {};

	bpf_seq_write(ctx->meta->seq, &h, sizeof(h));
}

/*
 * Whether a stream that a process of a scope has used still has data to send, which may be that
 * process's: it stays the scope's, whoever holds it now.
 */
la_inline int la_has_queued(const struct la_sock *s, struct sock *sk)
{
	return s->flags & LA_SF_IN_SCOPE && BPF_CORE_READ(sk, sk_wmem_queued);
}

/*
 * Finds the holders of existing sockets: run over every open file when attaching, and again when a
 * process with open sockets moves into the scope.
 */
SEC("iter/task_file")
int la_scan_sockets(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *sock;
	struct la_sock *s;
	struct sock *sk;
	__u16 family;
	__u32 scope, flags;
	int in_scope;

	if (!ctx->meta->seq_num) {
		la_meet_reader();
		la_scan += !la_scan_part;
	}
	if (!task || !file)
		return 0;
	if (!(++la_scanned % LA_SCAN_STEP))
		la_write_step(ctx);
	sock = bpf_sock_from_file(file);
	if (!sock)
		return 0;
	sk = sock->sk;
	if (!sk)
		return 0;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != LA_AF_INET && family != LA_AF_INET6 && family != LA_AF_PACKET &&
	    family != LA_AF_XDP)
		return 0;
	scope = la_scope_of_task(task);
	in_scope = la_is_host || scope;
	/* a socket created in the scope and used outside is still the scope's */
	s = in_scope ? la_make_storage(&la_socks, sk) : bpf_sk_storage_get(&la_socks, sk, NULL, 0);
	if (in_scope && la_may_bypass(sk, family) && !(s && s->flags & LA_SF_BYPASSES))
		la_write_held(ctx, task, file, sk, family);
	if (!s && in_scope)
		la_count(LA_COUNTER_STORAGE, 1);
	if (!s || (!in_scope && la_has_queued(s, sk)))
		return 0;
	flags = s->flags;
	if (in_scope && !(flags & LA_SF_SEEN)) {
		la_scan_changes += s->scope != scope;
		s->flags |= LA_SF_IN_SCOPE;
		s->scope = scope;
	} else if (s->owner.tgid == (__u32)BPF_CORE_READ(task, tgid)) {
		s->flags &= ~LA_SF_IN_SCOPE; /* its owner is not of the scope */
	}
	la_scan_changes += flags != s->flags;
	if (s->attribution == LA_ATTR_UNKNOWN) {
		la_scan_changes++;
		la_owner_of(task, &s->owner);
		s->attribution = LA_ATTR_ITERATOR;
		s->held = la_scan;
		s->flags |= la_may_configure(task, sk);
		/* one whose creation no hook sees (AF_PACKET) may have sent before */
		la_own_flow(s, sk);
	} else {
		la_hold(s, task, sk);
	}
	if (!s->netns)
		s->netns = la_netns_of(sk);
	return 0;
}

#define LA_SOL_PACKET 263
#define LA_PACKET_QDISC_BYPASS 20
#define LA_SOL_XDP 283
#define LA_XDP_TX_RING 3

/*
 * The kernel passes at most this many bytes to programs. Before 5.16 it fails the call if they
 * leave a larger length unchanged: 0 means "the caller's value".
 */
#define LA_OPTLEN_MAX 4096

/* The kind of event, or -1. */
la_inline int la_bypass_of(struct bpf_sockopt *ctx)
{
	__u32 *value = ctx->optval;

	if (ctx->level == LA_SOL_XDP) /* its frames go directly to the device */
		return ctx->optname == LA_XDP_TX_RING ? LA_KIND_XDP : -1;
	if (ctx->level != LA_SOL_PACKET || ctx->optname != LA_PACKET_QDISC_BYPASS)
		return -1;
	if ((void *)(value + 1) <= ctx->optval_end && !*value)
		return -1; /* it is switched off */
	return LA_KIND_BYPASS;
}

#define LA_SOL_IP 0
#define LA_IP_FREEBIND 15
#define LA_IP_TRANSPARENT 19
#define LA_SOL_IPV6 41
#define LA_IPV6_TRANSPARENT 75
#define LA_IPV6_FREEBIND 78

/* Options with which a socket may be bound to an address of somebody else: see forged.bpf.h. */
la_inline int la_frees_source(const struct bpf_sockopt *ctx)
{
	if (ctx->level == LA_SOL_IP)
		return ctx->optname == LA_IP_FREEBIND || ctx->optname == LA_IP_TRANSPARENT;
	return ctx->level == LA_SOL_IPV6 &&
	       (ctx->optname == LA_IPV6_FREEBIND || ctx->optname == LA_IPV6_TRANSPARENT);
}

la_inline void la_note_any_source(struct bpf_sockopt *ctx)
{
	struct la_sock *s;

	if (!la_is_host && !la_scope_of_task((struct task_struct *)bpf_get_current_task()))
		return;
	s = ctx->sk ? la_make_storage(&la_socks, ctx->sk) : NULL;
	if (s)
		s->any_source = 1;
	else
		la_count(LA_COUNTER_STORAGE, 1);
}

/*
 * Socket options that bypass TC. The kernel uses the cgroup of the socket, not of the caller. So
 * this is attached to the root, and sees sockets that a process brought along or was passed, too.
 */
SEC("cgroup/setsockopt")
int la_setsockopt(struct bpf_sockopt *ctx)
{
	struct la_event_task *e;
	struct la_sock *s;
	__u32 scope;
	int kind;

	if (ctx->optlen > LA_OPTLEN_MAX)
		ctx->optlen = 0;
	if (la_drop && la_frees_source(ctx))
		la_note_any_source(ctx);
	kind = la_bypass_of(ctx);
	if (kind < 0)
		return 1;
	scope = la_scope_of_task((struct task_struct *)bpf_get_current_task());
	if (!scope)
		scope = la_scope_of_sk(la_sk_of(ctx->sk));
	if (!la_is_host && !scope)
		return 1;
	s = ctx->sk ? la_make_storage(&la_socks, ctx->sk) : NULL;
	if (s) {
		la_own_current(s);
		if (!la_drop_now())
			s->flags |= LA_SF_BYPASSES;
	}
	e = bpf_ringbuf_reserve(&la_events, sizeof(*e), 0);
	if (!e) {
		la_count(LA_COUNTER_RING_FULL, 1);
	} else {
		__builtin_memset(e, 0, sizeof(*e));
		e->hdr = (struct la_event_hdr){ sizeof(*e), LA_ABI_VERSION, kind, 0,
						bpf_ktime_get_ns() };
		la_owner_of_current(&e->owner);
		e->netns = s ? s->netns : 0;
		e->scope = scope;
		la_submit_urgently(e);
	}
	return !la_drop_now();
}

#endif
