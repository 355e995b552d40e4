/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of links against real interfaces: what the callbacks say, and that
 * the table is true after each change. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "linkslab.h"

/* Carrier is told when the kernel gets round to it, within a second or so. */
static bool wait_for(const char *what)
{
	struct pollfd p = { .fd = links_fd(links), .events = POLLIN };

	while (!strstr(said, what)) {
		if (poll(&p, 1, 5000) != 1) {
			printf("# waited for '%s', got '%s'\n", what, said);
			return false;
		}
		CHECK_INT(links_dispatch(links), 0);
	}
	said[0] = '\0';
	return true;
}

static void body_start(void)
{
	const struct link *lo;

	open_links();
	CHECK_STR(news(), "new lo, up lo");
	lo = links_find_name(links, "lo");
	CHECK(lo && lo->ifindex == 1 && lo->role == LA_ROLE_LOOPBACK && lo->l2_len == 14 &&
	      lo->n_onlink == 0);
	CHECK(!link_wants_tc(lo));
	CHECK(links_find(links, 99) == NULL && links_find_name(links, "eth9") == NULL);
	CHECK_INT(links_tunnels_up(links), 0);
	close_links();
}

static void body_veth(void)
{
	open_links();
	news();
	ip("link add va type veth peer name vb");
	CHECK_STR(news(), "new vb, new va");
	ip("link set va up");
	CHECK_STR(news(), "");
	ip("link set vb up");
	CHECK(wait_for("up vb"));
	if (!links_find_name(links, "va")->up)
		CHECK(wait_for("up va"));
	CHECK(links_find_name(links, "va")->up && links_find_name(links, "vb")->up);
	CHECK(link_wants_tc(links_find_name(links, "va")));
	CHECK(!links_find_name(links, "va")->peer_elsewhere);
	CHECK_INT(links_find_name(links, "va")->lower, links_find_name(links, "vb")->ifindex);
	CHECK_INT(links_find_name(links, "vb")->lower, links_find_name(links, "va")->ifindex);
	news();
	ip("link set va down");
	CHECK(strstr(news(), "down va"));
	ip("link set va name vc");
	CHECK(wait_for("renamed vc was va"));
	ip("link set vc up");
	CHECK(wait_for("up vc"));
	ip("link del vc");
	CHECK(wait_for("gone vc"));
	CHECK(links_find_name(links, "vb") == NULL);
	close_links();
}

static void body_onlink(void)
{
	ip("link add va type veth peer name vb");
	open_links();
	news();
	/* on every exposed link */
	CHECK(onlink("va", "224.0.0.251") && onlink("va", "239.255.255.250") &&
	      onlink("va", "255.255.255.255"));
	CHECK(onlink("va", "fe80::1") && onlink("va", "ff02::fb") && onlink("va", "ff05::2") &&
	      onlink("va", "ff12::8384"));
	CHECK(!onlink("va", "232.1.1.1") && !onlink("va", "ff0e::1") && !onlink("va", "ff08::1"));
	CHECK(!onlink("va", "192.168.7.9") && !onlink("va", "::") && !onlink("va", "0.0.0.0"));

	ip("addr add 192.168.7.1/24 dev va");
	CHECK_STR(news(), "onlink va");
	CHECK(onlink("va", "192.168.7.9") && !onlink("va", "192.168.8.9") &&
	      !onlink("vb", "192.168.7.9"));
	/* public, documentation and the ISP's: never, but the broadcast */
	ip("addr add 192.0.2.1/24 dev va");
	ip("addr add 8.8.8.1/24 dev va");
	ip("addr add 100.64.0.1/10 dev va");
	ip("addr add 2001:db8::1/64 dev va");
	news();
	CHECK(!onlink("va", "192.0.2.9") && !onlink("va", "8.8.8.8") &&
	      !onlink("va", "100.64.0.9"));
	CHECK(!onlink("va", "2001:db8::9"));
	CHECK(onlink("va", "192.0.2.255") && onlink("va", "8.8.8.255"));
	/* wider than the private range: clipped */
	ip("addr add 10.0.0.1/4 dev va");
	ip("addr add fd00:1::1/8 dev va");
	ip("addr add 172.16.0.1/1 dev va");
	CHECK(strstr(news(), "onlink va"));
	CHECK(onlink("va", "10.255.0.1") && !onlink("va", "11.0.0.1") && !onlink("va", "9.0.0.1"));
	CHECK(onlink("va", "fdff::1") && !onlink("va", "2000::1"));
	CHECK(onlink("va", "172.31.0.1") && !onlink("va", "172.32.0.1"));
	/* a far end of a point-to-point address */
	ip("addr add 192.168.9.1 peer 192.168.10.1/32 dev va");
	news();
	CHECK(onlink("va", "192.168.10.1") && !onlink("va", "192.168.9.1"));
	ip("addr del 192.168.7.1/24 dev va");
	CHECK_STR(news(), "onlink va");
	CHECK(!onlink("va", "192.168.7.9"));
	close_links();
}

