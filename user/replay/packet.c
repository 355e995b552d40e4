/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides whether a packet is the audited host's and counts it in its flow. flow.bpf.h and tc.bpf.h
 * do the same in the kernel.
 */
#include <errno.h>

#include "priv.h"

/*
 * At so many open flows those without a packet for SILENT are closed. If that is not enough, SILENT
 * is halved until it is.
 */
#define CROWD_LEAST 65536
#define SILENT (300 * NSEC_PER_SEC)

/* --- flows --- */

static int close_silent(struct replay *r)
{
	uint64_t silent = SILENT;
	struct replay_flow **v;
	bool early = false;
	size_t n, i;
	int ret;

	do {
		ret = replay_flows_silent(r->flows, r->time > silent ? r->time - silent : 0, &v,
					  &n);
		if (ret)
			return ret;
		r->ended_early += early ? n : 0;
		for (i = 0; i < n; i++) {
			replay_end(r, v[i]);
			replay_flows_remove(r->flows, v[i]);
		}
		free(v);
		silent /= 2;
		early = true;
	} while (silent && replay_flows_count(r->flows) > r->flows_most / 4 * 3);
	r->crowd = MIN(MAX(replay_flows_count(r->flows) * 2, CROWD_LEAST), r->flows_most);
	return 0;
}

static struct replay_flow *open_flow(struct replay *r, const struct replay_parsed *s)
{
	struct replay_flow *f;

	if (!r->crowd)
		r->crowd = MIN(CROWD_LEAST, r->flows_most);
	if (replay_flows_count(r->flows) >= r->crowd && close_silent(r))
		return NULL;
	f = replay_flows_add(r->flows, &s->key, s->hash);
	if (!f)
		return NULL;
	f->flow.state = LA_FLOW_LIVE;
	f->flow.opened = s->captured->time;
	f->flow.first = s->p.tcp_flags | s->p.icmp_type;
	f->flow.hook = LA_HOOK_CAPTURE;
	f->flow.attribution = LA_ATTR_UNKNOWN;
	f->swapped = s->back;
	f->ingress = s->link.direction == CAPTURE_IN ||
		     (s->link.direction == CAPTURE_UNKNOWN &&
		      audited_host_knows(r->local, s->p.key.family) &&
		      !audited_host_has(r->local, &s->p.key.saddr));
	return f;
}

static void swap_ends(struct la_flow_key *k)
{
	struct la_addr addr = k->saddr;
	uint16_t port = k->sport;

	k->saddr = k->daddr;
	k->sport = k->dport;
	k->daddr = addr;
	k->dport = port;
}

/* With --all both directions are one flow, whose key has the lower endpoint first. */
static void set_key(const struct replay *r, struct replay_parsed *s)
{
	int d = 0;

	s->key = s->p.key;
	if (r->cfg->all)
		d = memcmp(&s->key.saddr, &s->key.daddr, sizeof(s->key.saddr));
	s->back = r->cfg->all && (d > 0 || (!d && s->key.sport > s->key.dport));
	if (s->back)
		swap_ends(&s->key);
	s->hash = replay_hash(r->flows, &s->key);
}

/* --- counting --- */

static void add(struct replay *r, struct replay_flow *f, const struct replay_parsed *s)
{
	bool leaked = f->flow.exempt == LA_EXEMPT_NONE;

	*(leaked ? &f->flow.packets : &f->flow.exempt_packets) += 1;
	*(leaked ? &f->flow.bytes : &f->flow.exempt_bytes) += s->p.len;
	f->grown |= leaked;
	f->flow.left_packets++; /* or it would not be in the capture */
	f->flow.left_bytes += s->p.len;
	f->active = MAX(f->active, s->captured->time);
	if (leaked && r->snaplen)
		replay_evidence(r, f, s);
}

/* Reports an update once in an interval, if no other event did. */
static void maybe_update(struct replay *r, struct replay_flow *f)
{
	static const struct replay_names none;

	if (f->flow.flags & LA_FF_REPORTED && f->grown && r->time > f->reported_at &&
	    r->time - f->reported_at >= r->cfg->interval)
		replay_report(r, f, &none);
}

