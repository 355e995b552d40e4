/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cause of a leak, from real routes in a namespace of the test's own. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "facts/cause.h"
#include "policy/policy.h"
#include "netlab.h"
#include "network/resolv_conf.h"
#include "network/route.h"

static struct policy policy;
static struct netns *ns;
static struct links *links;
static struct causes *causes;
static int tun = -1;

static void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old)
{
	(void)arg, (void)l, (void)link, (void)change, (void)old;
}

/* eth0 is the way out, tun0 the tunnel. */
static void open_all(void)
{
	ip("link add eth0 type veth peer name isp");
	ip("link set isp up");
	ip("link set eth0 up");
	ip("addr add 192.168.7.2/24 dev eth0");
	ip("addr add 2001:db8:1::2/64 dev eth0 nodad");
	ip("route add default via 192.168.7.1 dev eth0 proto dhcp metric 100");
	ip("-6 route add default via 2001:db8:1::1 dev eth0 proto ra metric 100");
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy), on_change, NULL), 0);
	CHECK_INT(causes_open(&causes, links), 0);
}

static void open_tunnel(void)
{
	tun = netlab_tun("tun0", false);
	ip("link set tun0 up");
	ip("addr add 10.9.0.2/24 dev tun0");
	ip("route add default dev tun0 metric 50");
}

static void close_all(void)
{
	close(tun);
	causes_free(causes);
	links_free(links);
	netns_free(ns);
}

static struct la_addr addr(const char *s)
{
	struct la_addr a = { 0 };
	uint8_t four[4];

	if (inet_pton(AF_INET, s, four) == 1)
		return addr_from_4(four);
	inet_pton(AF_INET6, s, &a);
	return a;
}

static struct la_flow flow(const char *src, const char *dst)
{
	struct la_flow f = { .attribution = LA_ATTR_SOCKET, .cls = LA_CLASS_IPV4 };

	f.key.saddr = addr(src);
	f.key.daddr = addr(dst);
	f.key.family = (uint8_t)addr_family(&f.key.daddr);
	f.key.proto = IPPROTO_UDP;
	f.key.dport = 6881;
	f.key.ifindex = links_find_name(links, "eth0")->ifindex;
	return f;
}

/* "route 0.0.0.0/1 static", "rule 100 fwmark 0x1", "tunnel-down tun0", or the cause alone */
static const char *cause(const struct la_flow *f)
{
	static char text[256];
	struct record_leak l = { 0 };
	struct cause c;
	int n;

	CHECK_INT(links_dispatch(links), 0);
	cause_of(causes, f, &c);
	cause_tell(&c, &l);
	CHECK((l.cause == RECORD_CAUSE_ROUTE) == (l.route.prefix != NULL));
	CHECK((l.cause == RECORD_CAUSE_RULE) == (l.rule.selector != NULL));
	n = snprintf(text, sizeof(text), "%s", record_cause_name(l.cause) ?: "none");
	if (l.route.prefix)
		n += snprintf(text + n, sizeof(text) - n, " %s", l.route.prefix);
	if (l.route.protocol)
		n += snprintf(text + n, sizeof(text) - n, " %s", l.route.protocol);
	if (l.rule.selector)
		n += snprintf(text + n, sizeof(text) - n, " %u %s", l.rule.priority,
			      l.rule.selector);
	if (l.tunnel.name)
		n += snprintf(text + n, sizeof(text) - n, " %s", l.tunnel.name);
	if (l.tunnel.prefix)
		snprintf(text + n, sizeof(text) - n, " %s", l.tunnel.prefix);
	return text;
}

#define CAUSE(src, dst, expected)                   \
	({                                          \
		struct la_flow f_ = flow(src, dst); \
		CHECK_STR(cause(&f_), expected);    \
	})

/* Of a new IPv6 address the kernel tells from a worker, a while after "ip" has ended. */
static void until_not(const char *src, const char *dst, const char *before)
{
	struct la_flow f = flow(src, dst);
	int tries = 300;

	while (tries-- && !strcmp(cause(&f), before))
		usleep(10000);
}

static void body_states(void)
{
	open_all();
	CAUSE("192.168.7.2", "203.0.113.9", "no-tunnel");
	open_tunnel();
	CAUSE("10.9.0.2", "203.0.113.9", "bound"); /* it is up: nothing has fallen */
	close(tun);
	tun = -1;
	CAUSE("192.168.7.2", "203.0.113.9", "tunnel-down tun0");
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-address");
	/* the ISP hands out the same address: no sign any more */
	ip("addr add 10.9.0.2/24 dev eth0");
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-down tun0");
	close_all();
}

