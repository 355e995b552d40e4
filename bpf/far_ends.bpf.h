/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * To whom a tunnel's daemon may send: a limited number of remote addresses for each process,
 * however many sockets it has. Those that its loader has proven are in la_endpoints.
 */
#ifndef LEAKAUDIT_FAR_ENDS_BPF_H
#define LEAKAUDIT_FAR_ENDS_BPF_H

#include "lookups.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, struct la_process);
	__type(value, struct la_far_ends);
} la_far_ends SEC(".maps");

const struct la_far_ends la_no_far_ends = {};

la_inline struct la_far_ends *la_far_ends_of(const struct la_owner *o)
{
	struct la_process who = la_process_of(o);
	struct la_far_ends *ends = bpf_map_lookup_elem(&la_far_ends, &who);

	if (ends)
		return ends;
	bpf_map_update_elem(&la_far_ends, &who, &la_no_far_ends, BPF_NOEXIST);
	return bpf_map_lookup_elem(&la_far_ends, &who);
}

/* 0 if it is the same remote address, whichever socket used it. By words, padding included. */
la_inline __u64 la_diff_end(const struct la_endpoint *a, const struct la_endpoint *b)
{
	const __u64 *x = (const __u64 *)a, *y = (const __u64 *)b;

	return (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[3] ^ y[3]);
}

/*
 * Two CPUs may write into one place at the same time. What is lost by that is learnt again with its
 * next packet.
 */
la_inline void la_add_other_end(struct la_far_ends *ends, const struct la_endpoint *e)
{
	__u32 at = ends->n_others++ % LA_OTHER_ENDS;

	ends->others[at & (LA_OTHER_ENDS - 1)] = *e;
}

/* A function of its own, so that the verifier walks the loop once. */
la_subprog int la_has_other_end(const struct la_far_ends *ends, const struct la_endpoint *e)
{
	__u32 i;

	if (!ends || !e)
		return 0;
	for (i = 0; i < LA_OTHER_ENDS; i++)
		if (!la_diff_end(&ends->others[i], e))
			return 1;
	return 0;
}

/* Beyond so many, the oldest gives way to a new one, but only after a pause. */
la_inline int la_may_add(struct la_far_ends *ends, __u32 n, __u32 max, __u64 pause)
{
	__u64 now = bpf_ktime_get_ns();

	if (n >= max && now - ends->added < pause)
		return 0;
	ends->added = now;
	return 1;
}

/*
 * Whether a daemon's socket may send there: it is among the first that the process has used, one
 * for each socket; or something has come from there. Where the user has named the daemon, each of
 * its sockets may send to several.
 */
la_subprog int la_may_reach(const struct la_owner *o, const struct la_endpoint *e, __u32 named)
{
	struct la_far_ends *ends;
	int used = 0;
	__u32 i;

	if (!o || !e || !o->tgid)
		return 0;
	ends = la_far_ends_of(o);
	if (!ends)
		return 0;
	for (i = 0; i < LA_FIRST_ENDS; i++) {
		if (!la_diff_end(&ends->first[i], e))
			return 1;
		used |= ends->first[i].cookie == e->cookie;
	}
	if (la_has_other_end(ends, e))
		return 1;
	if (named) {
		if (!la_may_add(ends, ends->n_others, LA_OTHER_ENDS, LA_OTHER_PAUSE))
			return 0;
		la_add_other_end(ends, e);
		return 1;
	}
	if (used || !la_may_add(ends, ends->n_first, LA_FIRST_ENDS, LA_FIRST_PAUSE))
		return 0;
	ends->first[ends->n_first++ & (LA_FIRST_ENDS - 1)] = *e;
	return 1;
}

/* What was judged before is judged again with its next packet. */
la_inline void la_judge_again(const struct la_flow_key *k)
{
	__u32 *id = bpf_map_lookup_elem(&la_flow_ids, k);
	struct la_flow *f = id ? la_flow_by_id(*id) : NULL;

	if (f)
		*(volatile __u64 *)&f->judged = f->judged ^ 1; /* another epoch */
}

enum la_hearing { LA_HEARD_NOTHING, LA_HEARD_AGAIN, LA_HEARD_FIRST };

/*
 * Something came from there to a socket of a daemon: it may answer. k: the key of its flow. Until
 * Linux 6.5 a function's argument is no key of a map, so the caller has its flow judged again.
 */
la_subprog int la_heard(const struct la_flow_key *k, const struct la_sock *s,
			const struct la_label *l)
{
	struct la_far_ends *ends;
	struct la_endpoint e = {};

	if (!k || !s || !l || !la_may_be_outer(l->cls, l->detail) || !s->owner.tgid ||
	    !la_is_daemon(&s->owner, k->netns))
		return LA_HEARD_NOTHING;
	ends = la_far_ends_of(&s->owner);
	if (!ends)
		return LA_HEARD_NOTHING;
	e.addr = k->daddr;
	e.port = k->dport;
	e.proto = k->proto;
	e.cookie = k->cookie;
	if (la_has_other_end(ends, &e))
		return LA_HEARD_AGAIN;
	la_add_other_end(ends, &e);
	return LA_HEARD_FIRST;
}

#endif
