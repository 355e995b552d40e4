/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Learns from the packets of a first pass who the audited host is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr_special.h"
#include "whose_priv.h"

/* Of one interface, and of all. One that appears late has room as well. */
#define PAIRS_EACH (1U << 14)
#define PAIRS_MAX (1U << 18)

/* --- noting --- */

static uint64_t hash_of(const struct whose_packet *p, uint64_t sender)
{
	return hash_ends(p, sender * 0x9e3779b97f4a7c15ULL + p->interface) + hops_begin(p->hops) +
	       1;
}

static uint64_t *new_seen(void)
{
	uint64_t *seen = aligned_alloc(64, SEEN_SIZE * sizeof(*seen));

	return seen ? memset(seen, 0, SEEN_SIZE * sizeof(*seen)) : NULL;
}

/* Most packets are of few pairs: those that were seen lately have nothing new. */
static bool was_seen(struct whose *w, const struct whose_packet *p, uint64_t sender)
{
	uint64_t h = hash_of(p, sender),
		 *set = &w->seen[h % SEEN_SIZE & ~(uint64_t)(SEEN_WAYS - 1)];

	for (unsigned int i = 0; i < SEEN_WAYS; i++)
		if (set[i] == h)
			return true;
	set[h >> 32 & (SEEN_WAYS - 1)] = h;
	return false;
}

