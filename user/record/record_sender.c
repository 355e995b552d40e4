/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_sender.h"

#include <netinet/in.h>

#include "base/util.h"

#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define TCP_RST 0x04

void record_say_process(struct text *t, const struct record_process *p)
{
	if (p->name && *p->name)
		text_escape(t, p->name, false);
	else
		text_add(t, p->pid || p->host_pid ? "process" : "an unknown process");
	if (!p->pid && !p->host_pid)
		return;
	text_str(t, p->pid ? "[" : "[host pid ");
	text_number(t, p->pid ?: p->host_pid);
	text_put(t, "]", 1);
}

void record_say_whose(struct text *t, const char *scope)
{
	if (!scope)
		return;
	text_escape(t, scope, false);
	text_add(t, ": ");
}

/* As the sender itself knows its address: what nat makes of it is the same for many. */
static void say_forwarded(struct text *t, const struct record_leak *l)
{
	const struct la_addr *from = l->before_nat ? &l->before_nat->addr : &l->flow.key.saddr;
	bool named = l->process.pid || l->process.host_pid;

	if (named) {
		record_say_process(t, &l->process);
		text_add(t, " (forwarded from ");
	}
	text_addr(t, from, l->flow.key.family);
	text_add(t, named ? ")" : " (forwarded)");
}

void record_say_sender(struct text *t, const struct record_leak *l)
{
	record_say_whose(t, l->scope);
	switch (l->flow.attribution) {
	case LA_ATTR_KERNEL:
		text_add(t, "the kernel");
		break;
	case LA_ATTR_FORWARDED:
		say_forwarded(t, l);
		break;
	default:
		record_say_process(t, &l->process);
	}
}

/* --- addresses --- */

static void put_address(struct json *j, const struct la_addr *a, unsigned int family,
			unsigned int port)
{
	char ip[64];
	struct text t;

	text_init(&t, ip, sizeof(ip));
	text_addr(&t, a, family);
	json_str(j, "ip", ip);
	if (port)
		json_u64(j, "port", port);
}

bool record_has_source(const struct record_leak *l)
{
	return l->flow.key.family && l->flow.hook != LA_HOOK_CONNECT;
}

void record_put_source(struct json *j, const struct record_leak *l)
{
	const struct la_flow_key *k = &l->flow.key;
	const struct record_source as_it_leaves = { k->saddr, k->sport };
	const struct record_source *from = l->before_nat ?: &as_it_leaves;

	json_obj(j, "source");
	put_address(j, &from->addr, k->family, from->port);
	json_obj(j, "nat");
	if (l->before_nat)
		put_address(j, &k->saddr, k->family, k->sport);
	json_end(j);
}

void record_put_destination(struct json *j, const struct record_leak *l)
{
	const struct la_flow_key *k = &l->flow.key;

	json_obj(j, "destination");
	if (k->family)
		put_address(j, &k->daddr, k->family, k->dport);
	json_end(j);
}

/* --- packets of the kernel --- */

/* ICMP of both families: RFC 792, RFC 4443, RFC 4861, RFC 2710, RFC 3810. */
static const struct kind {
	uint8_t proto, first, last;
	const char *name, *one, *many;
} kinds[] = {
	{ IPPROTO_ICMP, 0, 0, "icmp-echo-reply", "an answer to a ping", "answers to pings" },
	{ IPPROTO_ICMP, 3, 3, "icmp-unreachable", "an icmp error (unreachable)",
	  "icmp errors (unreachable)" },
	{ IPPROTO_ICMP, 5, 5, "icmp-redirect", "an icmp redirect", "icmp redirects" },
	{ IPPROTO_ICMP, 11, 11, "icmp-time-exceeded", "an icmp error (time exceeded)",
	  "icmp errors (time exceeded)" },
	{ IPPROTO_ICMP, 12, 12, "icmp-parameter-problem", "an icmp error (parameter problem)",
	  "icmp errors (parameter problem)" },
	{ IPPROTO_ICMP, 14, 14, "icmp-timestamp-reply", "an icmp timestamp", "icmp timestamps" },
	{ IPPROTO_IGMP, 0, 0, "igmp", "an igmp report", "igmp reports" },
	{ IPPROTO_ICMPV6, 1, 1, "icmp-unreachable", "an icmp error (unreachable)",
	  "icmp errors (unreachable)" },
	{ IPPROTO_ICMPV6, 2, 2, "icmp-too-big", "an icmp error (packet too big)",
	  "icmp errors (packet too big)" },
	{ IPPROTO_ICMPV6, 3, 3, "icmp-time-exceeded", "an icmp error (time exceeded)",
	  "icmp errors (time exceeded)" },
	{ IPPROTO_ICMPV6, 4, 4, "icmp-parameter-problem", "an icmp error (parameter problem)",
	  "icmp errors (parameter problem)" },
	{ IPPROTO_ICMPV6, 129, 129, "icmp-echo-reply", "an answer to a ping", "answers to pings" },
	{ IPPROTO_ICMPV6, 130, 132, "mld", "an mld report", "mld reports" },
	{ IPPROTO_ICMPV6, 133, 134, "router-discovery", "a router discovery",
	  "router discoveries" },
	{ IPPROTO_ICMPV6, 135, 136, "neighbour-discovery", "a neighbour discovery",
	  "neighbour discoveries" },
	{ IPPROTO_ICMPV6, 137, 137, "icmp-redirect", "an icmp redirect", "icmp redirects" },
	{ IPPROTO_ICMPV6, 143, 143, "mld", "an mld report", "mld reports" },
};

/* A SYN-ACK has both bits, and answers for a socket that is not accepted yet. */
static const struct kind *kind_of_tcp(uint8_t flags)
{
	static const struct kind
		reset = { .name = "tcp-reset", .one = "a tcp reset", .many = "tcp resets" },
		syn_ack = { .name = "tcp-syn-ack", .one = "a tcp syn-ack", .many = "tcp syn-acks" },
		ack = { .name = "tcp-ack", .one = "a tcp ack", .many = "tcp acks" };

	return flags & TCP_RST ? &reset : flags & TCP_SYN ? &syn_ack : &ack;
}

bool record_is_copied(const struct la_flow *f)
{
	if (f->attribution != LA_ATTR_KERNEL)
		return false;
	return f->key.proto == IPPROTO_UDP ||
	       (f->key.proto == IPPROTO_TCP && (f->first & (TCP_SYN | TCP_ACK)) == TCP_SYN);
}

static const struct kind *kind_of(const struct la_flow *f)
{
	size_t i;

	if (f->attribution != LA_ATTR_KERNEL || record_is_copied(f))
		return NULL;
	if (f->key.proto == IPPROTO_TCP)
		return kind_of_tcp(f->first);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].proto == f->key.proto && f->first >= kinds[i].first &&
		    f->first <= kinds[i].last)
			return &kinds[i];
	return NULL;
}

const char *record_kernel_packet(const struct la_flow *f)
{
	const struct kind *k = kind_of(f);

	return k ? k->name : NULL;
}

const char *record_kernel_words(const struct la_flow *f, bool many)
{
	const struct kind *k = kind_of(f);

	if (!k || f->detail || (f->cls != LA_CLASS_IPV4 && f->cls != LA_CLASS_IPV6))
		return NULL;
	return many ? k->many : k->one;
}
