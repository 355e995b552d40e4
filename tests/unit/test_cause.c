/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cause of a leak, from real routes in a namespace of the test's own. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "causelab.h"
#include "network/resolv_conf.h"
#include "network/route.h"

/* Of a new IPv6 address the kernel tells from a worker, a while after "ip" has ended. */
static void until_not(const char *src, const char *dst, const char *before)
{
	struct la_flow f = flow(src, dst);
	int tries = 300;

	while (tries-- && !strcmp(cause(&f), before))
		usleep(10000);
}

static void body_routes(void)
{
	struct la_flow f;

	causelab_begin();
	causelab_tunnel();
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
	causelab_end();
}

/* Who makes the tunnel talks to its server before. */
static void body_login(void)
{
	struct la_flow f;

	causelab_begin();
	f = flow("192.168.7.2", "203.0.113.9");
	f.owner = (struct la_owner){ .tgid = 7, .comm = "openvpn" };
	CHECK_STR(cause(&f), "login");
	f.cls = LA_CLASS_DNS;
	f.detail = LA_DETAIL_DNS_UDP;
	CHECK_STR(cause(&f), "no-tunnel");
	f = flow("192.168.7.2", "203.0.113.9");
	f.owner = (struct la_owner){ .tgid = 7, .comm = "openvpnx" };
	CHECK_STR(cause(&f), "no-tunnel");
	causelab_tunnel();
	memcpy(f.owner.comm, "wireguard-go", sizeof("wireguard-go"));
	CHECK_STR(cause(&f), "bound");
	ip("link set tun0 down");
	CHECK_STR(cause(&f), "login tun0");
	causelab_end();
}

/* Rules that look at the mark, the user and the port lead past the tunnel. */
static void body_rules(void)
{
	struct la_flow f;

	causelab_begin();
	causelab_tunnel();
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
	causelab_end();
}

/* As wg-quick does: a rule leads all into the tunnel but what has its mark. */
static void body_rule_not(void)
{
	struct la_flow f;

	causelab_begin();
	causelab_tunnel();
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
	causelab_end();
}

static void body_family(void)
{
	causelab_begin();
	causelab_tunnel();
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "family");
	ip("-6 route add 3000::/4 dev tun0");
	ip("-6 route add 3001::/16 via 2001:db8:1::1 dev eth0 proto ra");
	CAUSE("2001:db8:1::2", "3001::9", "route 3001::/16 ra");
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "family");
	ip("addr add fd09::2/64 dev tun0 nodad");
	until_not("2001:db8:1::2", "2001:db8:9::9", "family");
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "none"); /* it leads not there */
	ip("-6 route add 2000::/3 dev tun0 metric 50");
	CAUSE("2001:db8:1::2", "2001:db8:9::a", "bound");
	ip("-6 route add 2001:db8:9::/48 via 2001:db8:1::1 dev eth0 proto ra");
	CAUSE("2001:db8:1::2", "2001:db8:9::b", "route 2001:db8:9::/48 ra");
	causelab_end();
}

/* The tunnel has but fe80, and yet the default route. */
static void body_family_route(void)
{
	causelab_begin();
	causelab_tunnel();
	ip("-6 route add default dev tun0 metric 50");
	ip("-6 route add 2001:db8:9::/48 via 2001:db8:1::1 dev eth0 proto static");
	CAUSE("2001:db8:1::2", "2001:db8:9::9", "route 2001:db8:9::/48 static");
	CAUSE("2001:db8:1::2", "2001:db8:a::9", "bound");
	causelab_end();
}

static void body_resolver(void)
{
	struct la_flow f;

	causelab_begin();
	causelab_tunnel();
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
	f.key.daddr = netlab_addr("203.0.113.54");
	CHECK_STR(cause(&f), "route 203.0.113.54/32 dhcp");
	causelab_end();
}

/* Asked for each new flow; how long that takes is only said, since machines differ. */
static void body_many_flows(void)
{
	struct timespec from, to;
	struct la_flow f;
	struct cause c;
	long us;
	int i;

	causelab_begin();
	causelab_tunnel();
	CHECK_INT(links_dispatch(lab_links), 0);
	ip("route add 203.0.0.0/8 via 192.168.7.1 dev eth0");
	f = flow("192.168.7.2", "203.0.113.1");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < 1000; i++) {
		f.key.daddr.b[15] = (uint8_t)i;
		f.key.daddr.b[14] = (uint8_t)(i >> 8);
		cause_of(lab_causes, &f, &c);
		CHECK_INT(c.cause, RECORD_CAUSE_ROUTE);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	us = (to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000;
	printf("# %ld us for 1000 causes\n", us);
	causelab_end();
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
		a = netlab_addr("192.0.2.53");
		CHECK(addr_equal(&v[0], &a));
		a = netlab_addr("2001:db8::53");
		CHECK(addr_equal(&v[1], &a));
		a = netlab_addr("fe80::1");
		CHECK(addr_equal(&v[2], &a));
		a = netlab_addr("192.0.2.56");
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
	struct la_addr one = netlab_addr("192.0.2.1"), two = netlab_addr("192.0.2.2");
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
	struct link_prefix p = { netlab_addr("192.0.2.0"), 120 };
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

TEST(routes)
TEST(login)
TEST(rules)
TEST(rule_not)
TEST(family)
TEST(family_route)
TEST(resolver)
TEST(many_flows)

UNIT_MAIN("cause", { "routes", test_routes }, { "login", test_login }, { "rules", test_rules },
	  { "rule_not", test_rule_not }, { "family", test_family },
	  { "family_route", test_family_route }, { "resolver", test_resolver },
	  { "many_flows", test_many_flows }, { "resolv_conf", test_resolv_conf },
	  { "resolv_changes", test_resolv_changes }, { "names", test_names })
