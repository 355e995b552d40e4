/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tunnels claim is no LAN, for as long as they do. */
#include <stdlib.h>
#include <unistd.h>

#include "linkslab.h"

static const char *claimed(const char *dst)
{
	static char text[64];
	struct la_addr a = netlab_addr(dst);
	struct links_claim c;

	if (!links_claimed(links, &a, &c))
		return "";
	snprintf(text, sizeof(text), "%s/%u", c.tunnel, c.dst.len - ADDR_V4_BITS);
	return text;
}

/* What the tunnel has a route to is not the LAN, for as long as it has it. */
static void body_claims(void)
{
	int fd;

	ip("link add va type veth peer name vb");
	ip("addr add 10.8.0.77/25 dev va");
	ip("addr add 192.168.7.1/24 dev va");
	fd = netlab_tun("tun0", false);
	ip("link set tun0 up");
	open_links();
	news();
	CHECK(onlink("va", "10.8.0.1") && onlink("va", "10.8.0.127") &&
	      onlink("va", "192.168.7.9"));
	/* its own range, of which the LAN's is a part */
	ip("addr add 10.8.0.2/24 dev tun0");
	CHECK_STR(news(), "onlink va");
	CHECK(!onlink("va", "10.8.0.1") && !onlink("va", "10.8.0.127"));
	CHECK(onlink("va", "192.168.7.9") && onlink("va", "255.255.255.255"));
	CHECK_STR(claimed("10.8.0.1"), "tun0/24");
	/* ways to the whole internet are none */
	ip("route add default dev tun0");
	ip("route add 0.0.0.0/1 dev tun0");
	ip("route add 128.0.0.0/1 dev tun0 table 100");
	news();
	CHECK(onlink("va", "192.168.7.9"));
	CHECK_STR(claimed("192.168.7.9"), "");
	/* the same range, in any table */
	ip("route add 192.168.7.0/24 dev tun0 table 100");
	CHECK_STR(news(), "onlink va");
	CHECK(!onlink("va", "192.168.7.9") && !onlink("va", "192.168.7.255"));
	ip("route del 192.168.7.0/24 dev tun0 table 100");
	CHECK_STR(news(), "onlink va");
	CHECK(onlink("va", "192.168.7.9") && onlink("va", "192.168.7.255"));
	/* a part of it: the rest is the LAN's */
	ip("route add 192.168.7.64/26 dev tun0 metric 5");
	ip("route add 192.168.7.9/32 dev tun0");
	news();
	CHECK(!onlink("va", "192.168.7.64") && !onlink("va", "192.168.7.127") &&
	      !onlink("va", "192.168.7.9"));
	CHECK(onlink("va", "192.168.7.8") && onlink("va", "192.168.7.10") &&
	      onlink("va", "192.168.7.63") && onlink("va", "192.168.7.128") &&
	      onlink("va", "192.168.7.255") && onlink("va", "192.168.7.0"));
	ip("addr del 10.8.0.2/24 dev tun0"); /* which takes its routes along, untold */
	news();
	CHECK(onlink("va", "10.8.0.1"));
	close(fd);
	close_links();
}

/* It falls: what it claimed is not the LAN's by that. */
static void body_claims_kept(void)
{
	struct la_addr inside = netlab_addr("10.64.1.1"), outside = netlab_addr("8.8.8.8");
	struct links_claim c;
	int fd;

	ip("link add va type veth peer name vb");
	ip("addr add 10.64.1.77/24 dev va");
	fd = netlab_tun("tun0", false);
	ip("link set tun0 up");
	ip("addr add 10.9.0.2/24 dev tun0");
	ip("route add 10.64.0.0/10 dev tun0");
	open_links();
	news();
	CHECK(!onlink("va", "10.64.1.1") && !links_tunnel_fallen(links, NULL));
	CHECK(links_tunnel_route(links, &inside, 0, &c) && c.dst.len == ADDR_V4_BITS + 10);
	CHECK(!links_tunnel_route(links, &inside, 100, &c) &&
	      !links_tunnel_route(links, &outside, 0, &c));
	ip("link set tun0 down");
	CHECK_STR(news(), "down tun0");
	CHECK(!onlink("va", "10.64.1.1"));
	CHECK(!links_tunnel_route(links, &inside, 0, &c));
	CHECK_STR(links_tunnel_fallen(links, &inside), "tun0");
	CHECK(!links_tunnel_fallen(links, &outside));
	ip("link set tun0 up");
	ip("route add 10.64.0.0/10 dev tun0");
	news();
	close(fd);
	CHECK_STR(news(), "down tun0, gone tun0");
	CHECK(!onlink("va", "10.64.1.1"));
	CHECK_STR(claimed("10.64.1.1"), "tun0/10");
	CHECK_STR(links_tunnel_fallen(links, &inside), "tun0");
	/* one of its name is back, and claims nothing yet */
	fd = netlab_tun("tun0", false);
	CHECK(strstr(news(), "new tun0"));
	CHECK(!onlink("va", "10.64.1.1"));
	ip("link set tun0 up");
	news();
	CHECK(onlink("va", "10.64.1.1") && !links_tunnel_fallen(links, NULL));
	close(fd);
	close_links();
}

