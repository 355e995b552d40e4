/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "priv.h"

static uint32_t head_of(const struct la_packet *p)
{
	return p->base + p->payload_off;
}

void replay_part_begin(struct replay *r, const struct replay_parsed *s,
		       const struct la_flow_key *datagram)
{
	struct replay_part *part = &r->parts.v[r->parts.next % REPLAY_PARTS];
	uint32_t head = head_of(&s->p), n = head + s->p.payload_len;

	if (s->p.flags & LA_PF_SHORT || s->p.payload_len >= LA_WINDOW || head > REPLAY_PART_HEAD ||
	    n > s->src.len)
		return;
	r->parts.next++;
	part->used = true;
	part->back = s->back;
	part->datagram = *datagram;
	part->packet = s->p;
	memcpy(part->bytes, s->src.data, n);
}

static struct replay_part *find(struct replay *r, const struct la_flow_key *datagram)
{
	for (unsigned int i = 0; i < REPLAY_PARTS; i++)
		if (r->parts.v[i].used &&
		    !memcmp(&r->parts.v[i].datagram, datagram, sizeof(*datagram)))
			return &r->parts.v[i];
	return NULL;
}

/* Where the fragment begins in its datagram (RFC 791 3.1, RFC 8200 4.5); *last: none comes after
 * it. */
static uint32_t offset_of(const struct replay_parsed *s, bool *last)
{
	const uint8_t *ip = s->src.data + s->p.base;
	uint32_t word = la_get16(s->p.key.family == 6 ? ip + s->p.l4_off - 6 : ip + 6);

	if (s->p.key.family == 6) {
		*last = !(word & 1);
		return word & 0xfff8;
	}
	*last = !(word & 0x2000);
	return (word & 0x1fff) * 8;
}

/* Adds what follows at once. Returns whether there is as much as can be told from. */
static bool add(struct replay_part *part, const struct replay_parsed *s)
{
	struct la_packet *p = &part->packet;
	uint32_t at = s->p.base + s->p.l4_off, room = LA_WINDOW - p->payload_len, n;
	uint32_t expected = (uint32_t)p->payload_off - p->l4_off + p->payload_len;
	bool last;

	if (at > s->src.len || s->p.l4_off > s->p.len || offset_of(s, &last) != expected)
		return false;
	n = MIN(MIN(s->src.len - at, s->p.len - s->p.l4_off), room);
	memcpy(part->bytes + head_of(p) + p->payload_len, s->src.data + at, n);
	p->payload_len = (uint16_t)(p->payload_len + n);
	return last || p->payload_len == LA_WINDOW;
}

void replay_part_add(struct replay *r, const struct replay_parsed *s,
		     const struct la_flow_key *datagram, struct replay_flow *f)
{
	struct replay_part *part = find(r, datagram);
	struct replay_parsed whole = *s;
	struct replay_names names = { 0 };
	uint8_t cls = f->flow.cls, detail = f->flow.detail;
	uint32_t flags;

	if (!part || f->flow.flags & LA_FF_CLASS_FINAL || !add(part, s))
		return;
	part->used = false;
	whole.p = part->packet;
	whole.back = part->back;
	whole.src.data = part->bytes;
	whole.src.len = head_of(&part->packet) + part->packet.payload_len;
	flags = replay_classify(r, f, &whole, &names);
	if (f->flow.exempt == LA_EXEMPT_NONE && (flags & LA_CF_MESSAGE || names.server_len ||
						 f->flow.cls != cls || f->flow.detail != detail))
		replay_report(r, f, &names);
}
