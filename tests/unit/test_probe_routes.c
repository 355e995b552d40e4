/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which routes lead past the tunnel, and which of them to the tunnel's own server. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlab.h"
#include "policy/policy.h"
#include "leaktest/routes.h"
#include "leaktest/servers.h"

static struct policy policy;
static struct netns *ns;
static struct links *links;
static pid_t far;
static int tun;

/* eth0 on a LAN, a tunnel with the default route. */
static void lab_begin(void)
{
	far = netlab_sleeper();
	tun = netlab_tun("tun0", false);
	ip("link add eth0 type veth peer name far netns %d", (int)far);
	netlab_inside(far, "ip link set far up");
	ip("link set eth0 up");
	ip("link set tun0 up");
	ip("addr add 192.168.7.10/24 dev eth0");
	ip("addr add 10.8.0.2/24 dev tun0");
	ip("route add default dev tun0");
	CHECK_INT(netns_open_self(&ns), 0);
}

static void lab_end(void)
{
	links_free(links);
	netns_free(ns);
	close(tun);
	netlab_end(far);
}

static void look(void)
{
	links_free(links);
	links = NULL;
	CHECK_INT(links_open(&links, ns, policy_roles(&policy, true), NULL, NULL), 0);
}

static const struct probe_kind *kind(void)
{
	size_t i;

	for (i = 0; probe_kinds[i].aim != PROBE_TO_ROUTES; i++)
		;
	return &probe_kinds[i];
}

/* The routes that get probes, a word each; every probe goes to where its route leads. */
static const char *planned(unsigned int family, bool lan_leaks)
{
	static char names[2048];
	struct probe_plan_config cfg;
	struct probe_plan plan = { 0 };
	struct text t;
	size_t i;

	look();
	probe_plan_defaults(&cfg);
	cfg.lan_leaks = lan_leaks;
	CHECK_INT(probe_routes_plan(&plan, &cfg, links, kind(), family), 0);
	CHECK_INT(plan.routes_left, 0);
	text_init(&t, names, sizeof(names));
	for (i = 0; i < plan.n; i++) {
		text_add(&t, "%s", i ? "; " : "");
		probe_route_name(&t, &plan.v[i].route);
		CHECK(prefix_has(&plan.v[i].route.dst, &plan.v[i].to));
		CHECK_STR(plan.v[i].ifname, "eth0");
	}
	probe_plan_free(&plan);
	return names;
}

static void body_kept(void)
{
	lab_begin();
	ip("route add 0.0.0.0/1 via 192.168.7.1 proto dhcp");
	ip("route add 0.0.0.0/1 via 192.168.7.2 metric 9"); /* which nothing takes */
	ip("route add 64.0.0.0/4 nexthop via 192.168.7.1 nexthop via 192.168.7.2");
	ip("route add 80.0.0.0/5 via inet6 fe80::1 dev eth0 proto static");
	ip("route add 112.0.0.0/31 via 192.168.7.1");
	ip("route add 112.0.0.9 via 192.168.7.1");
	ip("route add 192.168.0.0/16 via 192.168.7.1"); /* more than the LAN has */
	ip("route add 198.18.0.0/30 dev eth0 table 77");
	ip("rule add lookup 77");
	ip("route add 112.0.0.9 via 192.168.7.2 table 77"); /* before the main one's */
	ip("route add 113.0.0.9 via 192.168.7.1");
	ip("route add 113.0.0.9 via 192.168.7.2 table 253"); /* after it */
	ip("route add 120.0.0.0/7 via 192.168.7.1"); /* each half has its own */
	ip("route add 120.0.0.0/8 via 192.168.7.1");
	ip("route add 121.0.0.0/8 via 192.168.7.1");
	CHECK_STR(planned(4, false),
		  "0.0.0.0/1 via 192.168.7.1 (dhcp); 64.0.0.0/4 via 192.168.7.1; "
		  "80.0.0.0/5 via fe80::1 (static); 120.0.0.0/8 via 192.168.7.1; "
		  "121.0.0.0/8 via 192.168.7.1; 192.168.0.0/16 via 192.168.7.1; "
		  "198.18.0.0/30 (table 77); 112.0.0.0/31 via 192.168.7.1; "
		  "112.0.0.9/32 via 192.168.7.2 (table 77); "
		  "113.0.0.9/32 via 192.168.7.1");
	lab_end();
}

static void body_left_out(void)
{
	lab_begin();
	ip("route add 104.0.0.0/5 dev eth0 metric 50");
	ip("route add 104.0.0.0/5 dev tun0 metric 10"); /* better */
	ip("route add 64.0.0.0/3 dev eth0");
	ip("route add 64.0.0.0/4 dev tun0"); /* all of it is covered, */
	ip("route add 80.0.0.0/5 dev tun0");
	ip("route add unreachable 88.0.0.0/5"); /* by no way out, too */
	ip("route add throw 120.0.0.0/8");
	ip("route add blackhole 121.0.0.0/8");
	ip("route add 224.0.0.0/4 dev eth0");
	ip("route add 32.0.0.0/4 dev eth0 table 78"); /* no rule leads there, */
	ip("route add 48.0.0.0/4 dev eth0 table 79"); /* none that a probe follows */
	ip("rule add fwmark 7 lookup 79");
	CHECK_STR(planned(4, false), "");
	CHECK_STR(planned(4, true), "192.168.7.0/24 (kernel)");
	lab_end();
}

