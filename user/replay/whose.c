/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whose.h"

#include <errno.h>
#include <stdlib.h>

#include "base/addr_special.h"
#include "whose_priv.h"

int whose_open(struct whose **ret, struct audited_host *host)
{
	_cleanup_(whose_freep) struct whose *w = calloc(1, sizeof(*w));

	if (!w || senders_open(&w->senders))
		return -ENOMEM;
	w->host = host;
	w->named = audited_host_knows(host, 4) || audited_host_knows(host, 6);
	*ret = take_ptr(w);
	return 0;
}

void whose_free(struct whose *w)
{
	if (!w)
		return;
	senders_close(&w->senders);
	free(w->pairs);
	free(w->seen);
	free(w);
}

static int adopt(struct whose *w, const struct la_addr *a)
{
	int r = audited_host_adopt(w->host, a);

	return r ?: audited_host_set_lan(w->host);
}

static uint64_t *arrived_at(struct whose *w, uint64_t hash)
{
	return &w->arrived[hash % ARRIVED_SIZE];
}

static uint64_t hash_host(uint32_t interface, const struct la_addr *a)
{
	uint64_t h = (a->q[0] ^ interface) * 0xbf58476d1ce4e5b9ULL;

	h = (h ^ h >> 31 ^ a->q[1]) * 0x94d049bb133111ebULL;
	return h ^ h >> 29;
}

static uint64_t *beside_at(struct whose *w, uint64_t hash)
{
	return &w->beside[hash % BESIDE_SIZE];
}

void whose_note_arrived(struct whose *w, const struct whose_packet *p)
{
	uint64_t hash = hash_ends(p, p->hops);

	*arrived_at(w, hash) = hash;
	if (!addr_special(&p->src, ADDR_PRIVATE))
		return;
	hash = hash_host(p->interface, &p->src);
	*beside_at(w, hash) = hash;
}

/*
 * What comes back from the world for a container or another host beside this one, whose private
 * address NAT has restored.
 */
static bool is_answer(struct whose *w, const struct whose_packet *p)
{
	uint64_t hash = hash_host(p->interface, &p->dst);

	return addr_special(&p->dst, ADDR_PRIVATE) && !addr_special(&p->src, ADDR_PRIVATE) &&
	       *beside_at(w, hash) == hash;
}

static bool has_arrived(struct whose *w, const struct whose_packet *p, uint8_t hops)
{
	uint64_t hash = hash_ends(p, hops);

	return *arrived_at(w, hash) == hash;
}

bool whose_is_passed_on(struct whose *w, const struct whose_packet *p)
{
	return has_arrived(w, p, (uint8_t)(p->hops + 1)) || has_arrived(w, p, p->hops);
}

/*
 * Whether it came in by another interface from farther away than the next link: answers from the
 * world, which a router forwards to its own hosts, with one hop less, or a bridge as they are. What
 * is forwarded for these began with them.
 */
static bool is_from_afar(struct whose *w, const struct whose_packet *p)
{
	uint8_t before = (uint8_t)(p->hops + 1);

	if (has_arrived(w, p, before))
		return !hops_begin(before);
	return has_arrived(w, p, p->hops) && !hops_begin(p->hops);
}

/* The capture says that this machine has sent it. */
static int sent_here(struct whose *w, const struct whose_packet *p)
{
	struct sender *s;
	int r = 0;

	if (audited_host_has(w->host, &p->src))
		return WHOSE_OURS;
	if (is_answer(w, p))
		return WHOSE_OTHERS;
	if (w->named) {
		if (audited_host_has(w->host, &p->dst))
			return WHOSE_OTHERS;
		s = senders_find(&w->senders, p->interface, SENDER_SELF);
		return s && s->own ? WHOSE_STRANGER : WHOSE_OTHERS;
	}
	if (is_from_afar(w, p))
		return WHOSE_STRANGER;
	if (hops_begin(p->hops) && !addr_special(&p->src, ADDR_NOT_A_HOST) &&
	    !whose_is_passed_on(w, p))
		r = adopt(w, &p->src);
	return r ?: WHOSE_OURS;
}

/*
 * From the host's own MAC, with an address that is not the host's. A new lease, or a temporary
 * address that was renewed, is its own. What came with a hop less was forwarded.
 */
static int sent_by_own(struct whose *w, struct sender *s, const struct whose_packet *p)
{
	int r;

	if (audited_host_has(w->host, &p->dst)) {
		s->own = false; /* as find_made_up() tells */
		return WHOSE_OTHERS;
	}
	if (addr_special(&p->src, ADDR_NOT_A_HOST))
		return audited_host_is_onlink(w->host, &p->dst) ? WHOSE_OTHERS : WHOSE_STRANGER;
	if (w->named || s->crowded || !hops_begin(p->hops))
		return WHOSE_STRANGER;
	r = sender_note(s, &p->src, true);
	if (!r && !s->crowded)
		r = adopt(w, &p->src);
	if (r)
		return r;
	return s->crowded ? WHOSE_STRANGER : WHOSE_OURS;
}

/* A group address, or the host's own MAC: it does not go on by this link. */
static bool ends_here(const struct whose *w, const struct whose_packet *p)
{
	struct sender *to = senders_find(&w->senders, p->interface, p->to);

	return p->to >> 40 & 1 || (to && to->own);
}

static int sent_by_unknown(struct whose *w, const struct whose_packet *p)
{
	/* to the host first: nearly all that comes here */
	if (audited_host_has(w->host, &p->dst) || audited_host_is_onlink(w->host, &p->dst))
		return WHOSE_OTHERS;
	if (!audited_host_knows(w->host, addr_family(&p->src)))
		return WHOSE_NO_FAMILY;
	if (w->named || p->direction == CAPTURE_IN || ends_here(w, p) ||
	    addr_special(&p->dst, ADDR_NOT_A_HOST) || addr_special(&p->src, ADDR_NOT_A_HOST))
		return WHOSE_OTHERS;
	return WHOSE_UNDECIDED;
}

static int decide(struct whose *w, const struct whose_packet *p)
{
	struct sender *s;

	if (p->direction == CAPTURE_OUT)
		return sent_here(w, p);
	/* a copy that a bridge or a loop has handed in again */
	if (p->direction == CAPTURE_IN && (w->here || !w->named))
		return WHOSE_OTHERS;
	if (audited_host_has(w->host, &p->src))
		return audited_host_has(w->host, &p->dst) ? WHOSE_OTHERS : WHOSE_OURS;
	s = p->direction == CAPTURE_IN ? NULL : senders_find(&w->senders, p->interface, p->from);
	return s && s->own ? sent_by_own(w, s, p) : sent_by_unknown(w, p);
}

int whose_is(struct whose *w, const struct whose_packet *p)
{
	int whose = decide(w, p);

	if (p->direction == CAPTURE_IN)
		whose_note_arrived(w, p);
	w->received |= p->direction == CAPTURE_IN;
	w->sent |= p->direction == CAPTURE_OUT || whose == WHOSE_OURS;
	return whose;
}

bool whose_heard_only(const struct whose *w)
{
	return (w->received || w->silent) && !w->sent;
}

bool whose_may_be_ours(const struct whose *w, uint32_t interface, uint8_t direction, uint64_t from)
{
	const struct sender *s;

	if (direction != CAPTURE_UNKNOWN)
		return direction == CAPTURE_OUT;
	if (!from)
		return true;
	s = senders_find(&w->senders, interface, from);
	if (s)
		return s->own;
	/* nobody who has sent IP packets: the host, if that is not known by its MAC */
	return true;
}
