/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A leak in words. */
#include "record_leak.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "record_behalf.h"
#include "record_cause.h"
#include "record_sender.h"

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
	text_put(t, ", ", 2);
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

	if (l->behalf && l->behalf->possible && l->outcome == RECORD_OUTCOME_LEFT) {
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

	text_put(t, ", ", 2);
	add_volume(t, sum->packets, sum->bytes);
	text_str(t, l->state == RECORD_FLOW_CLOSE ? " in all" : " so far");
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

void record_tell(struct record_told *ret, const struct record_leak *l)
{
	ret->l = l;
	ret->ends = record_leak_ends(l);
	ret->ended = l->state == RECORD_FLOW_CLOSE;
	/* a name belongs to one query: at the end there is a sum to tell instead */
	ret->named = l->dns_name && !(ret->ended && ret->ends.judged.packets > 1);
	ret->many = ret->ends.judged.packets > 1 && l->state != RECORD_FLOW_OPEN &&
		    (!ret->named || l->aggregate);
}

static bool is_inside(const struct record_leak *l)
{
	return l->flow.detail == LA_DETAIL_INSIDE;
}

void record_say_who(struct text *t, const struct record_told *told)
{
	if (is_inside(told->l)) {
		message_inside(t, told->l);
		return;
	}
	record_say_sender(t, told->l);
	add_verb(t, told->l);
	add_what(t, told->l, told->many);
}

void record_say_name(struct text *t, const struct record_told *told)
{
	const struct record_leak *l = told->l;

	if (!told->named || is_inside(l))
		return;
	text_put(t, " for ", 5);
	text_escape(t, *l->dns_name ? l->dns_name : ".", false);
	if (l->dns_type) {
		text_put(t, " (", 2);
		text_str(t, l->dns_type);
		text_put(t, ")", 1);
	}
}

void record_say_way(struct text *t, const struct record_told *told)
{
	const struct record_leak *l = told->l;

	if (is_inside(l))
		return;
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
}

void record_say_why(struct text *t, const struct record_told *told)
{
	const struct record_leak *l = told->l;

	if (is_inside(l))
		return;
	record_say_behalf(t, l->behalf);
	record_say_unasked(t, l);
	record_say_cause(t, l);
	if (l->outcome == RECORD_OUTCOME_HELD)
		add_stop(t, l);
}

void record_say_counts(struct text *t, const struct record_told *told)
{
	const struct record_leak *l = told->l;

	if (is_inside(l))
		return;
	if (l->state == RECORD_FLOW_UPDATE || told->ended || l->aggregate)
		add_counts(t, l, &told->ends);
	else
		record_say_remedy(t, l);
}

void record_say_leak(struct text *t, const struct record_leak *l)
{
	struct record_told told;

	record_tell(&told, l);
	record_say_who(t, &told);
	record_say_name(t, &told);
	record_say_way(t, &told);
	record_say_why(t, &told);
	record_say_counts(t, &told);
}
