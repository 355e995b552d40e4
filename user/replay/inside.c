/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What packets on a tunnel's interface tell of the addresses outside it. In the kernel inside.bpf.h
 * takes samples; here every packet is looked at.
 */
#include "base/addr_special.h"
#include "base/grow.h"
#include "payload/address_leak.h"
#include "priv.h"

void replay_inside_side(struct replay *r, const struct la_addr *a, enum la_role_kind role)
{
	struct replay_inside *in = &r->addrs;

	for (size_t i = 0; i < in->n; i++)
		if (addr_equal(&in->v[i].addr, a))
			return;
	if (!GROW(in->v, in->n)) {
		completeness_lost(&r->completeness, "there was no memory for addresses");
		return;
	}
	in->v[in->n++] = (struct replay_side){ *a, role };
}

static bool is_tunnels(const struct replay_inside *in, const struct la_addr *a)
{
	for (size_t i = 0; i < in->n; i++)
		if (addr_equal(&in->v[i].addr, a))
			return in->v[i].role == LA_ROLE_TUNNEL;
	return false;
}

/* The limit of addresses that a message is compared with. */
#define ADDRS_MAX 64

/* The host's addresses: those that are named or learnt, and others of a named prefix that have sent
 * outside. */
static size_t exposed(const struct replay *r, struct la_addr v[ADDRS_MAX])
{
	size_t n = audited_host_addrs(r->local, v, ADDRS_MAX), kept = 0;

	for (size_t i = 0; i < r->addrs.n && n < ADDRS_MAX; i++)
		if (r->addrs.v[i].role == LA_ROLE_EXPOSED)
			v[n++] = r->addrs.v[i].addr;
	for (size_t i = 0; i < n; i++)
		if (address_leak_counts(&v[i]) && !is_tunnels(&r->addrs, &v[i]))
			v[kept++] = v[i];
	return kept;
}

/*
 * Whether the host sent it. Who names the host's address may not know the tunnel's: that is a
 * private one as a rule, and the peer's is not.
 */
static bool is_sent(const struct replay *r, const struct replay_parsed *s)
{
	const struct la_flow_key *k = &s->p.key;

	if (s->link.direction != CAPTURE_UNKNOWN)
		return s->link.direction == CAPTURE_OUT;
	if (audited_host_has(r->local, &k->daddr))
		return false;
	return audited_host_has(r->local, &k->saddr) ||
	       (addr_special(&k->saddr, ADDR_PRIVATE | ADDR_SHARED) &&
		!addr_special(&k->daddr, ADDR_PRIVATE | ADDR_SHARED | ADDR_NOBODYS));
}

static bool has_addr(const struct address_leak_addrs *own, const struct la_addr *a)
{
	for (size_t i = 0; i < own->n; i++)
		if (addr_equal(&own->v[i], a))
			return true;
	return false;
}

/* Whether the packet is the first of its sender with this source. */
static bool is_new_source(struct replay *r, const struct la_flow_key *k)
{
	struct la_flow_key sender = { .saddr = k->saddr, .sport = k->sport, .proto = k->proto };
	uint64_t hash = replay_hash(r->flows, &sender);

	if (replay_recall(&r->sources, &sender, hash))
		return false;
	if (!replay_remember(&r->sources, &sender, hash, 1))
		completeness_lost(&r->completeness, "there was no memory for sources");
	return true;
}

static void tell(struct replay *r, const struct replay_parsed *s, enum address_leak_form form,
		 const struct la_addr *told)
{
	struct la_flow f = { .key = s->p.key,
			     .cls = s->p.key.family == 6 ? LA_CLASS_IPV6 : LA_CLASS_IPV4,
			     .detail = LA_DETAIL_INSIDE,
			     .hook = LA_HOOK_CAPTURE,
			     .attribution = LA_ATTR_UNKNOWN,
			     .packets = 1,
			     .bytes = s->p.len,
			     .left_packets = 1,
			     .left_bytes = s->p.len };

	f.cls = address_leak_class(form, f.cls);
	r->told.packets++;
	r->told.bytes += s->p.len;
	replay_tell(r, &f, told, address_leak_name(form));
}

/* A seams_find_fn. */
static enum address_leak_form find_told(void *arg, uint8_t proto, const uint8_t *p, size_t len,
					const struct address_leak_addrs *own, struct la_addr *ret)
{
	(void)arg;
	return address_leak_find(proto, p, len, own, ret);
}

void replay_inside(struct replay *r, const struct replay_parsed *s)
{
	uint32_t at = s->p.base + s->p.payload_off;
	const struct la_flow_key *k = &s->p.key;
	struct la_addr v[ADDRS_MAX], told;
	struct address_leak_addrs own = { .v = v };
	enum address_leak_form form;

	if (s->p.flags & LA_PF_LATER || !is_sent(r, s))
		return;
	if (audited_host_has(r->local, &k->saddr))
		replay_inside_side(r, &k->saddr, LA_ROLE_TUNNEL);
	own.n = exposed(r, v);
	if (has_addr(&own, &k->saddr) && is_new_source(r, k))
		tell(r, s, ADDRESS_LEAK_SOURCE, &k->saddr);
	if (r->cfg->no_payload || at >= s->src.len ||
	    (k->proto != LA_PROTO_TCP && k->proto != LA_PROTO_UDP))
		return;
	form = seams_find(&r->seams, k, s->src.data + at, MIN(s->p.payload_len, s->src.len - at),
			  &own, &told, find_told, NULL);
	if (form != ADDRESS_LEAK_NONE)
		tell(r, s, form, &told);
}
