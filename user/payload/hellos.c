/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hellos.h"

#include <errno.h>
#include <stdlib.h>

#include "base/util.h"

struct slot {
	uint64_t flow; /* 0: free */
	uint64_t used;
	struct quic *quic; /* allocated on first use, then reused */
};

struct hellos {
	struct slot v[HELLOS_MAX];
	uint64_t clock;
	int fault;
};

int hellos_open(struct hellos **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void hellos_free(struct hellos *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < HELLOS_MAX; i++)
		quic_free(h->v[i].quic);
	free(h);
}

/* Returns the flow's slot, else a free one, else the one unused for the longest time. */
static struct slot *slot_of(struct hellos *h, uint64_t flow)
{
	struct slot *s, *oldest = h->v;

	for (s = h->v; s < h->v + HELLOS_MAX; s++) {
		if (s->flow == flow)
			return s;
		if (s->used < oldest->used)
			oldest = s;
	}
	h->fault = oldest->quic ? 0 : quic_open(&oldest->quic);
	if (h->fault)
		return NULL;
	quic_reset(oldest->quic);
	oldest->flow = flow;
	return oldest;
}

const struct quic_hello *hellos_add(struct hellos *h, uint64_t flow, const uint8_t *datagram,
				    size_t len)
{
	struct slot *s = slot_of(h, flow);
	int r;

	if (!s)
		return NULL;
	s->used = ++h->clock;
	r = quic_add(s->quic, datagram, len);
	if (r) { /* complete, or there will be none: the slot is the first to be reused */
		s->used = 0;
		s->flow = 0;
	}
	return r == 1 ? quic_hello(s->quic) : NULL;
}

int hellos_fault(const struct hellos *h)
{
	return h->fault;
}
