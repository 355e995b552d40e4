/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who carries a tunnel: the process that holds it, and that process's sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlab.h"
#include "policy/policy.h"
#include "host/proc.h"
#include "facts/transport.h"

static struct policy policy;
static struct netns *ns;
static struct links *links;

struct found {
	struct transport_holder holders[8];
	char names[8][IFNAMSIZ];
	size_t n_holders;
	struct la_endpoint eps[16];
	uint32_t marks[16];
	uint16_t sports[16];
	size_t n_eps;
	int limit;
};

static void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
		      const struct link_old *old)
{
	(void)arg, (void)l, (void)link, (void)change, (void)old;
}

static int on_holder(void *arg, const struct link *link, const struct transport_holder *h)
{
	struct found *f = arg;

	f->holders[f->n_holders] = *h;
	snprintf(f->names[f->n_holders++], IFNAMSIZ, "%s", link->name);
	return f->limit && (int)f->n_holders == f->limit ? -ECANCELED : 0;
}

static int on_endpoint(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	struct found *f = arg;

	f->eps[f->n_eps] = *ep;
	f->sports[f->n_eps] = sport;
	f->marks[f->n_eps++] = mark;
	return 0;
}

static void open_links(void)
{
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy, true), on_change, NULL), 0);
}

static void close_links(void)
{
	links_free(links);
	netns_free(ns);
}

static void body_holder(void)
{
	int a = netlab_tun("tun0", false), b = netlab_tun("tun1", false),
	    tap = netlab_tun("tap0", true);
	struct found f = { 0 };
	int copy = dup(a);

	open_links();
	CHECK_INT(transport_holders(links, on_holder, &f), 2);
	CHECK_INT(f.n_holders, 2);
	CHECK_STR(f.names[0], "tun0");
	CHECK_STR(f.names[1], "tun1");
	CHECK_INT(f.holders[0].tgid, getpid());
	CHECK_INT(f.holders[0].same_pidns, proc_is_initial());
	f = (struct found){ .limit = 1 };
	CHECK_INT(transport_holders(links, on_holder, &f), -ECANCELED);
	close(copy);
	close(a);
	close(b);
	close(tap);
	close_links();
}

/* A tun0 of ours is not the tun0 of another namespace. */
static void body_namesake(void)
{
	pid_t pid = netlab_sleeper();
	int a = netlab_tun("tun0", false);
	struct found f = { 0 };
	struct netns *there;

	CHECK(netlab_inside(pid, "ip tuntap add tun0 mode tun"));
	CHECK_INT(netns_open_pid(&there, pid), 0);
	CHECK_INT(links_open(&links, there, policy_roles(&policy, true), on_change, NULL), 0);
	CHECK(links_find_name(links, "tun0"));
	CHECK_INT(transport_holders(links, on_holder, &f), 0);
	links_free(links);
	netns_free(there);
	/* and one that was moved away from its daemon is still the daemon's */
	ip("link set tun0 name tun5");
	ip("link set tun5 netns %d", (int)pid);
	CHECK_INT(netns_open_pid(&there, pid), 0);
	CHECK_INT(links_open(&links, there, policy_roles(&policy, true), on_change, NULL), 0);
	CHECK_INT(transport_holders(links, on_holder, &f), 1);
	CHECK_STR(f.names[0], "tun5");
	links_free(links);
	netns_free(there);
	netlab_end(pid);
	close(a);
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len);
	return cookie;
}

static const struct la_endpoint *endpoint(const struct found *f, int fd, uint32_t *mark)
{
	size_t i;

	for (i = 0; i < f->n_eps; i++) {
		if (f->eps[i].cookie != cookie_of(fd))
			continue;
		*mark = f->marks[i];
		return &f->eps[i];
	}
	return NULL;
}