/* It is there, and nobody has ever carried it. */
static void body_no_carrier(void)
{
	open_all();
	ip("tuntap add tun0 mode tun");
	ip("link set tun0 up");
	ip("addr add 10.9.0.2/24 dev tun0");
	CAUSE("192.168.7.2", "203.0.113.9", "tunnel-down tun0");
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-down tun0"); /* it has not fallen */
	ip("link del tun0");
	CAUSE("192.168.7.2", "203.0.113.9", "no-tunnel");
	close_all();
}

/* A second tunnel with a network of its own does not stand in for the one that fell. */
static void body_two_tunnels(void)
{
	int second;

	open_all();
	open_tunnel();
	second = netlab_tun("ts0", false);
	ip("link set ts0 up");
	ip("addr add 100.100.1.1/32 dev ts0");
	ip("route add 100.64.0.0/10 dev ts0");
	CAUSE("192.168.7.2", "203.0.113.9", "bound");
	close(tun);
	tun = -1;
	CAUSE("192.168.7.2", "203.0.113.9", "tunnel-down tun0");
	CAUSE("192.168.7.2", "100.64.9.9", "bound"); /* it still leads there */
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-address");
	/* one that has led elsewhere has nothing to do with it */
	open_tunnel();
	close(second);
	ip("route del default dev tun0");
	CAUSE("192.168.7.2", "203.0.113.9", "none");
	CAUSE("192.168.7.2", "100.64.9.9", "tunnel-down ts0");
	close_all();
}

static void body_routes(void)
{
	struct la_flow f;

	open_all();
	open_tunnel();
	/* the table says tunnel: the socket has chosen otherwise */
	CAUSE("192.168.7.2", "203.0.113.9", "bound");
	f = flow("192.168.7.2", "203.0.113.9");
	f.attribution = LA_ATTR_FORWARDED;
	CHECK_STR(cause(&f), "none");
	ip("route add 203.0.113.0/24 via 192.168.7.1 dev eth0 proto static");
	CAUSE("192.168.7.2", "203.0.113.200", "route 203.0.113.0/24 static");
	/* a connection that was open in the tunnel */
	CAUSE("10.9.0.2", "203.0.113.200", "route 203.0.113.0/24 static");
	ip("route add 128.0.0.0/1 via 192.168.7.1 dev eth0 proto dhcp");
	CAUSE("192.168.7.2", "198.51.100.1", "route 128.0.0.0/1 dhcp");
	ip("route add 198.51.100.77/32 via 192.168.7.1 dev eth0 proto 77");
	CAUSE("192.168.7.2", "198.51.100.77", "route 198.51.100.77/32 77");
	ip("route add 198.51.100.78/32 via 192.168.7.1 dev eth0"); /* by nobody who says so */
	CAUSE("192.168.7.2", "198.51.100.78", "route 198.51.100.78/32");
	CAUSE("192.168.7.2", "192.168.7.9", "route 192.168.7.0/24 kernel");
	f = flow("192.168.7.2", "203.0.113.201");
	f.bound_if = f.key.ifindex;
	CHECK_STR(cause(&f), "bound");
	/* not narrower than the tunnel's own */
	ip("route add 64.0.0.0/3 via 192.168.7.1 dev eth0");
	ip("route add 96.0.0.0/4 dev tun0 metric 100");
	ip("route add 96.0.0.0/4 via 192.168.7.1 dev eth0 metric 50");
	CAUSE("192.168.7.2", "65.0.0.1", "route 64.0.0.0/3");
	CAUSE("192.168.7.2", "97.0.0.1", "route 96.0.0.0/4");
	/* the tunnel's default route is gone, the ISP's is what is left: no tunnel leads there */
	ip("route del default dev tun0");
	CAUSE("192.168.7.2", "9.9.9.9", "none");
	ip("route add default dev tun0 metric 200"); /* nor by a default route that comes first */
	CAUSE("192.168.7.2", "9.9.9.11", "none");
	close_all();
}

