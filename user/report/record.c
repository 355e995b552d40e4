/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message of a record, for people. */
#include "record.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "record_behalf.h"
#include "record_cause.h"
#include "record_dropout.h"
#include "record_heartbeat.h"
#include "record_unmatched.h"
#include "record_scope.h"
#include "record_sender.h"
#include "record_summary.h"
#include "record_tables.h"
#include "base/text.h"

/* The words for one message, and for a flow of many. NULL: family and transport are the words. */
static const struct {
	const char *one, *many;
} phrases[LA_DETAIL_MAX] = {
	[LA_DETAIL_DNS_UDP] = { "a dns query", "dns queries" },
	[LA_DETAIL_DNS_TCP] = { "a dns query by tcp", "dns queries by tcp" },
	[LA_DETAIL_DOT] = { "a dns query over tls", "dns queries over tls" },
	[LA_DETAIL_DOQ] = { "a dns query over quic", "dns queries over quic" },
	[LA_DETAIL_DOH] = { "a dns query over https", "dns queries over https" },
	[LA_DETAIL_DNSCRYPT] = { "a dnscrypt query", "dnscrypt queries" },
	[LA_DETAIL_MDNS] = { "a multicast dns query", "multicast dns queries" },
	[LA_DETAIL_LLMNR] = { "an llmnr name query", "llmnr name queries" },
	[LA_DETAIL_NETBIOS] = { "a netbios name query", "netbios name queries" },
	[LA_DETAIL_BINDING] = { "a stun request", "stun requests" },
	[LA_DETAIL_TURN] = { "a turn request", "turn traffic" },
	[LA_DETAIL_MEDIA] = { "media set up by stun", "media set up by stun" },
	[LA_DETAIL_HANDSHAKE] = { "a torrent handshake", "torrent traffic" },
	[LA_DETAIL_UTP] = { "torrent traffic by utp", "torrent traffic by utp" },
	[LA_DETAIL_DHT] = { "a torrent dht message", "torrent dht messages" },
	[LA_DETAIL_TRACKER] = { "a torrent tracker request", "torrent tracker requests" },
	[LA_DETAIL_LSD] = { "a torrent local discovery", "torrent local discoveries" },
	[LA_DETAIL_WEBSEED] = { "a torrent web seed request", "torrent web seed traffic" },
	[LA_DETAIL_PORTMAP] = { "a port mapping request", "port mapping requests" },
	[LA_DETAIL_DHCP] = { "a dhcp message", "dhcp messages" },
	[LA_DETAIL_FRAME] = { "a frame that is not IP", "frames that are not IP" },
	[LA_DETAIL_BULK] = { "torrent traffic", "torrent traffic" },
};

static void add_what(struct text *t, const struct record_leak *l, bool many)
{
	unsigned int detail = l->flow.detail < LA_DETAIL_MAX ? l->flow.detail : 0;
	const char *transport = record_transport_name(l->flow.key.proto);
	const char *class = record_class_name(l->flow.cls);
	const char *kernels = record_kernel_words(&l->flow, many);

	if (kernels) {
		text_str(t, kernels);
		return;
	}
	if (detail == LA_DETAIL_PORTMAP && l->flow.cls == LA_CLASS_TORRENT) {
		text_str(t,
			 many ? "torrent port mapping requests" : "a torrent port mapping request");
		return;
	}
	if (phrases[detail].one) {
		text_str(t, many ? phrases[detail].many : phrases[detail].one);
		return;
	}
	if (class && l->flow.cls != LA_CLASS_IPV4 && l->flow.cls != LA_CLASS_IPV6) {
		text_add(t, "%s traffic", class);
		return;
	}
	text_add(t, many ? "IP" : "an IP");
	if (l->flow.key.family)
		text_add(t, l->flow.key.family == 4 ? "v4" : "v6");
	text_add(t, " ");
	if (l->flow.key.proto == IPPROTO_ICMPV6)
		transport = "icmp";
	if (transport) {
		text_str(t, transport);
		text_add(t, " ");
	} else if (l->flow.key.proto) {
		text_add(t, "protocol %u ", l->flow.key.proto);
	}
	text_add(t, many ? "packets" : "packet");
}

