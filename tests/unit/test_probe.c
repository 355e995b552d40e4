/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The active test's pure parts: what is sent is what it claims to be, and which
 * probes there are. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "netlab.h"
#include "policy/policy.h"
#include "leaktest/evaluate.h"
#include "leaktest/plan_make.h"
#include "leaktest/report.h"
#include "core/verdict.h"
#include "probes.h"

/* --- kinds --- */

/* The payload as a packet of the kind's transport; a frame has its headers already. */
static size_t wrap(const struct probe *p, uint8_t *to)
{
	static const uint8_t v4[20] = {
		[0] = 0x45, [8] = 64, [12] = 192, 0, 2, 10, 203, 0, 113, 77
	};
	bool tcp = p->kind->transport == PROBE_TCP, icmp = p->kind->transport == PROBE_ICMP;
	size_t l4 = tcp ? 20 : icmp ? 0 : 8, n;

	memset(to, 0, 64);
	if (p->kind->transport == PROBE_FRAME)
		return p->kind->payload(p, to);
	memcpy(to, v4, sizeof(v4));
	n = sizeof(v4) + l4 + p->kind->payload(p, to + sizeof(v4) + l4);
	to[2] = (uint8_t)(n >> 8);
	to[3] = (uint8_t)n;
	to[9] = tcp ? IPPROTO_TCP : icmp ? IPPROTO_ICMP : IPPROTO_UDP;
	to[20] = 0xc0;
	to[22] = icmp ? to[22] : (uint8_t)(p->port >> 8);
	to[23] = icmp ? to[23] : (uint8_t)p->port;
	if (tcp)
		to[32] = 0x50;
	else if (!icmp) {
		to[24] = (uint8_t)((n - 20) >> 8);
		to[25] = (uint8_t)(n - 20);
	}
	return n;
}

/* What the classifier takes it for; a hello's name counts as a resolver's. */
static const char *label_of(const struct probe *p)
{
	uint8_t bytes[PROBE_PAYLOAD_MAX + 64];
	uint32_t len = (uint32_t)wrap(p, bytes);
	struct la_src src = { .data = bytes, .len = len };
	struct la_packet packet;
	struct la_label l = { 0 };
	static char words[64];

	if (!CHECK_INT(la_parse(&src, 0, bytes[0] >> 4 == 6 ? 0x86dd : 0x0800, len, &packet), 0))
		return "";
	la_classify(&src, &packet, &l);
	if (l.flags & LA_CF_HELLO) {
		la_hello(&src, &packet, &l);
		CHECK_INT(l.hello.name_len, strlen("dns.google"));
		CHECK(!memcmp(bytes + l.hello.name_off, "dns.google", 10));
		la_label_hello(&l, LA_DETAIL_DOH);
	}
	snprintf(words, sizeof(words), "%s %s", record_class_name(l.cls),
		 record_detail_name(l.detail) ?: "-");
	return words;
}

static void test_payloads(void)
{
	static const struct {
		const char *kind, *label;
	} cases[] = {
		{ "udp", "ipv4 -" },	    { "tcp", "ipv4 -" },
		{ "resolver", "dns udp" },  { "route", "ipv4 -" },
		{ "dns", "dns udp" },	    { "dns-tcp", "dns tcp" },
		{ "dot", "dns dot" },	    { "doh", "dns doh" },
		{ "stun", "stun binding" }, { "torrent", "torrent handshake" },
		{ "dht", "torrent dht" },   { "lsd", "torrent lsd" },
		{ "icmp", "ipv4 -" },	    { "frame", "ipv4 -" },
	};
	size_t i;

	CHECK_INT(ARRAY_SIZE(cases) + 1, probe_n_kinds); /* a lookup's bytes are the C library's */
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct probe p = probe_of(cases[i].kind, 4);

		printf("# %s\n", cases[i].kind);
		CHECK_STR(label_of(&p), cases[i].label);
	}
}

static uint32_t sum_of(const uint8_t *b, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? b[i] : (uint32_t)b[i] << 8;
	return sum;
}

