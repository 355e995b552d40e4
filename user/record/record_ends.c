/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The three ends of a packet, from what the kernel counts of a flow. */
#include "record.h"

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * One number each, of packets or of bytes. The kernel counts what is judged, and all that
 * leaves, but not which of a flow's packets that was: in one that has both, the exempt ones
 * count as left first.
 */
static void split(uint64_t judged, uint64_t exempt, uint64_t left, uint64_t added, __u64 *ret_left,
		  __u64 *ret_held)
{
	*ret_held = less(judged, less(less(left, added), exempt));
	*ret_left = judged ? less(left, exempt) : 0;
}

struct record_ends record_ends(const struct la_flow *f)
{
	struct record_ends e = { .dropped = { f->dropped_packets, f->dropped_bytes } };

	split(f->packets, f->exempt_packets, f->left_packets, f->added_packets, &e.left.packets,
	      &e.held.packets);
	split(f->bytes, f->exempt_bytes, f->left_bytes, f->added_bytes, &e.left.bytes,
	      &e.held.bytes);
	if (!e.held.packets) /* the last fragments of a datagram are on their way */
		e.held.bytes = 0;
	e.judged = e.left;
	record_add(&e.judged, &e.held);
	record_add(&e.judged, &e.dropped);
	return e;
}

struct la_sum record_exempt(const struct la_flow *f)
{
	struct la_sum sum = { f->exempt_packets, f->exempt_bytes };

	if (!f->packets && f->exempt_packets) {
		sum.packets += f->added_packets;
		sum.bytes += f->added_bytes;
	}
	return sum;
}

struct record_ends record_leak_ends(const struct record_leak *l)
{
	return l->aggregate ? l->aggregate->ends : record_ends(&l->flow);
}

struct la_sum record_leak_exempt(const struct record_leak *l)
{
	return l->aggregate ? l->aggregate->exempt : record_exempt(&l->flow);
}

enum record_outcome record_outcome(const struct la_flow *f)
{
	struct record_ends e = record_ends(f);

	if (e.left.packets)
		return RECORD_OUTCOME_LEFT;
	return e.held.packets ? RECORD_OUTCOME_HELD : RECORD_OUTCOME_DROPPED;
}

const char *record_stop_words(unsigned int stop)
{
#define HELP(sym, name, help) [LA_STOP_##sym] = help,
	static const char *const helps[LA_STOP_MAX] = { LA_STOPS(HELP) };
#undef HELP

	return helps[stop < LA_STOP_MAX ? stop : LA_STOP_UNKNOWN];
}