static void add_volume(struct text *t, uint64_t packets, uint64_t bytes)
{
	text_count(t, packets, "packet", "packets");
	text_add(t, ", ");
	text_bytes(t, bytes);
}

/* The peer at the tunnel's other end has learnt the exposed address. */
static void message_inside(struct text *t, const struct record_leak *l)
{
	static const char *const listeners[LA_CLASS_MAX] = {
		[LA_CLASS_DNS] = "a dns server",
		[LA_CLASS_STUN] = "a stun server",
		[LA_CLASS_TORRENT] = "a tracker",
	};
	const char *listener = l->flow.cls < LA_CLASS_MAX ? listeners[l->flow.cls] : NULL;
	const char *form = l->address_inside_form ? l->address_inside_form : "";

	if (!listener)
		listener = "a server";
	if (!strcmp(form, "peer") || !strcmp(form, "dht"))
		listener = "a peer";
	record_say_sender(t, l);
	text_add(t, l->flow.verdict == LA_VERDICT_DROPPED ? " was stopped from revealing "
							  : " revealed ");
	text_escape(t, l->address_inside ? l->address_inside : "the exposed address", false);
	if (!strcmp(form, "source"))
		text_add(t, " as the source of packets through ");
	else
		text_add(t, " to %s through ", listener);
	text_escape(t, l->ifname ? l->ifname : "the tunnel", false);
	if (l->flow.key.family) {
		text_add(t, " (");
		text_endpoint(t, &l->flow.key.daddr, l->flow.key.family, l->flow.key.dport);
		text_add(t, ")");
	}
}

static void add_verb(struct text *t, const struct record_leak *l)
{
	static const char *const verbs[RECORD_OUTCOME_MAX][2] = {
		[RECORD_OUTCOME_LEFT] = { " leaked ", " received " },
		[RECORD_OUTCOME_HELD] = { " tried to leak ", " received " },
		[RECORD_OUTCOME_DROPPED] = { " was stopped from sending ",
					     " was kept from receiving " },
	};

	if (l->behalf && l->behalf->possible) {
		text_add(t, " may have leaked ");
		return;
	}
	text_str(t, verbs[l->outcome < RECORD_OUTCOME_MAX ? l->outcome : 0][l->ingress]);
}

/* By what it was held that neither we have dropped nor the device has got. */
static void add_stop(struct text *t, const struct record_leak *l)
{
	unsigned int stop = l->flow.stopped;

	text_add(t, ", but it has not left");
	if (stop != LA_STOP_UNKNOWN)
		text_add(t, ": stopped by %s", record_stop_words(stop));
}

static void add_counts(struct text *t, const struct record_leak *l, const struct record_ends *e)
{
	const struct la_sum *sum = l->outcome == RECORD_OUTCOME_LEFT   ? &e->left
				   : l->outcome == RECORD_OUTCOME_HELD ? &e->held
								       : &e->dropped;

	text_add(t, ", ");
	add_volume(t, sum->packets, sum->bytes);
	text_add(t, l->state == RECORD_FLOW_CLOSE ? " in all" : " so far");
	if (e->dropped.packets && sum != &e->dropped)
		text_add(t, ", %" PRIu64 " more stopped", (uint64_t)e->dropped.packets);
	if (e->held.packets && sum != &e->held)
		text_add(t, ", %" PRIu64 " more held by something else", (uint64_t)e->held.packets);
}

static void add_peer(struct text *t, const struct record_leak *l)
{
	const struct la_flow_key *k = &l->flow.key;

	if (!k->family)
		return;
	text_add(t, l->ingress ? " from " : " to ");
	text_endpoint(t, l->ingress ? &k->saddr : &k->daddr, k->family,
		      l->ingress ? k->sport : k->dport);
}