static uint16_t folded(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Made here and not by the kernel: every checksum has to be right. */
static void test_frames(void)
{
	struct probe p4 = probe_of("frame", 4), p6 = probe_of("frame", 6),
		     echo = probe_of("icmp", 4);
	uint8_t b[PROBE_PAYLOAD_MAX];
	size_t n;

	n = p4.kind->payload(&p4, b);
	CHECK_INT(folded(sum_of(b, 20)), 0xffff);
	CHECK_INT(folded(sum_of(b + 12, n - 12) + IPPROTO_UDP + (uint32_t)n - 20), 0xffff);
	n = p6.kind->payload(&p6, b);
	CHECK_INT(folded(sum_of(b + 8, n - 8) + IPPROTO_UDP + (uint32_t)n - 40), 0xffff);
	CHECK_STR(label_of(&p6), "ipv6 -");
	n = echo.kind->payload(&echo, b);
	CHECK_INT(folded(sum_of(b, n)), 0xffff);
}

/* --- the plan --- */

static size_t count(const struct probe_plan *plan, const char *kind, enum probe_how how,
		    unsigned int family)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n; i++)
		n += (!kind || plan->v[i].kind == kind_of(kind)) && plan->v[i].how == how &&
		     plan->v[i].family == family;
	return n;
}

static void body_plan(void)
{
	static struct policy policy;
	struct probe_plan_config cfg;
	struct resolv_conf res = { 0 };
	struct probe_plan plan;
	struct netns *ns;
	struct links *links;
	pid_t far = netlab_sleeper();
	int tun = netlab_tun("tun0", false);

	ip("link add eth0 type veth peer name far netns %d", (int)far);
	ip("link add eth1 type veth peer name eth2");
	netlab_inside(far, "ip link set far up");
	ip("link set eth0 up");
	ip("link set tun0 up");
	ip("addr add 192.0.2.10/24 dev eth0");
	ip("addr add 10.8.0.2/24 dev tun0");
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy, true), NULL, NULL), 0);
	probe_plan_defaults(&cfg);
	res.files[0].n = 2;
	addr_parse("127.0.0.53", &res.files[0].v[0]);
	addr_parse("203.0.113.53", &res.files[0].v[1]);
	res.files[1].n = 2;
	addr_parse("203.0.113.53", &res.files[1].v[0]);
	addr_parse("fe80::1", &res.files[1].v[1]);
	CHECK_INT(probe_plan_make(&plan, &cfg, links, &res), 0);
	CHECK(plan.local_resolver);
	CHECK_STR(plan.resolver, "127.0.0.53");
	/* eth1 and eth2 are down, tun0 is the tunnel: eth0 alone leads out */
	CHECK_INT(count(&plan, "dns", PROBE_FREE, 4), 1);
	CHECK_INT(count(&plan, "dns", PROBE_DEVICE, 4), 1);
	CHECK_INT(count(&plan, "dns", PROBE_SOURCE, 4), 1);
	CHECK_INT(count(&plan, "dns", PROBE_DEVICE, 6), 1);
	CHECK_INT(count(&plan, "dns", PROBE_SOURCE, 6), 0); /* it has a link-local one only */
	CHECK_INT(count(&plan, "frame", PROBE_DEVICE, 4), 1);
	CHECK_INT(count(&plan, "frame", PROBE_FREE, 4), 0);
	CHECK_INT(count(&plan, "lookup", PROBE_FREE, 0), 1);
	CHECK_INT(count(&plan, "resolver", PROBE_FREE, 4), 1); /* in both files */
	CHECK_INT(count(&plan, "resolver", PROBE_FREE, 6), 1);
	probe_plan_free(&plan);

	cfg.kinds = 1;
	res.files[0] = res.files[1];
	CHECK_INT(probe_plan_make(&plan, &cfg, links, &res), 0);
	CHECK(!plan.local_resolver);
	CHECK_INT(plan.n, 5); /* IPv4 by three ways, IPv6 by two */
	probe_plan_free(&plan);
	res.files[0].n = 0; /* the C library asks 127.0.0.1 then */
	CHECK_INT(probe_plan_make(&plan, &cfg, links, &res), 0);
	CHECK(plan.local_resolver);
	probe_plan_free(&plan);
	links_free(links);
	netns_free(ns);
	close(tun);
	netlab_end(far);
}

static void test_plan(void)
{
	NETLAB_TEST(body_plan);
}

UNIT_MAIN("probe", { "payloads", test_payloads }, { "frames", test_frames }, { "plan", test_plan })
