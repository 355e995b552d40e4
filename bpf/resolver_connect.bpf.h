/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Refuses connections to resolvers of this machine, of datagram sockets as well: some programs wait
 * for an answer where only sending fails. What is sent without a connection, or led here by nat, is
 * refused when it is sent, and its question is known by then.
 */
#ifndef LEAKAUDIT_RESOLVER_CONNECT_BPF_H
#define LEAKAUDIT_RESOLVER_CONNECT_BPF_H

#include "connect.bpf.h"
#include "resolver_way.bpf.h"

/* Whether what is sent there stays on this machine. */
la_inline int la_stays_here(const struct la_flow_key *k)
{
	const struct la_addr *a = &k->daddr;

	if (k->family == 4 && a->b[12] == 127)
		return 1;
	if (!a->q[0] && !a->w[2] && a->w[3] == bpf_htonl(1)) /* ::1 */
		return 1;
	return la_is_local(k);
}

la_inline int la_connects_to_resolver(struct bpf_sock_addr *ctx, const struct la_sock *s, int v6)
{
	struct la_flow_key k = { .netns = s->netns, .cookie = s->owner.tgid };
	struct la_label l = { .cls = LA_CLASS_DNS };
	struct la_resolver_holder *h;
	struct la_resolver *r;

	if (la_resolver_mode != LA_RESOLVER_DROP || la_is_host || !ctx->sk)
		return 0;
	la_destination(ctx, v6, &k);
	h = la_holder_at(&k);
	if (h && h->by_tls && k.dport != 443) /* it may be for something else than questions */
		return 0;
	r = h ? bpf_map_lookup_elem(&la_resolver_pids, &h->pid) : NULL;
	if (!r && !(la_is_resolver_port(k.dport) && la_stays_here(&k)))
		return 0;
	la_epoch_now(); /* checks the deadline */
	if (!la_drop_now() || la_asks_inside(la_net_of(la_sk_of(ctx->sk)), k.netns, r))
		return 0;
	if (k.dport == 443)
		l.detail = LA_DETAIL_DOH;
	else if (k.proto == LA_PROTO_TCP)
		l.detail = k.dport == 853 ? LA_DETAIL_DOT : LA_DETAIL_DNS_TCP;
	else
		l.detail = k.dport == 853 ? LA_DETAIL_DOQ : LA_DETAIL_DNS_UDP;
	la_tell_refused(ctx, &k, s, &l, LA_REFUSAL_RESOLVER);
	return 1;
}

#endif