/* The link has a range of the tunnel's. */
static void body_claim(void)
{
	open_all();
	open_tunnel();
	ip("addr add 10.9.0.77/25 dev eth0 noprefixroute");
	ip("route add 10.9.0.0/25 dev eth0 proto kernel");
	CAUSE("10.9.0.77", "10.9.0.1", "route 10.9.0.0/25 kernel tun0 10.9.0.0/24");
	CAUSE("10.9.0.2", "10.9.0.1", "route 10.9.0.0/25 kernel tun0 10.9.0.0/24");
	ip("route add 192.168.7.0/24 dev tun0 metric 50");
	CAUSE("192.168.7.2", "192.168.7.9", "route 192.168.7.0/24 kernel tun0 192.168.7.0/24");
	close_all();
}

/* Rules that look at the mark, the user and the port lead past the tunnel. */
static void body_rules(void)
{
	struct la_flow f;

	open_all();
	open_tunnel();
	ip("route add default via 192.168.7.1 dev eth0 table 100");
	ip("rule add priority 90 fwmark 0x99 lookup 100");
	ip("rule add priority 91 uidrange 4242-4242 lookup 100");
	ip("rule add priority 92 ipproto udp dport 4000-4001 lookup 100");
	f = flow("192.168.7.2", "203.0.113.1");
	CHECK_STR(cause(&f), "bound");
	f.mark = 0x99;
	CHECK_STR(cause(&f), "rule 90 fwmark 0x99");
	f.mark = 0;
	f.owner.uid = 4242;
	CHECK_STR(cause(&f), "bound"); /* uid of nobody known */
	f.owner.tgid = 1;
	CHECK_STR(cause(&f), "rule 91 uidrange 4242-4242");
	f.key.proto = IPPROTO_ICMP;
	f.key.dport = 0;
	CHECK_STR(cause(&f), "rule 91 uidrange 4242-4242");
	f = flow("192.168.7.2", "203.0.113.1");
	f.key.dport = 4001;
	CHECK_STR(cause(&f), "rule 92 ipproto 17 dport 4000-4001");
	close_all();
}

/* As wg-quick does: a rule leads all into the tunnel but what has its mark. */
static void body_rule_not(void)
{
	struct la_flow f;

	open_all();
	open_tunnel();
	ip("route del default dev tun0");
	ip("route add default dev tun0 table 51820");
	ip("rule add priority 32765 not fwmark 0xca6c lookup 51820");
	ip("rule add priority 32764 lookup main suppress_prefixlength 0");
	CAUSE("192.168.7.2", "203.0.113.1", "bound");
	f = flow("192.168.7.2", "203.0.113.2");
	f.mark = 0xca6c;
	CHECK_STR(cause(&f), "rule 32765 not fwmark 0xca6c");
	ip("route add 203.0.113.0/25 via 192.168.7.1 dev eth0 proto dhcp");
	CAUSE("192.168.7.2", "203.0.113.3", "route 203.0.113.0/25 dhcp");
	/* for one user alone */
	ip("rule del priority 32765");
	ip("rule add priority 32765 uidrange 1000-1000 lookup 51820");
	f = flow("192.168.7.2", "203.0.113.200");
	f.owner.tgid = 1;
	f.owner.uid = 1001;
	CHECK_STR(cause(&f), "rule 32765 uidrange 1000-1000");
	close_all();
}

/* A neighbour asks for the tunnel's address, and is answered. */
static void body_probed(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct la_flow f;

	open_all();
	open_tunnel();
	f = flow("10.9.0.2", "192.168.7.9");
	f.key.proto = IPPROTO_TCP;
	f.key.sport = 2222;
	f.attribution = LA_ATTR_KERNEL; /* a RST */
	CHECK_STR(cause(&f), "tunnel-probed");
	f.attribution = LA_ATTR_SOCKET; /* of the same connection */
	CHECK_STR(cause(&f), "tunnel-probed");
	f.key.sport = 2223; /* an open one */
	CHECK_STR(cause(&f), "route 192.168.7.0/24 kernel");
	f.attribution = LA_ATTR_KERNEL;
	CHECK_STR(cause(&f), "route 192.168.7.0/24 kernel");
	CHECK(fd >= 0 && !bind(fd, (void *)&to, len) && !listen(fd, 1) &&
	      !getsockname(fd, (void *)&to, &len));
	f.attribution = LA_ATTR_SOCKET;
	f.key.sport = ntohs(to.sin_port); /* a service */
	CHECK_STR(cause(&f), "tunnel-probed");
	f.key.saddr = addr("192.168.7.2"); /* by the address that is meant for it */
	CHECK_STR(cause(&f), "route 192.168.7.0/24 kernel");
	/* the world does not ask there */
	f = flow("10.9.0.2", "203.0.113.9");
	f.attribution = LA_ATTR_KERNEL;
	ip("route add 203.0.113.0/24 via 192.168.7.1 dev eth0 proto dhcp");
	CHECK_STR(cause(&f), "route 203.0.113.0/24 dhcp");
	close(fd);
	close_all();
}