static void body_sockets(void)
{
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_port = htons(1194),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
				    .sin6_port = htons(443),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct la_addr lo4 = addr_from_4(&four.sin_addr), lo6;
	int tun = netlab_tun("tun0", false), udp = socket(AF_INET, SOCK_DGRAM, 0),
	    loose = socket(AF_INET6, SOCK_DGRAM, 0);
	int listener = socket(AF_INET6, SOCK_STREAM, 0), tcp = socket(AF_INET6, SOCK_STREAM, 0);
	const struct la_endpoint *ep;
	struct found f = { 0 };
	uint32_t mark = 0x1234;

	memcpy(&lo6, &six.sin6_addr, sizeof(lo6));
	CHECK_INT(setsockopt(udp, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)), 0);
	CHECK_INT(connect(udp, (struct sockaddr *)&four, sizeof(four)), 0);
	CHECK_INT(bind(listener, (struct sockaddr *)&six, sizeof(six)), 0);
	CHECK_INT(listen(listener, 1), 0);
	CHECK_INT(connect(tcp, (struct sockaddr *)&six, sizeof(six)), 0);
	six.sin6_port = htons(1195);
	CHECK_INT(bind(loose, (struct sockaddr *)&six, sizeof(six)), 0);

	open_links();
	CHECK_INT(transport_holders(links, on_holder, &f), 1);
	CHECK_INT(transport_sockets(&f.holders[0], ns, on_endpoint, &f), 3);
	ep = endpoint(&f, udp, &mark);
	if (CHECK(ep)) {
		CHECK(addr_equal(&ep->addr, &lo4) && ep->port == 1194 && ep->proto == IPPROTO_UDP);
		CHECK_INT(mark, 0x1234);
	}
	ep = endpoint(&f, tcp, &mark);
	if (CHECK(ep))
		CHECK(addr_equal(&ep->addr, &lo6) && ep->port == 443 && ep->proto == IPPROTO_TCP);
	ep = endpoint(&f, loose, &mark);
	if (CHECK(ep)) {
		CHECK(ep->port == 0 && addr_equal(&ep->addr, &(struct la_addr){ 0 }));
		CHECK_INT(f.sports[ep - f.eps], 1195);
	}
	CHECK(!endpoint(&f, listener, &mark));
	/* another process with this pid */
	f.holders[0].start_ticks++;
	CHECK_INT(transport_sockets(&f.holders[0], ns, on_endpoint, &f), -ESRCH);
	close(tun);
	close(udp);
	close(loose);
	close(tcp);
	close(listener);
	close_links();
}

static void body_kernel(void)
{
	struct link link = { .kind = "ip6tnl",
			     .fixed_remote = true,
			     .remote = { .b = { 0x20, 1 } } };
	struct found f = { 0 };
	int r;

	open_links();
	CHECK_INT(transport_kernel(links, &link, on_endpoint, &f), 2);
	CHECK(f.n_eps == 2 && !f.eps[0].cookie && f.eps[0].proto == IPPROTO_IPV6 &&
	      f.eps[1].proto == IPPROTO_IPIP);
	CHECK(addr_equal(&f.eps[0].addr, &link.remote));
	link.fixed_remote = false;
	CHECK_INT(transport_kernel(links, &link, on_endpoint, &f), 0);
	/* without the module, or with it and no such device */
	link = (struct link){ .kind = "wireguard", .ifindex = 1 };
	r = transport_kernel(links, &link, on_endpoint, &f);
	CHECK(r == -ENOENT || r == -EOPNOTSUPP || r == -ENODEV);
	CHECK_INT(f.n_eps, 2);
	close_links();
}

/* The answer of wireguard-go to "get=1". */
static void test_uapi(void)
{
	char answer[] = "private_key=00\nlisten_port=51820\npublic_key=01\n"
			"endpoint=192.0.2.1:51821\nlast_handshake_time_sec=0\n"
			"public_key=02\nendpoint=[2001:db8::1]:7\npublic_key=03\n"
			"public_key=04\nendpoint=192.0.2.3:0\nendpoint=192.0.2.3\nendpoint=:1\n"
			"endpoint=[]:1\nendpoint=[:1\nendpoint=\nendpoint\nerrno=0\n\n";
	struct found f = { 0 };

	CHECK_INT(transport_uapi_parse(answer, on_endpoint, &f), 2);
	CHECK_INT(f.n_eps, 2);
	CHECK(addr_family(&f.eps[0].addr) == 4 && f.eps[0].port == 51821);
	CHECK(addr_family(&f.eps[1].addr) == 6 && f.eps[1].port == 7);
	CHECK(!f.eps[0].cookie && f.eps[0].proto == IPPROTO_UDP);
}

static void parse(int (*fn)(char *text, transport_endpoint_fn *fn, void *arg), const char *text,
		  struct found *f)
{
	char copy[1024];

	snprintf(copy, sizeof(copy), "%s", text);
	*f = (struct found){ 0 };
	CHECK_INT(fn(copy, on_endpoint, f), f->n_eps);
}

