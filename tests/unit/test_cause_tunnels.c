/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The causes that a tunnel is: that fell, that claims a range, whose address is asked for. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "causelab.h"

static void body_states(void)
{
	causelab_begin();
	CAUSE("192.168.7.2", "203.0.113.9", "no-tunnel");
	causelab_tunnel();
	CAUSE("10.9.0.2", "203.0.113.9", "bound"); /* it is up: nothing has fallen */
	close(lab_tun);
	lab_tun = -1;
	CAUSE("192.168.7.2", "203.0.113.9", "tunnel-down tun0");
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-address");
	/* the ISP hands out the same address: no sign any more */
	ip("addr add 10.9.0.2/24 dev eth0");
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-down tun0");
	causelab_end();
}

/* It is there, and nobody has ever carried it. */
static void body_no_carrier(void)
{
	causelab_begin();
	ip("tuntap add tun0 mode tun");
	ip("link set tun0 up");
	ip("addr add 10.9.0.2/24 dev tun0");
	CAUSE("192.168.7.2", "203.0.113.9", "tunnel-down tun0");
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-down tun0"); /* it has not fallen */
	ip("link del tun0");
	CAUSE("192.168.7.2", "203.0.113.9", "no-tunnel");
	causelab_end();
}

/* A second tunnel with a network of its own does not stand in for the one that fell. */
static void body_two_tunnels(void)
{
	int second;

	causelab_begin();
	causelab_tunnel();
	second = netlab_tun("ts0", false);
	ip("link set ts0 up");
	ip("addr add 100.100.1.1/32 dev ts0");
	ip("route add 100.64.0.0/10 dev ts0");
	CAUSE("192.168.7.2", "203.0.113.9", "bound");
	close(lab_tun);
	lab_tun = -1;
	CAUSE("192.168.7.2", "203.0.113.9", "tunnel-down tun0");
	CAUSE("192.168.7.2", "100.64.9.9", "bound"); /* it still leads there */
	CAUSE("10.9.0.2", "203.0.113.9", "tunnel-address");
	/* one that has led elsewhere has nothing to do with it */
	causelab_tunnel();
	close(second);
	ip("route del default dev tun0");
	CAUSE("192.168.7.2", "203.0.113.9", "none");
	CAUSE("192.168.7.2", "100.64.9.9", "tunnel-down ts0");
	causelab_end();
}

/* The link has a range of the tunnel's. */
static void body_claim(void)
{
	causelab_begin();
	causelab_tunnel();
	ip("addr add 10.9.0.77/25 dev eth0 noprefixroute");
	ip("route add 10.9.0.0/25 dev eth0 proto kernel");
	CAUSE("10.9.0.77", "10.9.0.1", "route 10.9.0.0/25 kernel tun0 10.9.0.0/24");
	CAUSE("10.9.0.2", "10.9.0.1", "route 10.9.0.0/25 kernel tun0 10.9.0.0/24");
	ip("route add 192.168.7.0/24 dev tun0 metric 50");
	CAUSE("192.168.7.2", "192.168.7.9", "route 192.168.7.0/24 kernel tun0 192.168.7.0/24");
	causelab_end();
}

/* A neighbour asks for the tunnel's address, and is answered. */
static void body_probed(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	socklen_t len = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct la_flow f;

	causelab_begin();
	causelab_tunnel();
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
	f.key.saddr = netlab_addr("192.168.7.2"); /* by the address that is meant for it */
	CHECK_STR(cause(&f), "route 192.168.7.0/24 kernel");
	/* the world does not ask there */
	f = flow("10.9.0.2", "203.0.113.9");
	f.attribution = LA_ATTR_KERNEL;
	ip("route add 203.0.113.0/24 via 192.168.7.1 dev eth0 proto dhcp");
	CHECK_STR(cause(&f), "route 203.0.113.0/24 dhcp");
	f = flow("10.9.0.2", "198.51.100.9");
	f.attribution = LA_ATTR_KERNEL;
	f.key.proto = IPPROTO_UDP; /* a copy of what goes into the tunnel */
	CHECK_STR(cause(&f), "none");
	f.key.proto = IPPROTO_TCP;
	f.first = 0x02; /* SYN */
	CHECK_STR(cause(&f), "none");
	f.first = 0x12; /* SYN, ACK */
	CHECK_STR(cause(&f), "tunnel-probed");
	f.key.proto = IPPROTO_ICMP; /* it has come in from there */
	f.first = 0;
	CHECK_STR(cause(&f), "tunnel-probed");
	close(fd);
	causelab_end();
}

/* Whoever has made a connection's packets, it has one cause until a tunnel changes. */
static void body_one_cause(void)
{
	struct la_flow f;

	causelab_begin();
	causelab_tunnel();
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
	causelab_end();
}

TEST(states)
TEST(no_carrier)
TEST(two_tunnels)
TEST(claim)
TEST(probed)
TEST(one_cause)

UNIT_MAIN("cause_tunnels", { "states", test_states }, { "no_carrier", test_no_carrier },
	  { "two_tunnels", test_two_tunnels }, { "claim", test_claim }, { "probed", test_probed },
	  { "one_cause", test_one_cause })