static void body_tunnel(void)
{
	struct la_addr a = netlab_addr("10.9.0.2");
	uint32_t first;
	int fd;

	ip("link add va type veth peer name vb");
	open_links();
	news();
	fd = netlab_tun("tun0", false);
	CHECK_STR(news(), "new tun0");
	CHECK_INT(links_find_name(links, "tun0")->role, LA_ROLE_TUNNEL);
	CHECK_INT(links_find_name(links, "tun0")->tun, LINK_TUN_TUN);
	CHECK_INT(links_find_name(links, "tun0")->l2_len, 0);
	CHECK(!links_tunnels_up(links));
	CHECK_STR(links_tunnel_fallen(links, NULL), "tun0"); /* it has never been up */
	first = links_find_name(links, "tun0")->ifindex;
	ip("link set tun0 up");
	CHECK_STR(news(), "up tun0");
	CHECK_INT(links_tunnels_up(links), 1);
	CHECK_INT(links_tunnel_families(links), 0); /* fe80 is no use */
	ip("addr add 10.9.0.2/24 dev tun0");
	CHECK_STR(news(), "");
	CHECK_INT(links_tunnel_families(links), LINK_FAMILY_4);
	CHECK_INT(links_tunnel_address(links, &a), LINKS_TUNNEL_UP);
	ip("addr add fd00::2/64 dev tun0");
	news();
	CHECK_INT(links_tunnel_families(links), LINK_FAMILY_4 | LINK_FAMILY_6);
	/* its daemon dies */
	close(fd);
	CHECK_STR(news(), "down tun0, gone tun0");
	CHECK(!links_tunnels_up(links));
	CHECK_STR(links_tunnel_fallen(links, NULL), "tun0");
	CHECK_INT(links_tunnel_families(links), 0);
	CHECK_INT(links_tunnel_address(links, &a), LINKS_TUNNEL_FALLEN);
	/* back under its name, which is all that is the same */
	fd = netlab_tun("tun0", false);
	ip("link set tun0 up");
	CHECK_STR(news(), "new tun0, up tun0");
	CHECK(links_find_name(links, "tun0")->ifindex != first);
	CHECK_INT(links_tunnels_up(links), 1);
	ip("addr add 10.9.0.2/24 dev va");
	CHECK_STR(news(), "onlink va");
	CHECK(!links_tunnel_address(links, &a)); /* another's now */
	close(fd);
	close_links();
}

static void body_persistent(void)
{
	int fd;

	open_links();
	news();
	fd = netlab_tun("tun0", false);
	CHECK_INT(ioctl(fd, TUNSETPERSIST, 1), 0);
	ip("link set tun0 up");
	CHECK_STR(news(), "new tun0, up tun0");
	close(fd);
	CHECK(wait_for("down tun0")); /* no daemon, no carrier */
	fd = netlab_tun("tun0", false);
	CHECK(wait_for("up tun0"));
	ip("link set tun0 down");
	CHECK_STR(news(), "down tun0");
	ip("link del tun0");
	CHECK_STR(news(), "gone tun0");
	close(fd);
	close_links();
}

static void body_named(void)
{
	struct fault f;
	int vpn, other, tap;

	policy_add_tunnel(&policy, "vpn*", &f);
	open_links();
	news();
	vpn = netlab_tun("vpn0", false);
	other = netlab_tun("tun7", false);
	tap = netlab_tun("tap7", true);
	CHECK_STR(news(), "new vpn0, new tun7, new tap7");
	CHECK_INT(links_find_name(links, "vpn0")->role, LA_ROLE_TUNNEL);
	CHECK_INT(links_find_name(links, "tun7")->role, LA_ROLE_EXPOSED);
	CHECK_INT(links_find_name(links, "tap7")->tun, LINK_TUN_TAP);
	CHECK_INT(links_find_name(links, "tap7")->l2_len, 14);
	/* a name makes a tunnel, and unmakes one */
	ip("link set tap7 name vpn7");
	CHECK_STR(news(), "renamed vpn7 was tap7, role vpn7 was 0, place vpn7, onlink vpn7");
	CHECK_INT(links_find_name(links, "vpn7")->role, LA_ROLE_TUNNEL);
	CHECK_INT(links_find_name(links, "vpn7")->n_onlink, 0);
	ip("link set vpn0 name tun0");
	CHECK_STR(news(), "renamed tun0 was vpn0, role tun0 was 1, place tun0, onlink tun0");
	close(vpn);
	close(other);
	close(tap);
	close_links();
}