static void check_endpoint(const struct found *f, size_t i, const char *addr, unsigned int port)
{
	struct la_addr a = netlab_addr(addr);

	CHECK(i < f->n_eps && addr_equal(&f->eps[i].addr, &a));
	CHECK_INT(f->eps[i].port, port);
	CHECK(!f->eps[i].cookie && f->eps[i].proto == IPPROTO_UDP);
}

static void test_nebula(void)
{
	struct found f;

	parse(transport_nebula_parse,
	      "pki:\n  ca: 192.0.2.9:1\nstatic_host_map:\n  # \"192.0.2.8:1\"\n"
	      "  \"10.0.0.1\": [\"192.0.2.1:4242\", 'name.example:4242'] # 192.0.2.7:1\n\n"
	      "  10.0.0.2:\n    - 192.0.2.2:4243\n    - \"[2001:db8::1]:4244\"\n"
	      "  \"10.0.0.3\": [192.0.2.3:1,[2001:db8::2]:2]\n"
	      "  \"fd00:1::2:4242\": [192.0.2.4:70000]\n"
	      "lighthouse:\n  hosts: [192.0.2.6:1]\n",
	      &f);
	CHECK_INT(f.n_eps, 5);
	check_endpoint(&f, 0, "192.0.2.1", 4242);
	check_endpoint(&f, 1, "192.0.2.2", 4243);
	check_endpoint(&f, 2, "2001:db8::1", 4244);
	check_endpoint(&f, 3, "192.0.2.3", 1);
	check_endpoint(&f, 4, "2001:db8::2", 2);
	parse(transport_nebula_parse,
	      "static_host_map: { \"10.0.0.1\": [\"192.0.2.1:4242\"] }\r\n192.0.2.2:1\n", &f);
	CHECK_INT(f.n_eps, 1);
	check_endpoint(&f, 0, "192.0.2.1", 4242);
	parse(transport_nebula_parse, "# static_host_map: 192.0.2.1:1\n [\n:\n]:1", &f);
	CHECK_INT(f.n_eps, 0);
}

static void test_tinc(void)
{
	struct found f;

	parse(transport_tinc_parse,
	      "Address = 192.0.2.1\naddress=192.0.2.2 7000\nAddress\t2001:db8::1\r\n"
	      "Address = name.example\nAddresses = 192.0.2.3\nPort = 656\nSubnet = 10.0.0.0/8\n"
	      "Address\nAddress =\n",
	      &f);
	CHECK_INT(f.n_eps, 3);
	check_endpoint(&f, 0, "192.0.2.1", 656);
	check_endpoint(&f, 1, "192.0.2.2", 7000);
	check_endpoint(&f, 2, "2001:db8::1", 656);
	parse(transport_tinc_parse, "Address = 192.0.2.1", &f);
	check_endpoint(&f, 0, "192.0.2.1", 655);
}

/* What is told of IPsec: each change of an association, and nothing where none was. */
static void body_ipsec(void)
{
	struct found f = { 0 };
	struct nl *news = NULL;

	open_links();
	if (!nl_has_protocol(NETLINK_XFRM)) {
		close_links();
		return;
	}
	CHECK(transport_ipsec_changed(&news, ns)); /* nobody has told of the time before */
	CHECK(news);
	CHECK(!transport_ipsec_changed(&news, ns));
	/* without the module esp the kernel takes only one to come, of which it does not tell */
	CHECK(ip("xfrm state allocspi src 192.0.2.1 dst 192.0.2.2 proto esp min 256 max 999 "
		 "> /dev/null"));
	CHECK_INT(transport_ipsec(ns, on_endpoint, &f), 1);
	CHECK_INT(f.eps[0].proto, IPPROTO_ESP);
	CHECK(ip("xfrm state flush"));
	CHECK(transport_ipsec_changed(&news, ns));
	CHECK(!transport_ipsec_changed(&news, ns));
	nl_free(news);
	close_links();
}

#define TEST(name)                        \
	static void test_##name(void)     \
	{                                 \
		NETLAB_TEST(body_##name); \
	}
TEST(holder)
TEST(namesake)
TEST(sockets)
TEST(kernel)
TEST(ipsec)

UNIT_MAIN("transport", { "holder", test_holder }, { "namesake", test_namesake },
	  { "sockets", test_sockets }, { "kernel", test_kernel }, { "ipsec", test_ipsec },
	  { "uapi", test_uapi }, { "nebula", test_nebula }, { "tinc", test_tinc })