/* The kernel may name the nexthop's number alone. */
static void body_nexthops(void)
{
	lab_begin();
	if (system("ip nexthop add id 5 via 192.168.7.1 dev eth0 2>/dev/null")) {
		printf("# no nexthop objects\n");
	} else {
		CHECK_INT(system("echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode"), 0);
		ip("route add 96.0.0.0/5 nhid 5");
		ip("nexthop add id 6 dev tun0");
		ip("route add 104.0.0.0/5 nhid 6");
		CHECK_STR(planned(4, false), "96.0.0.0/5");
	}
	lab_end();
}

static void body_ipv6(void)
{
	lab_begin();
	ip("-6 addr add fd00:7::10/64 dev eth0 nodad");
	ip("-6 addr add fd00:8::2/64 dev tun0 nodad");
	ip("-6 route add default dev tun0 metric 1");
	ip("-6 route add 2000::/4 via fd00:7::1 proto ra");
	ip("-6 route add 2000::/4 dev eth0 metric 9999");
	ip("-6 route add 3000::/4 nexthop via fd00:7::1 nexthop via fd00:7::2");
	ip("-6 route add ff05::/16 dev eth0");
	ip("-6 route add unreachable 2001:db8::/32");
	CHECK_STR(planned(6, false), "2000::/4 via fd00:7::1 (ra); 3000::/4 via fd00:7::1");
	lab_end();
}

/* --- the tunnel's server --- */

static struct sockaddr_in endpoint(const char *host, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	inet_pton(AF_INET, host, &a.sin_addr);
	return a;
}

static bool has(struct probe_servers *s, const char *host)
{
	struct la_addr a;

	addr_parse(host, &a);
	return probe_servers_has(s, &a);
}

static void tell(int fd, const char *host, uint16_t port)
{
	struct sockaddr_in to = endpoint(host, port);

	ip("neigh replace %s lladdr 02:00:00:00:00:01 dev eth0", host);
	CHECK_INT(sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
}

/* We hold tun0: all our sockets are its daemon's. */
static void body_servers(void)
{
	int connected = socket(AF_INET, SOCK_DGRAM, 0), loose = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in to = endpoint("192.168.7.21", 1194), any = endpoint("0.0.0.0", 1195);
	struct probe_servers *s;

	lab_begin();
	CHECK_INT(connect(connected, (struct sockaddr *)&to, sizeof(to)), 0);
	CHECK_INT(probe_servers_open(&s), 0);
	look();
	probe_servers_look(s, links);
	CHECK(has(s, "192.168.7.21"));
	CHECK(!has(s, "192.168.7.22"));

	CHECK_INT(bind(loose, (struct sockaddr *)&any, sizeof(any)), 0);
	probe_servers_look(s, links);
	tell(loose, "192.168.7.23", 53); /* a question to a resolver */
	tell(loose, "192.168.7.22", 1194);
	CHECK(has(s, "192.168.7.22"));
	CHECK(!has(s, "192.168.7.23"));
	/* when its daemon is no more */
	close(loose);
	close(connected);
	probe_servers_look(s, links);
	CHECK(has(s, "192.168.7.21") && has(s, "192.168.7.22"));
	probe_servers_free(s);
	lab_end();
}

/* Other processes' packets, and what is forwarded, say nothing. */
static void body_strangers(void)
{
	int loose, other = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in any = endpoint("0.0.0.0", 1195);
	struct probe_servers *s;

	lab_begin();
	CHECK_INT(probe_servers_open(&s), 0);
	loose = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_INT(bind(loose, (struct sockaddr *)&any, sizeof(any)), 0);
	look();
	probe_servers_look(s, links);
	/* from a port that was no daemon's when it was looked for */
	tell(other, "192.168.7.24", 1194);
	CHECK(!has(s, "192.168.7.24"));
	/* from that port, but of another machine */
	ip("addr add 192.168.7.99/24 dev eth0");
	any = endpoint("192.168.7.99", 1195);
	close(loose);
	loose = socket(AF_INET, SOCK_DGRAM, 0);
	CHECK_INT(bind(loose, (struct sockaddr *)&any, sizeof(any)), 0);
	tell(loose, "192.168.7.25", 1194);
	CHECK(!has(s, "192.168.7.25"));
	close(loose);
	close(other);
	probe_servers_free(s);
	lab_end();
}

#define NETLAB_ROW(what)                  \
	static void test_##what(void)     \
	{                                 \
		NETLAB_TEST(body_##what); \
	}

NETLAB_ROW(kept)
NETLAB_ROW(left_out)
NETLAB_ROW(nexthops)
NETLAB_ROW(ipv6)
NETLAB_ROW(servers)
NETLAB_ROW(strangers)

UNIT_MAIN("probe_routes", { "kept", test_kept }, { "left_out", test_left_out },
	  { "nexthops", test_nexthops }, { "ipv6", test_ipv6 }, { "servers", test_servers },
	  { "strangers", test_strangers })
