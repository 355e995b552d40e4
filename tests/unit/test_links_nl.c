/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of rtnetlink: malformed ones, and scraps that mean nothing. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network/links_nl.h"
#include "netlab.h"

/* Real messages with bytes turned over: anything may come out, but in bounds. */
static void body_malformed(void)
{
	int fd = netlab_tun("tun0", false), len, i, k;
	const struct nlmsghdr *m;
	struct links_nl out;
	struct netns *ns;
	struct nl *nl;

	srand(1);
	ip("link add va type veth peer name vb");
	ip("addr add 192.168.7.1/24 dev va");
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(nl_open(&nl, ns, NETLINK_ROUTE, 0), 0);
	for (k = 0; k < 2; k++) {
		CHECK_INT(k ? links_nl_dump_addrs(nl) : links_nl_dump_links(nl), 0);
		len = nl_recv(nl);
		for (m = (void *)nl->buf; nl_ok(m, len); m = mnl_nlmsg_next(m, &len)) {
			for (i = 0; i < 20000; i++) {
				/* of its exact size, so that ASan sees one byte too far */
				_cleanup_(freep) struct nlmsghdr *c = malloc(m->nlmsg_len);

				memcpy(c, m, m->nlmsg_len);
				c->nlmsg_len =
					(uint32_t)(rand() % 4 ? (int)m->nlmsg_len
							      : 16 + rand() % (int)(m->nlmsg_len -
										    15));
				((uint8_t *)c)[16 + rand() % (int)(m->nlmsg_len - 16)] ^=
					(uint8_t)rand();
				((uint8_t *)c)[16 + rand() % (int)(m->nlmsg_len - 16)] =
					(uint8_t)rand();
				if (c->nlmsg_len > m->nlmsg_len)
					c->nlmsg_len = m->nlmsg_len;
				links_nl_parse(c, &out);
			}
		}
		while (nl_recv(nl) > 0)
			;
	}
	nl_free(nl);
	netns_free(ns);
	close(fd);
}

/* What looks like a change of a link and is none. */
static void test_scraps(void)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	struct links_nl out;

	ifi->ifi_index = 3;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "wlan0");
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_OTHER); /* a wireless event */
	mnl_attr_put_u32(nlh, IFLA_MTU, 1500);
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_LINK);
	CHECK_STR(out.link.name, "wlan0");
	CHECK(!out.link.up && !out.link.kind[0] && !out.link.master);
	nlh->nlmsg_type = RTM_DELLINK;
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_LINK_GONE);
	CHECK_INT(out.link.ifindex, 3);
	ifi->ifi_family = AF_BRIDGE; /* a port that left its bridge */
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_OTHER);
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 3;
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_OTHER);
	nlh->nlmsg_type = RTM_NEWADDR;
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_OTHER);
	nlh->nlmsg_type = RTM_NEWROUTE;
	CHECK_INT(links_nl_parse(nlh, &out), LINKS_MSG_OTHER);
}

/* Values shorter than their type read as zero, strings end. */
static void test_attributes(void)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, RTM_NEWLINK, 0);
	const struct nlattr *tb[4];
	struct la_addr a;
	char s[4];

	mnl_attr_put(nlh, 1, 3, "abc");
	mnl_attr_put(nlh, 2, 0, "");
	mnl_attr_put(nlh, 9, 4, "none");
	mnl_attr_put(nlh, 3, 8, "12345678");
	CHECK(nl_msg_attrs(nlh, 0, tb, ARRAY_SIZE(tb)));
	CHECK(!tb[0] && tb[1] && tb[2] && tb[3]);
	CHECK_INT(nl_u32(tb[1]), 0);
	CHECK_INT(nl_u16(tb[2]), 0);
	CHECK_INT(nl_u8(tb[2]), 0);
	CHECK_INT(nl_u8(tb[0]), 0);
	CHECK_INT(nl_u8(tb[1]), 'a');
	CHECK_INT(nl_addr(tb[3], &a), 0);
	CHECK_INT(nl_addr(tb[0], &a), 0);
	nl_str(tb[3], s, sizeof(s));
	CHECK_STR(s, "123");
	nl_str(tb[2], s, sizeof(s));
	CHECK_STR(s, "");
	nl_str(NULL, s, sizeof(s));
	CHECK_STR(s, "");
	CHECK(!nl_msg_attrs(nlh, 4096, tb, ARRAY_SIZE(tb)));
}

static void test_malformed(void)
{
	NETLAB_TEST(body_malformed);
}

UNIT_MAIN("links_nl", { "malformed", test_malformed }, { "scraps", test_scraps },
	  { "attributes", test_attributes })