static void body_bridge(void)
{
	pid_t pid = netlab_sleeper();

	open_links();
	ip("link add va type veth peer name vb");
	ip("link set vb netns %d", (int)pid);
	ip("link add br0 type bridge");
	ip("addr add 192.168.7.1/24 dev br0");
	news();
	news();
	CHECK(!link_wants_tc(links_find_name(links, "br0")));
	CHECK(links_find_name(links, "va")->peer_elsewhere);
	CHECK(link_wants_tc(links_find_name(links, "va"))); /* the way out of a container */
	ip("link set va master br0");
	CHECK_STR(news(), "place va, onlink va");
	CHECK(!link_wants_tc(links_find_name(links, "va"))); /* the way into one */
	CHECK(onlink("va", "192.168.7.9")); /* inherited */
	ip("addr add 192.168.8.1/24 dev br0");
	CHECK_STR(news(), "onlink va, onlink br0");
	CHECK(onlink("va", "192.168.8.9"));
	/* "deleted", says the bridge, and means that the port is its no more */
	ip("link set va nomaster");
	CHECK_STR(news(), "place va, onlink va");
	CHECK(!onlink("va", "192.168.7.9"));
	ip("link set va netns %d", (int)pid);
	CHECK_STR(news(), "gone va");
	netlab_end(pid);
	close_links();
}

static void body_elsewhere(void)
{
	pid_t pid = netlab_sleeper();
	struct netns *home, *there, *now;

	ip("link add va type veth peer name vb");
	ip("link set vb netns %d", (int)pid);
	CHECK_INT(netns_open_self(&home), 0);
	CHECK_INT(netns_open_pid(&there, pid), 0);
	CHECK(home->cookie != there->cookie || !home->cookie);
	CHECK(!netns_equal(home, there));
	CHECK_INT(links_open(&links, there, policy_roles(&policy, true), on_change, &policy), 0);
	CHECK(links_find_name(links, "vb") && !links_find_name(links, "va"));
	CHECK_INT(netns_open_self(&now), 0);
	CHECK(netns_equal(home, now));
	said[0] = '\0';
	ip("link del va");
	CHECK_STR(news(), "gone vb");
	CHECK_INT(netns_open_pid(&(struct netns *){ NULL }, 0x7ffffffe), -ENOENT);
	netns_free(now);
	links_free(links);
	/* the table's socket held it as long as the handle does */
	netlab_end(pid);
	CHECK_INT(links_open(&links, there, policy_roles(&policy, true), on_change, &policy), 0);
	links_free(links);
	netns_free(there);
	netns_free(home);
}

/* An end that moves is not told of to the end that stays. */
static void body_moving(void)
{
	pid_t pid = netlab_sleeper();

	open_links();
	ip("link add va type veth peer name vb");
	news();
	CHECK(!links_find_name(links, "va")->peer_elsewhere);
	ip("link set vb netns %d", (int)pid);
	CHECK_STR(news(), "gone vb");
	news();
	CHECK(links_find_name(links, "va")->peer_elsewhere);
	CHECK(netlab_inside(pid, "ip link set vb netns %d", (int)getpid()));
	CHECK_STR(news(), "new vb");
	news();
	CHECK(!links_find_name(links, "va")->peer_elsewhere &&
	      !links_find_name(links, "vb")->peer_elsewhere);
	CHECK_INT(links_find_name(links, "va")->lower, links_find_name(links, "vb")->ifindex);
	ip("link del va");
	news();
	CHECK(!links_find_name(links, "va") && !links_find_name(links, "vb"));
	netlab_end(pid);
	close_links();
}

/* More changes than fit the socket: dumped again, and what is true is said. */
static void body_overrun(void)
{
	int i, tiny = 1, fd = netlab_tun("tun0", false);

	ip("link set tun0 up");
	ip("link add va type veth peer name vb");
	ip("link add vx type veth peer name vy");
	open_links();
	news();
	CHECK_INT(setsockopt(links_fd(links), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
	for (i = 0; i < 60; i++) {
		ip("link set vb mtu %d", 1400 + i);
		ip("link set vy mtu %d", 1400 + i);
	}
	/* none of these fits any more */
	close(fd);
	ip("link set va name vc");
	ip("addr add 192.168.7.1/24 dev vc");
	ip("link add vn type veth peer name vm");
	ip("link del vx");
	tiny = 1 << 20;
	CHECK_INT(setsockopt(links_fd(links), SOL_SOCKET, SO_RCVBUFFORCE, &tiny, sizeof(tiny)), 0);
	CHECK_INT(links_resyncs(links), 0);
	CHECK_STR(news(), "down tun0, gone tun0, gone vy, gone vx, renamed vc was va, onlink vc, "
			  "new vm, new vn");
	CHECK_INT(links_resyncs(links), 1);
	CHECK(links_tunnel_fallen(links, NULL) && !links_tunnels_up(links));
	CHECK(onlink("vc", "192.168.7.9"));
	ip("link del vn");
	CHECK(strstr(news(), "gone vn"));
	CHECK_INT(links_resyncs(links), 1);
	close_links();
}

TEST(start)
TEST(veth)
TEST(onlink)
TEST(tunnel)
TEST(persistent)
TEST(named)
TEST(bridge)
TEST(elsewhere)
TEST(moving)
TEST(overrun)

UNIT_MAIN("links", { "start", test_start }, { "veth", test_veth }, { "onlink", test_onlink },
	  { "tunnel", test_tunnel }, { "persistent", test_persistent }, { "named", test_named },
	  { "bridge", test_bridge }, { "elsewhere", test_elsewhere }, { "moving", test_moving },
	  { "overrun", test_overrun })