static void message_leak(struct text *t, const struct record_leak *l)
{
	bool ended = l->state == RECORD_FLOW_CLOSE;
	struct record_ends ends = record_leak_ends(l);
	/* a name belongs to one query: at the end there is a sum to tell instead */
	bool named = l->dns_name && !(ended && ends.judged.packets > 1);
	bool many = ends.judged.packets > 1 && l->state != RECORD_FLOW_OPEN &&
		    (!named || l->aggregate);

	record_say_sender(t, l);
	add_verb(t, l);
	add_what(t, l, many);
	if (named) {
		text_add(t, " for ");
		text_escape(t, *l->dns_name ? l->dns_name : ".", false);
		if (l->dns_type) {
			text_put(t, " (", 2);
			text_str(t, l->dns_type);
			text_put(t, ")", 1);
		}
	}
	if (l->server_name && *l->server_name) {
		text_add(t, " to ");
		text_escape(t, l->server_name, false);
	}
	if (l->ifname) {
		text_add(t, " over ");
		text_escape(t, l->ifname, false);
		record_say_netns(t, l->netns);
	}
	add_peer(t, l);
	record_say_behalf(t, l->behalf);
	record_say_unasked(t, l);
	record_say_cause(t, l);
	if (l->outcome == RECORD_OUTCOME_HELD)
		add_stop(t, l);
	if (l->state == RECORD_FLOW_UPDATE || ended || l->aggregate)
		add_counts(t, l, &ends);
	else
		record_say_remedy(t, l);
}

static void add_interface(struct text *t, const struct record_interface *i)
{
	if (i->name)
		text_escape(t, i->name, false);
	else
		text_add(t, "#%" PRIu32, i->ifindex);
	if (i->kind) {
		text_add(t, " (");
		text_escape(t, i->kind, false);
		text_add(t, ")");
	}
	record_say_netns(t, i->netns_name);
}

static void message_tunnel(struct text *t, const struct record_interface *i, bool up)
{
	text_add(t, "tunnel ");
	add_interface(t, i);
	if (up && i->dropout) {
		record_add_dropout(t, i->dropout);
		return;
	}
	text_add(t, up ? " is up" : i->change == LINK_GONE ? " is gone" : " is down");
}

static void message_interface(struct text *t, const struct record_interface *i)
{
	const char *role = record_role_name(i->role);

	text_add(t, i->change == LINK_NEW ? "new interface " : "interface ");
	add_interface(t, i);
	if (i->change == LINK_GONE) {
		text_add(t, " is gone");
		return;
	}
	if (i->old_name) {
		text_add(t, ", formerly ");
		text_escape(t, i->old_name, false);
		text_add(t, ",");
	}
	if (i->change == LINK_UP || i->change == LINK_DOWN)
		text_add(t, " is %s,", link_change_name(i->change));
	text_add(t, i->change == LINK_ROLE ? " is now %s" : " is %s", role ? role : "unknown");
}

static void message_ready(struct text *t, const struct record_ready *r)
{
	const char *before = " on ";
	bool tunnel = false;

	if (r->n_scopes) {
		record_say_scopes(t, r);
	} else {
		text_add(t, r->waiting ? "waiting for " : r->tc ? "watching " : "reading ");
		text_escape(t, r->scope ? r->scope : "host", false);
	}
	for (unsigned int role = 0; role < LA_ROLE_MAX; role++) {
		const char *separator = before;

		if (role == LA_ROLE_LOOPBACK)
			continue;
		for (size_t i = 0; i < r->n_interfaces; i++) {
			if (r->interfaces[i].role != role)
				continue;
			text_str(t, separator);
			text_escape(t, r->interfaces[i].name ? r->interfaces[i].name : "?", false);
			if (r->interfaces[i].netns_name) {
				text_add(t, " in ");
				text_escape(t, r->interfaces[i].netns_name, false);
			}
			separator = ", ";
			before = "; ";
			tunnel |= role == LA_ROLE_TUNNEL;
		}
		if (separator[0] == ',')
			text_add(t, " (%s)", record_role_name(role));
	}
	if (r->tc && !tunnel)
		text_add(t, "%sno tunnel", before[0] == ';' ? "; " : ": ");
	record_say_unmatched(t, r);
	record_say_resolvers(t, r);
}