/* Whoever has made a connection's packets, it has one cause until a tunnel changes. */
static void body_one_cause(void)
{
	struct la_flow f;

	open_all();
	open_tunnel();
	f = flow("192.168.7.2", "203.0.113.9");
	f.key.sport = 5000;
	f.bound_if = f.key.ifindex;
	CHECK_STR(cause(&f), "bound");
	f.bound_if = 0;
	f.attribution = LA_ATTR_KERNEL;
	CHECK_STR(cause(&f), "bound");
	f.mark = 1;
	ip("link add eth1 type veth peer name eth2");
	CHECK_STR(cause(&f), "bound");
	f.key.dport++;
	CHECK_STR(cause(&f), "none"); /* another connection */
	f.key.dport--;
	ip("link set tun0 down");
	CHECK_STR(cause(&f), "tunnel-down tun0");
	close_all();
}

static void body_family(void)
{
	open_all();
	open_tunnel();
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "family");
	ip("addr add fd09::2/64 dev tun0 nodad");
	until_not("2001:db8:1::2", "2001:db8:9::9", "family");
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "none"); /* it leads not there */
	ip("-6 route add 2000::/3 dev tun0 metric 50");
	CAUSE("2001:db8:1::2", "2001:db8:9::a", "bound");
	ip("-6 route add 2001:db8:9::/48 via 2001:db8:1::1 dev eth0 proto ra");
	CAUSE("2001:db8:1::2", "2001:db8:9::b", "route 2001:db8:9::/48 ra");
	close_all();
}

/* The tunnel has but fe80, and yet the default route. */
static void body_family_route(void)
{
	open_all();
	open_tunnel();
	ip("-6 route add default dev tun0 metric 50");
	ip("-6 route add 2001:db8:9::/48 via 2001:db8:1::1 dev eth0 proto static");
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "route 2001:db8:9::/48 static");
	CAUSE("2001:db8:1::2", "2001:db8:a::9", "bound");
	close_all();
}

static void body_resolver(void)
{
	struct la_flow f;

	open_all();
	open_tunnel();
	f = flow("192.168.7.2", "192.168.7.1");
	f.cls = LA_CLASS_DNS;
	f.detail = LA_DETAIL_DNS_UDP;
	f.key.dport = 53;
	CHECK_STR(cause(&f), "resolver");
	f.detail = LA_DETAIL_MDNS;
	CHECK_STR(cause(&f), "route 192.168.7.0/24 kernel");
	/* a public resolver that the table would have reached through the tunnel */
	f = flow("192.168.7.2", "203.0.113.53");
	f.cls = LA_CLASS_DNS;
	f.detail = LA_DETAIL_DOT;
	CHECK_STR(cause(&f), "bound");
	ip("route add 203.0.113.54 via 192.168.7.1 dev eth0 proto dhcp");
	f.key.daddr = addr("203.0.113.54");
	CHECK_STR(cause(&f), "route 203.0.113.54/32 dhcp");
	close_all();
}

/* Asked for each new flow; how long that takes is only said, since machines differ. */
static void body_many_flows(void)
{
	struct timespec from, to;
	struct la_flow f;
	struct cause c;
	uint64_t us;
	int i;

	open_all();
	open_tunnel();
	CHECK_INT(links_dispatch(links), 0);
	ip("route add 203.0.0.0/8 via 192.168.7.1 dev eth0");
	f = flow("192.168.7.2", "203.0.113.1");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < 1000; i++) {
		f.key.daddr.b[15] = (uint8_t)i;
		f.key.daddr.b[14] = (uint8_t)(i >> 8);
		cause_of(causes, &f, &c);
		CHECK_INT(c.cause, RECORD_CAUSE_ROUTE);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	us = (uint64_t)(to.tv_sec - from.tv_sec) * 1000000 +
	     (uint64_t)(to.tv_nsec - from.tv_nsec) / 1000;
	printf("# %" PRIu64 " us for 1000 causes\n", us);
	close_all();
}