static int add_pairs(struct whose *w, const struct whose_packet *p, uint64_t sender)
{
	struct pair pair = { .self = p->src,
			     .peer = p->dst,
			     .sender = sender,
			     .interface = p->interface,
			     .family = (uint8_t)addr_family(&p->src),
			     .order = w->order++,
			     .sent = true,
			     .begun = hops_begin(p->hops) };
	uint32_t *n = &w->pairs_of[p->interface % ARRAY_SIZE(w->pairs_of)];
	struct pair *grown;

	if (*n >= PAIRS_EACH || w->n_pairs >= PAIRS_MAX)
		return 0;
	*n += 2;
	if (w->n_pairs + 2 > w->room) {
		w->room = MAX(w->room * 2, 64);
		grown = reallocarray(w->pairs, w->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		w->pairs = grown;
	}
	w->pairs[w->n_pairs++] = pair;
	pair.self = p->dst;
	pair.peer = p->src;
	pair.sent = false;
	w->pairs[w->n_pairs++] = pair;
	return 0;
}

static bool is_passed_on(struct whose *w, const struct whose_packet *p)
{
	return p->direction == CAPTURE_OUT && whose_is_passed_on(w, p);
}

int whose_learn(struct whose *w, const struct whose_packet *p)
{
	uint64_t id = sender_of(p);
	struct sender *s;
	int r = 0;

	if (!w->seen)
		w->seen = new_seen();
	if (!w->seen)
		return -ENOMEM;
	if (was_seen(w, p, id))
		return 0;
	if (p->direction == CAPTURE_IN)
		whose_note_arrived(w, p);
	s = id ? senders_add(&w->senders, p->interface, id) : NULL;
	if (addr_special(&p->src, ADDR_NOT_A_HOST))
		return 0;
	if (s)
		r = sender_note(s, &p->src, hops_begin(p->hops) && !is_passed_on(w, p));
	if (r || addr_special(&p->dst, ADDR_NOT_A_HOST))
		return r;
	return add_pairs(w, p, id);
}

/* --- the address with the most peers --- */

static int by_self(const struct pair *x, const struct pair *y)
{
	int d = (x->interface > y->interface) - (x->interface < y->interface);

	if (!d)
		d = x->family - y->family;
	return d ?: memcmp(&x->self, &y->self, sizeof(x->self));
}

static int by_pair(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return by_self(x, y) ?: memcmp(&x->peer, &y->peer, sizeof(x->peer));
}

struct candidate {
	const struct pair *pair; /* NULL: none */
	size_t peers;
	uint64_t sender; /* of its first packet */
	uint32_t first_sent; /* order of the first packet that it sent; UINT32_MAX: none */
	bool private;
	bool near; /* private, or it has sent what no router has passed on */
};

/* Takes all pairs of the address at *i (at least one) and advances *i past them. */
static struct candidate take_candidate(const struct whose *w, size_t *i)
{
	struct candidate c = { .pair = &w->pairs[*i], .first_sent = UINT32_MAX };
	const struct pair *p, *last = NULL;

	for (; *i < w->n_pairs && !by_self(&w->pairs[*i], c.pair); ++*i) {
		p = &w->pairs[*i];
		if (p->sent && p->order < c.first_sent) {
			c.first_sent = p->order;
			c.sender = p->sender;
		}
		c.near |= p->sent && p->begun;
		c.peers += !last || by_pair(last, p);
		last = p;
	}
	c.private = addr_special(&c.pair->self, ADDR_PRIVATE | ADDR_SHARED);
	c.near |= c.private;
	return c;
}

/*
 * An address that never sent is perhaps a broadcast address, not a host. One whose packets all come
 * from behind a router is a server of several addresses of the host. Prefer the address with more
 * peers. Of two that only talk to each other, prefer the private one, else the one that sent
 * first.
 */
static bool is_better(const struct candidate *c, const struct candidate *best)
{
	if (c->first_sent == UINT32_MAX)
		return false;
	if (!best->pair)
		return true;
	if (c->near != best->near)
		return c->near;
	if (c->peers != best->peers)
		return c->peers > best->peers;
	if (c->private != best->private)
		return c->private;
	return c->first_sent < best->first_sent;
}

/*
 * A private address that many of the world have sent to, and that has sent nothing, where each of
 * these has sent to one alone: whoever captured has what the host received, in either family.
 */
static bool is_silent_host(const struct candidate *c, const struct candidate *best)
{
	return c->pair && c->private && c->peers > 1 && best->pair && !best->private &&
	       best->peers == 1;
}

/* --- what follows from it --- */

/* Whether it has sent from an address of the host. */
static bool sends_as_host(const struct whose *w, const struct sender *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (audited_host_has(w->host, &s->v[i].addr))
			return true;
	return false;
}

/*
 * All addresses that the sender has sent from. Those that came with a hop less were forwarded for
 * others; all of what this machine has sent is its own.
 */
static int take_over(struct whose *w, struct sender *s)
{
	int r = 0;

	s->own = true;
	for (uint32_t i = 0; i < s->n && !r && !w->named; i++)
		if (s->v[i].begun && (!s->crowded || s->id == SENDER_SELF))
			r = audited_host_adopt(w->host, &s->v[i].addr);
	return r;
}

static int take_best(struct whose *w, const struct candidate *best)
{
	struct sender *s;
	int r;

	if (!best->pair)
		return 0;
	w->silent |= best->first_sent == UINT32_MAX;
	r = audited_host_adopt(w->host, &best->pair->self);
	s = senders_find(&w->senders, best->pair->interface, best->sender);
	return r || !s || s->made_up ? r : take_over(w, s);
}

/* Whether the interface has an own sender: who else the host is there is known by that. */
static bool has_own(const struct whose *w, uint32_t interface)
{
	for (size_t i = 0; i < SENDERS_MAX * 2; i++)
		if (w->senders.v[i].own && w->senders.v[i].interface == interface)
			return true;
	return false;
}

/* The pairs of the interface that begins at *i. Of two families, the one with more peers decides. */
static int learn_interface(struct whose *w, size_t *i)
{
	uint32_t interface = w->pairs[*i].interface;
	struct candidate best[2] = { 0 }, silent[2] = { 0 }, c;
	unsigned int six, first;
	bool heard;
	int r;

	while (*i < w->n_pairs && w->pairs[*i].interface == interface) {
		c = take_candidate(w, i);
		six = c.pair->family == 6;
		if (is_better(&c, &best[six]))
			best[six] = c;
		else if (c.first_sent == UINT32_MAX && c.peers > silent[six].peers)
			silent[six] = c;
	}
	if (w->named || has_own(w, interface))
		return 0;
	heard = is_silent_host(&silent[0], &best[0]) || is_silent_host(&silent[1], &best[1]);
	for (six = 0; six < ARRAY_SIZE(best) && heard; six++)
		if (best[six].peers <= 1)
			best[six] = silent[six];
	first = best[1].pair && (!best[0].pair || best[1].peers > best[0].peers);
	r = take_best(w, &best[first]);
	return r || has_own(w, interface) ? r : take_best(w, &best[!first]);
}

/* This machine first, then who sends from an address that is known by now. */
static int take_known(struct whose *w, bool self)
{
	struct sender *s;
	int r = 0;

	for (size_t i = 0; i < SENDERS_MAX * 2 && !r; i++) {
		s = &w->senders.v[i];
		if ((s->id == SENDER_SELF) != self || !s->id || s->own || s->made_up)
			continue;
		if ((self && !w->named) || (sends_as_host(w, s) && !s->crowded))
			r = take_over(w, s);
		w->here |= self && s->own;
	}
	return r;
}

/*
 * A host does not send to itself. Where one MAC address is the sender of both ends' packets, those
 * of the frames were made up.
 */
static void find_made_up(struct whose *w)
{
	const struct pair *p;
	struct sender *s;

	for (size_t i = 0; i < w->n_pairs; i++) {
		p = &w->pairs[i];
		s = p->sent && p->sender != SENDER_SELF
			    ? senders_find(&w->senders, p->interface, p->sender)
			    : NULL;
		if (s && !s->made_up)
			s->made_up = sender_has(s, &p->peer);
	}
}

int whose_learn_end(struct whose *w)
{
	size_t i = 0;
	int r;

	find_made_up(w);
	r = take_known(w, true);
	if (!r)
		r = take_known(w, false);
	if (w->n_pairs)
		qsort(w->pairs, w->n_pairs, sizeof(*w->pairs), by_pair);
	while (i < w->n_pairs && !r)
		r = learn_interface(w, &i);
	if (!r) /* an address that one interface has told, on another one */
		r = take_known(w, false);
	free(w->pairs);
	free(w->seen);
	w->pairs = NULL;
	w->seen = NULL;
	w->n_pairs = w->room = 0;
	return r;
}