static void message_bypass(struct text *t, const struct record_bypass *b)
{
	record_say_whose(t, b->scope);
	record_say_process(t, &b->process);
	text_add(t,
		 b->refused ? " was refused %s: its packets would not have been seen"
			    : " set %s: packets sent by this socket are not seen",
		 b->how);
}

static void message_left(struct text *t, const struct record_left *l)
{
	record_say_whose(t, l->scope);
	record_say_process(t, &l->process);
	text_str(t, " has left the watched cgroup, and stays watched");
}

static void message_lost(struct text *t, const struct record_lost *l)
{
	const char *separator = "lost ";
	const struct {
		uint64_t n;
		const char *one, *many;
	} parts[] = {
		{ l->events, "event", "events" },
		{ l->flows, "packet without a flow", "packets without a flow" },
		{ l->output, "line of output", "lines of output" },
		{ l->evidence, "packet of the evidence", "packets of the evidence" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i].n)
			continue;
		text_str(t, separator);
		text_count(t, parts[i].n, parts[i].one, parts[i].many);
		separator = ", ";
	}
	if (l->reason) {
		text_str(t, separator[0] == ',' ? ": " : "");
		text_escape(t, l->reason, false);
	}
}

void record_message(const struct record *r, char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	switch (r->action) {
	case RECORD_READY:
		message_ready(&t, &r->ready);
		break;
	case RECORD_LEAK:
	case RECORD_POSSIBLE:
		if (r->leak.flow.detail == LA_DETAIL_INSIDE)
			message_inside(&t, &r->leak);
		else
			message_leak(&t, &r->leak);
		break;
	case RECORD_TUNNEL_UP:
	case RECORD_TUNNEL_DOWN:
		message_tunnel(&t, &r->interface, r->action == RECORD_TUNNEL_UP);
		break;
	case RECORD_INTERFACE:
		message_interface(&t, &r->interface);
		break;
	case RECORD_BYPASS:
		message_bypass(&t, &r->bypass);
		break;
	case RECORD_SCOPE_GONE:
	case RECORD_SCOPE_BACK:
		record_add_scope(&t, &r->scope, r->action == RECORD_SCOPE_BACK);
		break;
	case RECORD_SCOPE_LEFT:
		message_left(&t, &r->left);
		break;
	case RECORD_LOST:
		message_lost(&t, &r->lost);
		break;
	case RECORD_HEARTBEAT:
		record_say_heartbeat(&t, &r->heartbeat);
		break;
	case RECORD_PAGE:
		record_say_page(&t, &r->page);
		break;
	case RECORD_SUMMARY:
		record_format_summary(&t, &r->summary);
		break;
	case RECORD_ACTION_MAX:
		break;
	}
}

void record_comment(const struct record_leak *l, char *buf, size_t size)
{
	const char *class = record_class_name(l->flow.cls);
	const char *detail = record_detail_name(l->flow.detail);
	struct text t;

	text_init(&t, buf, size);
	if (l->flow.attribution == LA_ATTR_FORWARDED) {
		record_say_sender(&t, l);
		text_add(&t, " ");
	} else if (l->process.pid || l->process.host_pid || l->process.name) {
		record_say_process(&t, &l->process);
		text_add(&t, " ");
	} else if (l->flow.attribution == LA_ATTR_KERNEL) {
		text_add(&t, "%s ", record_attribution_name(l->flow.attribution));
	}
	if (class)
		text_add(&t, "%s%s%s ", class, detail ? "/" : "", detail ? detail : "");
	text_add(&t, l->flow.verdict == LA_VERDICT_DROPPED ? "stopped" : "leaked");
	if (l->ifname) {
		text_add(&t, " over ");
		text_escape(&t, l->ifname, false);
	}
}
