/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classifies and evaluates a packet of a flow. judge.bpf.h does the same in the kernel, with facts
 * from maps.
 */
#include <errno.h>

#include "priv.h"

/* --- class --- */

/* A first fragment does not carry the whole datagram: take the length from the UDP header. */
static uint16_t datagram_len(const struct replay_parsed *s)
{
	uint8_t len[2];

	if (s->p.key.proto != LA_PROTO_UDP || !(s->p.flags & LA_PF_FRAGMENT) ||
	    la_load(&s->src, s->p.base + s->p.l4_off + 4, len, sizeof(len)) ||
	    la_get16(len) < s->p.payload_len + 8)
		return s->p.payload_len;
	return la_get16(len) - 8;
}

/*
 * If fewer bytes were captured than the recognisers read, drop the payload: then ports alone
 * decide.
 */
static struct la_packet classifiable(const struct replay_parsed *s)
{
	struct la_packet p = s->p;
	uint32_t at = p.base + p.payload_off, have = s->src.len > at ? s->src.len - at : 0;

	if (have < p.payload_len && have < LA_WINDOW)
		p.payload_len = 0;
	else if (p.payload_len >= LA_WINDOW)
		p.payload_len = datagram_len(s);
	return p;
}

static void take_name(struct replay_names *names, const char *name, size_t len)
{
	names->server_len = MIN(len, sizeof(names->server));
	memcpy(names->server, name, names->server_len);
}

/* In a TCP stream a message follows its length, and perhaps the end of the message before. */
static uint32_t before_message(uint32_t scratch)
{
	uint32_t begun = la_has_begun(scratch) ? scratch & LA_BEGUN_BYTES : 0;

	if (scratch & LA_DNS_STREAM)
		return scratch & 0x1ffff;
	return begun > 2 ? UINT32_MAX : 2 - begun; /* none of which its beginning is gone */
}

/* Locates the message, in case the packet is found to be one. */
static void find_message(const struct replay_parsed *s, const struct la_packet *p, uint32_t scratch,
			 struct replay_names *names)
{
	uint32_t at = p->base + p->payload_off, skip = 0, len = p->payload_len;

	if (p->key.proto == LA_PROTO_TCP)
		skip = before_message(scratch);
	if (skip >= len || at + skip >= s->src.len)
		return;
	names->message = s->src.data + at + skip;
	names->message_len = MIN(len, s->src.len - at) - skip;
}

static uint8_t named_by_quic(struct replay *r, const struct replay_flow *f,
			     const struct la_src *src, const struct la_packet *p,
			     struct replay_names *names)
{
	const struct quic_hello *hello;

	if (p->base + p->payload_off + p->payload_len > src->len)
		return LA_DETAIL_NONE;
	hello = hellos_add(r->hellos, f->serial, src->data + p->base + p->payload_off,
			   p->payload_len);
	if (!hello)
		return LA_DETAIL_NONE;
	take_name(names, hello->name, strlen(hello->name));
	return (uint8_t)quic_detail(hello, r->known);
}

struct hello_reader {
	struct replay *r;
	const struct replay_flow *flow;
	struct replay_names *names;
};

static uint8_t named(const struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	const struct hello_reader *to = src->arg;
	const char *name = (const char *)src->data + l->hello.name_off;
	uint32_t len = l->hello.name_len;

	if (l->flags & LA_CF_QUIC)
		return named_by_quic(to->r, to->flow, src, p, to->names);
	if (l->hello.name_off + len > src->len)
		return LA_DETAIL_NONE;
	take_name(to->names, name, len);
	return (uint8_t)known_host(to->r->known, name, len);
}

static bool is_client(struct replay *r, const struct replay_flow *f, const struct replay_parsed *s)
{
	uint32_t at = s->p.base + s->p.payload_off, have = s->src.len > at ? s->src.len - at : 0;
	bool begins = !f->flow.probes || f->flow.cls == LA_CLASS_TORRENT;

	return peers_have(&r->peers, r->flows, &s->p.key, begins, s->src.data + (have ? at : 0),
			  MIN(have, s->p.payload_len));
}

/* The label's inputs: what is known of both ends. */
static struct la_label known_of(struct replay *r, const struct replay_flow *f,
				const struct replay_parsed *s, bool back)
{
	const struct la_flow_key *k = &s->p.key;
	struct la_label l = { .torrent_owner = is_client(r, f, s) };

	l.resolver = (uint8_t)known_endpoint(r->known, &k->daddr, k->dport);
	if (back && !l.resolver)
		l.resolver = (uint8_t)known_endpoint(r->known, &k->saddr, k->sport);
	return l;
}

