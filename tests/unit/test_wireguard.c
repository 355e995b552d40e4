/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel says of WireGuard's peers. Few machines that test have the
 * module, so its messages are made here, and the file is included. */
#include "facts/transport_kernel.c"

#include "unit.h"

struct seen {
	struct la_endpoint eps[8];
	uint32_t marks[8];
	size_t n;
};

static int see(void *arg, const struct la_endpoint *ep, uint32_t mark, uint16_t sport)
{
	struct seen *s = arg;

	CHECK_INT(sport, 0);
	if (s->n < ARRAY_SIZE(s->eps)) {
		s->eps[s->n] = *ep;
		s->marks[s->n++] = mark;
	}
	return 0;
}

static void put_peer(struct nlmsghdr *nlh, const void *endpoint, size_t len)
{
	struct nlattr *peer = mnl_attr_nest_start(nlh, 0);

	mnl_attr_put(nlh, WGPEER_A_PUBLIC_KEY, WG_KEY_LEN, "01234567890123456789012345678901");
	if (endpoint)
		mnl_attr_put(nlh, WGPEER_A_ENDPOINT, len, endpoint);
	mnl_attr_nest_end(nlh, peer);
}

static struct nlmsghdr *make(struct nl_req *req, bool first)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(51820) };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(443) };
	struct nlmsghdr *nlh = nl_req_init(req, 0x20, 0);
	struct nlattr *peers;

	put_genl(nlh, WG_CMD_GET_DEVICE, WG_GENL_VERSION);
	four.sin_addr.s_addr = htonl(0xc0000201);
	six.sin6_addr.s6_addr[0] = 0x20;
	if (first)
		mnl_attr_put_u32(nlh, WGDEVICE_A_FWMARK, 0xca6c);
	peers = mnl_attr_nest_start(nlh, WGDEVICE_A_PEERS);
	if (first) {
		put_peer(nlh, &four, sizeof(four));
		put_peer(nlh, NULL, 0); /* has not called yet */
		put_peer(nlh, &four, sizeof(four.sin_family));
		put_peer(nlh, "x", 1);
	}
	put_peer(nlh, &six, sizeof(six));
	mnl_attr_nest_end(nlh, peers);
	return nlh;
}

static void test_peers(void)
{
	struct seen s = { 0 };
	struct transport_peers p = { .fn = see, .arg = &s };
	struct nl_req req;

	CHECK_INT(transport_take_wireguard(&p, make(&req, true)), 0);
	CHECK_INT(transport_take_wireguard(&p, make(&req, false)), 0); /* more peers of the same */
	CHECK_INT(p.found, 3);
	if (!CHECK_INT(s.n, 3))
		return;
	CHECK(addr_family(&s.eps[0].addr) == 4 && s.eps[0].addr.b[15] == 1 &&
	      s.eps[0].port == 51820);
	CHECK(addr_family(&s.eps[1].addr) == 6 && s.eps[1].addr.b[0] == 0x20 &&
	      s.eps[1].port == 443);
	CHECK(s.eps[0].proto == IPPROTO_UDP && !s.eps[0].cookie);
	CHECK(s.marks[0] == 0xca6c && s.marks[2] == 0xca6c);
}

static void test_malformed(void)
{
	struct seen s = { 0 };
	struct transport_peers p = { .fn = see, .arg = &s };
	struct nl_req req;
	struct nlmsghdr *nlh = make(&req, true), *c;
	uint32_t len = nlh->nlmsg_len;
	int i;

	srand(1);
	for (i = 0; i < 100000; i++) {
		c = malloc(len); /* exact, so that one byte too far is seen */
		memcpy(c, nlh, len);
		((uint8_t *)c)[16 + (uint32_t)rand() % (len - 16)] ^= (uint8_t)rand();
		((uint8_t *)c)[16 + (uint32_t)rand() % (len - 16)] = (uint8_t)rand();
		c->nlmsg_len = rand() % 4 ? len : 16 + (uint32_t)rand() % (len - 15);
		transport_take_wireguard(&p, c);
		free(c);
	}
	CHECK(p.found > 0);
}

UNIT_MAIN("wireguard", { "peers", test_peers }, { "malformed", test_malformed })