static void body_claims_ipv6(void)
{
	int fd;

	ip("link add va type veth peer name vb");
	ip("addr add fd00:8::77/64 dev va nodad");
	fd = netlab_tun("tun0", false);
	ip("link set tun0 up");
	open_links();
	news();
	CHECK(onlink("va", "fd00:8::1") && onlink("va", "fe80::1"));
	ip("-6 route add default dev tun0");
	ip("-6 route add 8000::/1 dev tun0");
	news();
	CHECK(onlink("va", "fd00:8::1") && onlink("va", "fe80::1"));
	ip("-6 route add fd00:8::/48 dev tun0");
	CHECK_STR(news(), "onlink va");
	CHECK(!onlink("va", "fd00:8::1") && onlink("va", "fe80::1"));
	ip("-6 route del fd00:8::/48 dev tun0");
	ip("-6 route add fd00:8::99/128 dev tun0");
	news();
	CHECK(onlink("va", "fd00:8::1") && onlink("va", "fd00:8::98") &&
	      !onlink("va", "fd00:8::99") && onlink("va", "fd00:8::ffff:ffff:ffff:ffff"));
	close(fd);
	close_links();
}

/* A route may name its way out by a number alone. What it leads to then changes without it. */
static void by_nexthop_objects(void)
{
	int fd;

	ip("link add va type veth peer name vb");
	ip("link set va up");
	ip("link set vb up");
	ip("addr add 10.64.1.77/24 dev va");
	fd = netlab_tun("tun0", false);
	ip("link set tun0 up");
	ip("nexthop add id 7 dev tun0");
	ip("nexthop add id 8 dev va");
	open_links();
	news();
	CHECK(onlink("va", "10.64.1.1"));
	ip("route add 10.64.0.0/10 nhid 7");
	CHECK(strstr(news(), "onlink va"));
	CHECK(!onlink("va", "10.64.1.1"));
	ip("nexthop replace id 7 dev va");
	CHECK(strstr(news(), "onlink va"));
	CHECK(onlink("va", "10.64.1.1"));
	ip("nexthop replace id 7 dev tun0");
	news();
	CHECK(!onlink("va", "10.64.1.1"));
	ip("nexthop del id 7"); /* and its routes, untold */
	news();
	CHECK(onlink("va", "10.64.1.1"));
	/* a group, of which one leads into the tunnel */
	ip("nexthop add id 7 dev tun0");
	ip("nexthop add id 9 group 8/7");
	ip("route add 10.64.0.0/10 nhid 9");
	news();
	CHECK(!onlink("va", "10.64.1.1"));
	close_links();
	/* what was there before */
	open_links();
	news();
	CHECK(!onlink("va", "10.64.1.1"));
	close(fd);
	close_links();
}

static bool has_nexthop_objects(void)
{
	return access("/proc/sys/net/ipv4/nexthop_compat_mode", F_OK) == 0;
}

static void body_claims_by_nexthop_objects(void)
{
	if (has_nexthop_objects())
		by_nexthop_objects();
}

static void body_claims_by_nexthop_objects_alone(void)
{
	if (!has_nexthop_objects())
		return;
	CHECK_INT(system("echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode"), 0);
	by_nexthop_objects();
}

TEST(claims)
TEST(claims_kept)
TEST(claims_ipv6)
TEST(claims_by_nexthop_objects)
TEST(claims_by_nexthop_objects_alone)

UNIT_MAIN("links_claims", { "claims", test_claims }, { "kept", test_claims_kept },
	  { "ipv6", test_claims_ipv6 }, { "nexthops", test_claims_by_nexthop_objects },
	  { "nexthops_alone", test_claims_by_nexthop_objects_alone })