static struct replay_flow *account(struct replay *r, struct replay_parsed *s)
{
	struct replay_flow *f = replay_flows_find(r->flows, &s->key, s->hash);
	struct replay_names names;
	uint8_t cls, detail;
	uint32_t flags;

	if (!f) {
		f = open_flow(r, s);
		if (!f)
			return NULL;
	} else if (f->flow.flags & LA_FF_CLASS_FINAL || !s->p.payload_len) {
		add(r, f, s);
		maybe_update(r, f);
		return f;
	}
	cls = f->flow.cls;
	detail = f->flow.detail;
	names.server_len = names.message_len = 0;
	flags = replay_classify(r, f, s, &names);
	add(r, f, s);
	if (f->flow.exempt == LA_EXEMPT_NONE &&
	    (!(f->flow.flags & LA_FF_REPORTED) || flags & LA_CF_MESSAGE || names.server_len ||
	     f->flow.cls != cls || f->flow.detail != detail))
		replay_report(r, f, &names);
	else
		maybe_update(r, f);
	return f;
}

/* --- fragments --- */

/*
 * The key of a datagram: its id in place of the ports. IPv6 fragments need not agree on the
 * protocol (RFC 8200 4.5).
 */
static struct la_flow_key fragment_key(const struct replay_parsed *s)
{
	struct la_flow_key k = s->p.key;

	k.cookie = s->p.frag_id;
	k.sport = k.dport = 0;
	if (k.family == 6)
		k.proto = 0;
	return k;
}

/* A later fragment belongs to the flow of the first one. Returns false if that is not known. */
static bool add_later(struct replay *r, struct replay_parsed *s)
{
	struct la_flow_key datagram = fragment_key(s), k = s->p.key;
	uint64_t ports = replay_recall(&r->fragments, &datagram, replay_hash(r->flows, &datagram));
	struct replay_flow *f;

	if (!ports)
		return false;
	s->p.key.sport = (uint16_t)(ports >> 16);
	s->p.key.dport = (uint16_t)ports;
	s->p.key.proto = (uint8_t)(ports >> 32);
	set_key(r, s);
	f = replay_flows_find(r->flows, &s->key, s->hash);
	if (f) {
		add(r, f, s);
		maybe_update(r, f);
		replay_part_add(r, s, &datagram, f);
		return true;
	}
	s->p.key = k;
	return false;
}

static void note_first(struct replay *r, const struct replay_parsed *s)
{
	struct la_flow_key datagram = fragment_key(s);

	if (!replay_remember(&r->fragments, &datagram, replay_hash(r->flows, &datagram),
			     1ULL << 40 | (uint64_t)s->p.key.proto << 32 |
				     (uint32_t)s->p.key.sport << 16 | s->p.key.dport))
		completeness_lost(&r->completeness, "there was no memory for fragments");
	replay_part_begin(r, s, &datagram);
}

/* --- the packet --- */

/* Whether the audited host sent the packet. Doubt is counted. -ENOMEM. */
static int is_ours(struct replay *r, const struct replay_parsed *s, uint32_t interface)
{
	struct whose_packet p;
	int whose;

	if (!replay_whose(s, interface, &p))
		return false;
	whose = whose_is(r->whose, &p);
	switch (whose) {
	case WHOSE_STRANGER:
		r->strangers++;
		break;
	case WHOSE_UNDECIDED:
		r->machines++;
		break;
	case WHOSE_NO_FAMILY:
		r->undecided++;
		break;
	}
	return whose < 0 ? whose : whose == WHOSE_OURS;
}

static bool is_exposed(const struct replay *r, uint32_t interface)
{
	return r->interfaces[interface - 1].role == LA_ROLE_EXPOSED;
}

/*
 * Counts a packet that was not parsed completely. Returns whether it can be accounted all the same.
 */
