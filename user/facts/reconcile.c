/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reconcile.h"

#include <string.h>

/* The largest that a device gets at once: IPv4's 64 KiB and a link header with a tag. */
#define SKB_MAX 65560

/* What a device may add to a frame, or leave out of its count: padding to 60 bytes, the check
 * sequence, the header of another link layer (802.11's is 34 bytes longer than Ethernet's). */
#define FRAMING_MAX 64

/*
 * A device counts a GSO packet as one, or each of its segments: those that it segments itself
 * the one way or the other, those that the kernel has segmented for it always the latter.
 * Nothing between these is taken for true: it could hide a packet.
 */
struct way {
	bool tcp, udp; /* whose segments count */
};

static const struct way ways[] = {
	{ false, false }, { true, true }, { false, true }, { true, false }
};

static struct la_sum sum_by(const struct la_line_sum *l, struct way w)
{
	struct la_sum sum = { l->skbs, l->bytes };

	if (w.tcp) {
		sum.packets += l->packets - l->skbs - l->udp_more;
		sum.bytes += l->repeated - l->udp_repeated;
	}
	if (w.udp) {
		sum.packets += l->udp_more;
		sum.bytes += l->udp_repeated;
	}
	return sum;
}

static uint64_t magnitude(int64_t n)
{
	return n < 0 ? -(uint64_t)n : (uint64_t)n;
}

/* A counter that was set back explains nothing. */
static uint64_t grown(uint64_t n)
{
	return (int64_t)n < 0 ? 0 : n;
}

/* Explains as much of rest as `most` can. */
static void take(struct record_line *ret, enum record_line_reason reason, uint64_t most,
		 uint64_t *rest)
{
	uint64_t n = MIN(most, *rest);

	ret->items[reason].packets += n;
	*rest -= n;
}

/* What was seen to be dropped explains nothing else, be it in the queue's counter or the device's. */
static void explain_missing(const struct line_growth *g, struct record_line *ret, uint64_t rest)
{
	uint64_t queue = grown(g->after.dropped), lost = ret->items[RECORD_LINE_DROPPED].packets;
	uint64_t device = grown(g->device.dropped) + grown(g->device.errors);
	uint64_t of_queue = MIN(queue, lost);

	take(ret, RECORD_LINE_DEVICE, device - MIN(device, lost - of_queue), &rest);
	take(ret, RECORD_LINE_QUEUE, queue - of_queue, &rest);
	take(ret, RECORD_LINE_WAITING, g->after.packets, &rest);
	take(ret, RECORD_LINE_UNREAD, g->unread, &rest);
	take(ret, RECORD_LINE_BETWEEN, g->unsure, &rest);
	ret->unexplained.packets = rest;
}

static void explain_unseen(const struct line_growth *g, struct record_line *ret, uint64_t rest)
{
	take(ret, RECORD_LINE_WAITED, g->before.packets, &rest);
	take(ret, RECORD_LINE_LATE, g->late, &rest);
	take(ret, RECORD_LINE_BETWEEN, g->unsure, &rest);
	ret->unexplained.packets = rest;
	ret->unseen = rest;
	if (g->unwatched.packets && rest)
		ret->items[RECORD_LINE_UNWATCHED] = g->unwatched;
}

/*
 * What the device has dropped came there. More than the hook has seen and misses has passed it
 * by, and may stand for others that were sent.
 */
static void explain_drops(const struct line_growth *g, struct record_line *ret)
{
	uint64_t known = g->line.lost.packets + g->before.packets + g->unsure +
			 ret->items[RECORD_LINE_DEVICE].packets;
	uint64_t dropped = grown(g->device.dropped);

	if (ret->unexplained.packets || dropped <= known)
		return;
	ret->unexplained.packets = dropped - known;
	ret->unseen = true;
}

/* Where the packets agree, their bytes say whether they are the same ones. */
static void explain_bytes(const struct line_growth *g, struct record_line *ret, int64_t more)
{
	if (!more)
		return;
	if (g->plain && magnitude(more) <= ret->counted.packets * FRAMING_MAX)
		ret->items[RECORD_LINE_FRAMING].bytes = magnitude(more);
	else if (magnitude(more) <= g->unsure * SKB_MAX)
		ret->items[RECORD_LINE_BETWEEN].bytes = magnitude(more);
	else
		ret->unexplained.bytes = magnitude(more);
	if (ret->unexplained.bytes)
		ret->unseen = more > 0;
}

/* The bytes of packets that are missing or unseen: they go to what most of these do. */
static void give_bytes(struct record_line *ret, uint64_t packets, int64_t bytes)
{
	static const enum record_line_reason reasons[] = { RECORD_LINE_DEVICE,	RECORD_LINE_QUEUE,
							   RECORD_LINE_WAITING, RECORD_LINE_UNREAD,
							   RECORD_LINE_WAITED,	RECORD_LINE_LATE,
							   RECORD_LINE_BETWEEN };
	struct la_sum *to = &ret->unexplained;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (ret->items[reasons[i]].packets > to->packets)
			to = &ret->items[reasons[i]];
	if (bytes < 0 || (uint64_t)bytes > packets * SKB_MAX) /* these are not their bytes */
		to = &ret->unexplained;
	to->bytes = magnitude(bytes);
}

static void explain(const struct line_growth *g, struct way w, struct record_line *ret)
{
	struct la_sum lost = sum_by(&g->line.lost, w);
	int64_t missing, bytes;

	ret->counted = (struct la_sum){ g->device.packets, g->device.bytes };
	ret->seen = sum_by(&g->line.passed, w);
	ret->items[RECORD_LINE_DROPPED] = lost;
	missing = (int64_t)(ret->seen.packets - lost.packets - ret->counted.packets);
	bytes = (int64_t)(ret->seen.bytes - lost.bytes - ret->counted.bytes);
	if (missing > 0)
		explain_missing(g, ret, (uint64_t)missing);
	else
		explain_unseen(g, ret, magnitude(missing));
	if (missing)
		give_bytes(ret, magnitude(missing), missing > 0 ? bytes : -bytes);
	else
		explain_bytes(g, ret, -bytes);
	explain_drops(g, ret);
}

/* Packets that only limits explain. */
static uint64_t limits(const struct record_line *l)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < RECORD_LINE_REASON_MAX; i++)
		if (i != RECORD_LINE_DROPPED)
			sum += l->items[i].packets;
	return sum;
}

static bool is_better(const struct record_line *a, const struct record_line *b)
{
	if (a->unexplained.packets != b->unexplained.packets)
		return a->unexplained.packets < b->unexplained.packets;
	if (a->unexplained.bytes != b->unexplained.bytes)
		return a->unexplained.bytes < b->unexplained.bytes;
	return limits(a) < limits(b);
}

bool reconcile(const struct line_growth *g, struct record_line *ret)
{
	struct record_line best = *ret, one;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		one = *ret;
		explain(g, ways[i], &one);
		if (!i || is_better(&one, &best))
			best = one;
	}
	*ret = best;
	return (best.unseen || (!best.unexplained.packets && !best.unexplained.bytes)) &&
	       !best.items[RECORD_LINE_WAITING].packets && !best.items[RECORD_LINE_BETWEEN].packets;
}