static void test_resolv_conf(void)
{
	static const char text[] =
		"# comment\nnameserver 192.0.2.53\n nameserver\t2001:db8::53 # mine\n"
		"nameserver fe80::1%eth0\nnameservers 192.0.2.54\nnameserver\nnameserver x\n"
		"search example\n;nameserver 192.0.2.55\nnameserver 192.0.2.56";
	struct la_addr v[16], a;
	size_t n = resolv_conf_parse(text, v, ARRAY_SIZE(v));
	struct resolv_conf r;

	if (CHECK_INT(n, 4)) {
		a = addr("192.0.2.53");
		CHECK(addr_equal(&v[0], &a));
		a = addr("2001:db8::53");
		CHECK(addr_equal(&v[1], &a));
		a = addr("fe80::1");
		CHECK(addr_equal(&v[2], &a));
		a = addr("192.0.2.56");
		CHECK(addr_equal(&v[3], &a));
	}
	CHECK_INT(resolv_conf_parse(text, v, 2), 2);
	CHECK_INT(resolv_conf_parse("", v, 2), 0);

	resolv_conf_init(&r);
	r.files[0].path = "/nonexistent/leakaudit";
	r.files[1].path = "/dev/zero"; /* not a file: not read */
	CHECK(!resolv_conf_has(&r, &a, 1));
}

/* A file that changes is read again, after a second. */
static void test_resolv_changes(void)
{
	char path[] = "/tmp/leakaudit-resolv-XXXXXX";
	struct la_addr one = addr("192.0.2.1"), two = addr("192.0.2.2");
	int fd = mkostemp(path, O_CLOEXEC);
	struct resolv_conf r;

	resolv_conf_init(&r);
	r.files[0].path = path;
	r.files[1].path = "/nonexistent/leakaudit";
	CHECK(dprintf(fd, "nameserver 192.0.2.1\n") > 0);
	CHECK(resolv_conf_has(&r, &one, 1) && !resolv_conf_has(&r, &two, 1));
	CHECK(dprintf(fd, "nameserver 192.0.2.2\n") > 0);
	CHECK(!resolv_conf_has(&r, &two, 2));
	CHECK(resolv_conf_has(&r, &two, NSEC_PER_SEC + 2));
	unlink(path);
	CHECK(!resolv_conf_has(&r, &one, 3 * NSEC_PER_SEC));
	close(fd);
}

static void test_names(void)
{
	struct link_prefix p = { addr("192.0.2.0"), 120 };
	char buf[64];

	route_prefix_name(&p, buf, sizeof(buf));
	CHECK_STR(buf, "192.0.2.0/24");
	p = (struct link_prefix){ { .q = { 0 } }, 0 };
	route_prefix_name(&p, buf, sizeof(buf));
	CHECK_STR(buf, "::/0");
	route_protocol_name(16, buf, sizeof(buf));
	CHECK_STR(buf, "dhcp");
	route_protocol_name(3, buf, sizeof(buf)); /* RTPROT_BOOT */
	CHECK_STR(buf, "");
	route_protocol_name(200, buf, sizeof(buf));
	CHECK_STR(buf, "200");
}

#define TEST(name)                        \
	static void test_##name(void)     \
	{                                 \
		NETLAB_TEST(body_##name); \
	}
TEST(states)
TEST(no_carrier)
TEST(two_tunnels)
TEST(routes)
TEST(claim)
TEST(rules)
TEST(rule_not)
TEST(probed)
TEST(one_cause)
TEST(family)
TEST(family_route)
TEST(resolver)
TEST(many_flows)

UNIT_MAIN("cause", { "states", test_states }, { "no_carrier", test_no_carrier },
	  { "two_tunnels", test_two_tunnels }, { "routes", test_routes }, { "claim", test_claim },
	  { "rules", test_rules }, { "rule_not", test_rule_not }, { "probed", test_probed },
	  { "one_cause", test_one_cause }, { "family", test_family }, { "family_route", test_family_route },
	  { "resolver", test_resolver }, { "many_flows", test_many_flows },
	  { "resolv_conf", test_resolv_conf }, { "resolv_changes", test_resolv_changes },
	  { "names", test_names })