static void note_peers(struct replay *r, bool done)
{
	if (!done)
		completeness_lost(&r->completeness, "there was no memory for torrent clients");
}

/* How far a stream has come, and the clock of uTP, are of one direction. How datagrams began is
 * not. */
static void swap_memory(struct replay_flow *f)
{
	uint32_t scratch = f->flow.scratch;
	struct la_utp_seen utp = f->flow.utp;

	if (f->flow.key.proto == LA_PROTO_TCP) {
		f->flow.scratch = f->scratch_back;
		f->scratch_back = scratch;
	}
	f->flow.utp = f->utp_back;
	f->utp_back = utp;
}

/* Labels the packet and merges the label into the flow. Returns the label's flags. */
static uint32_t take_label(struct replay *r, struct replay_flow *f, struct replay_parsed *s,
			   const struct la_packet *p, struct replay_names *names)
{
	bool back = s->back != f->swapped;
	struct la_label l = known_of(r, f, s, back);
	struct hello_reader reader = { r, f, names };
	struct la_src src = s->src;

	src.named = named;
	src.arg = &reader;
	src.time = s->captured->time;
	if (back)
		swap_memory(f);
	find_message(s, p, f->flow.scratch, names);
	la_flow_label(&src, p, &f->flow, &l);
	if (back)
		swap_memory(f);
	if (l.flags & LA_CF_CLIENT)
		note_peers(r, peers_shown(&r->peers, r->flows, &p->key));
	return l.flags;
}

/* --- leak or exempt --- */

/*
 * A capture does not tell who made a packet. So these destinations count as neighbours: those in
 * the sender's /64, since a prefix ends with the network half of the address (RFC 4862 5.5.3), and
 * those contacted from a link-local address, which no router forwards (RFC 4291 2.5.6).
 */
static bool is_neighbour(const struct la_flow_key *k)
{
	const uint8_t *from = k->saddr.b;

	return k->family == 6 &&
	       (k->saddr.q[0] == k->daddr.q[0] || (from[0] == 0xfe && from[1] >> 6 == 2));
}

/* They are of both ends alone: of one flow they change only when an address of the host is added. */
static uint32_t facts_of(struct replay *r, struct replay_flow *f, const struct la_flow_key *k)
{
	uint32_t flags;

	if (f->facts_of == audited_host_count(r->local))
		return f->facts;
	flags = policy_facts(&r->cfg->policy, k, false);
	if (audited_host_is_onlink(r->local, &k->daddr))
		flags |= LA_FACT_ONLINK;
	if (is_neighbour(k))
		flags |= LA_FACT_ON_LINK_NEIGHBOUR;
	/* Nor does it tell who may set addresses: a DHCP client is known by its messages. */
	f->facts = flags | LA_FACT_CONFIGURES;
	f->facts_of = audited_host_count(r->local);
	return f->facts;
}

static void evaluate(struct replay *r, struct replay_flow *f, const struct la_packet *p)
{
	struct la_facts facts = { .flags = facts_of(r, f, &p->key) };
	/* nothing is dropped: what the packet is by itself is of no matter */
	const struct la_label l = { .cls = f->flow.cls, .detail = f->flow.detail };
	struct la_judgement j;

	la_evaluate(p, &l, &facts, &j);
	f->flow.exempt = j.exempt;
	if (f->flow.exempt != LA_EXEMPT_NONE)
		f->flow.was_exempt = f->flow.exempt;
}

void replay_read_peers(struct replay *r, const struct replay_parsed *s)
{
	uint32_t at = s->p.base + s->p.payload_off;

	if (s->p.payload_len && s->src.len > at && !(s->p.flags & (LA_PF_LATER | LA_PF_SHORT)))
		note_peers(r, peers_read(&r->peers, r->flows, &s->p.key, s->src.data + at,
					 MIN(s->src.len - at, s->p.payload_len)));
}

uint32_t replay_classify(struct replay *r, struct replay_flow *f, struct replay_parsed *s,
			 struct replay_names *names)
{
	const struct la_packet p = classifiable(s);
	uint32_t flags = LA_CF_FINAL;

	if (!(f->flow.flags & LA_FF_CLASS_FINAL))
		flags = take_label(r, f, s, &p, names);
	if (!r->cfg->all)
		evaluate(r, f, &p);
	if (!(flags & LA_CF_MESSAGE))
		names->message_len = 0;
	return flags;
}