static bool is_countable(struct replay *r, const struct replay_parsed *s, uint32_t interface,
			 int parsed)
{
	const struct capture_link *l = &s->link;

	switch (parsed) {
	case 0:
		return true;
	case 2:
		if (is_exposed(r, interface) &&
		    (r->cfg->all || whose_may_be_ours(r->whose, interface, l->direction, l->from)))
			r->opaque++;
		/* fall through */
	case 1:
		r->non_ip++;
		return false;
	case -ENODATA:
		r->cut++;
		return s->p.key.family;
	}
	r->unparsed++;
	return false;
}

static bool is_copy(struct replay *r, const struct replay_parsed *s, uint32_t interface)
{
	static const struct la_flow_key none;
	struct replay_sight sight = {
		.interface = interface,
		/* the older cooked form has all interfaces as one */
		.told = s->captured->interface->linktype != CAPTURE_SLL,
		.alone = r->n_interfaces < 2,
		.time = s->captured->time,
		.hash = replay_hash(r->flows, &none),
		.ip = s->src.data + s->p.base,
		.n = MIN(s->src.len - s->p.base, s->p.len),
	};
	enum replay_seen seen;

	if (r->cfg->all)
		return false;
	seen = replay_copies_look(&r->copies, &sight);
	r->own++;
	r->copied += seen == REPLAY_COPY;
	r->perhaps_copied += seen == REPLAY_PERHAPS_COPY;
	return seen == REPLAY_COPY;
}

/* On a tunnel, or on the loopback device. */
static void count_inside(struct replay *r, const struct replay_parsed *s)
{
	r->inside.packets++;
	r->inside.bytes += s->p.len;
	if (s->role == LA_ROLE_TUNNEL)
		replay_inside(r, s);
}

static int count_outside(struct replay *r, struct replay_parsed *s)
{
	if (audited_host_has(r->local, &s->p.key.saddr))
		replay_inside_side(r, &s->p.key.saddr, LA_ROLE_EXPOSED);
	if (s->p.flags & LA_PF_LATER) {
		if (add_later(r, s))
			return 0;
		r->fragments_lost++;
		set_key(r, s);
	}
	if (!account(r, s))
		return -ENOMEM;
	if (s->p.flags & LA_PF_FRAGMENT && !(s->p.flags & LA_PF_LATER))
		note_first(r, s);
	return 0;
}

int replay_count(struct replay *r, struct replay_parsed *s)
{
	uint64_t time = s->captured->time;

	r->packets++;
	r->time = MAX(r->time, time);
	if (r->aggregate)
		aggregate_tell(r->aggregate, r->time);
	r->first_time = r->first_time ? MIN(r->first_time, time) : time;
	if (s->use == REPLAY_INSIDE)
		count_inside(r, s);
	return s->use == REPLAY_COUNTED ? count_outside(r, s) : 0;
}

/* enum replay_use, or -ENOMEM. */
static int use_of(struct replay *r, struct replay_parsed *s)
{
	enum capture_ip found = replay_link(s);
	int n = replay_interface(r, s->captured->interface, &s->link), ours = true;
	const struct replay_interface *i;

	if (n < 0)
		return n;
	if (n == REPLAY_UNREAD) {
		r->unread++;
		return REPLAY_UNUSED;
	}
	if (!is_countable(r, s, (uint32_t)n, replay_parse(s, found)))
		return REPLAY_UNUSED;
	i = &r->interfaces[n - 1];
	s->role = i->role;
	s->p.key.ifindex = *i->name || i->number || i->arphrd ? (uint32_t)n : 0;
	if (i->role != LA_ROLE_EXPOSED)
		return REPLAY_INSIDE;
	replay_read_peers(r, s);
	if (!r->cfg->all) {
		replay_mirrors_note(&r->mirrors, r->flows, &s->src, &s->p);
		ours = is_ours(r, s, (uint32_t)n);
	}
	if (ours < 0)
		return ours;
	return ours && !is_copy(r, s, (uint32_t)n) ? REPLAY_COUNTED : REPLAY_UNUSED;
}

int replay_look(struct replay *r, struct replay_parsed *s)
{
	int use = use_of(r, s);

	if (use < 0)
		return use;
	s->use = (enum replay_use)use;
	if (s->use != REPLAY_COUNTED)
		return 0;
	set_key(r, s);
	replay_flows_fetch_slot(r->flows, s->hash);
	return 0;
}
