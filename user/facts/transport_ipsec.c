/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the remote addresses to which the kernel encrypts by IPsec. */
#include "transport_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <string.h>

int transport_take_ipsec(void *arg, const struct nlmsghdr *nlh)
{
	const struct nlattr *tb[XFRMA_ENCAP + 1];
	struct la_endpoint ep = { .proto = IPPROTO_ESP };
	struct xfrm_encap_tmpl encap;
	struct xfrm_usersa_info sa;
	struct transport_peers *s = arg;

	if (!nl_msg_attrs(nlh, sizeof(sa), tb, ARRAY_SIZE(tb)))
		return 0;
	memcpy(&sa, mnl_nlmsg_get_payload(nlh), sizeof(sa));
	if (sa.id.proto != IPPROTO_ESP)
		return 0;
	if (sa.family == AF_INET)
		ep.addr = addr_from_4(&sa.id.daddr.a4);
	else
		memcpy(&ep.addr, &sa.id.daddr, sizeof(ep.addr));
	if (tb[XFRMA_ENCAP] && mnl_attr_get_payload_len(tb[XFRMA_ENCAP]) >= sizeof(encap)) {
		memcpy(&encap, mnl_attr_get_payload(tb[XFRMA_ENCAP]), sizeof(encap));
		if (encap.encap_type != UDP_ENCAP_ESPINUDP)
			return 0;
		ep.proto = IPPROTO_UDP;
		ep.port = ntohs(encap.encap_dport);
	}
	s->found++;
	return s->fn(s->arg, &ep, 0, 0);
}

static void read_one(struct nl_items *to, const struct nlmsghdr *nlh, const void *about)
{
	struct transport_peers p = { .fn = transport_put, .arg = to };

	(void)about;
	transport_take_ipsec(&p, nlh);
}

const struct nl_kind transport_ipsec_kind = { .size = sizeof(struct transport_item),
					      .read = read_one,
					      .check = transport_check };

/* Once loaded it stays. */
static bool is_there(void)
{
	static bool there;

	there = there || nl_has_protocol(NETLINK_XFRM);
	return there;
}

bool transport_ipsec_changed(struct nl **news, const struct netns *ns)
{
	if (!is_there())
		return false;
	if (*news)
		return nl_discard(*news);
	nl_open(news, ns, NETLINK_XFRM, 1U << (XFRMNLGRP_SA - 1));
	return true;
}

int transport_ipsec(const struct netns *ns, transport_endpoint_fn *fn, void *arg)
{
	struct transport_peers s = { .fn = fn, .arg = arg };
	_cleanup_(nl_freep) struct nl *nl = NULL;
	struct nl_req req;
	int r;

	if (!is_there())
		return 0;
	r = nl_open(&nl, ns, NETLINK_XFRM, 0);
	if (r == 0)
		r = nl_ask(nl, nl_req_init(&req, XFRM_MSG_GETSA, NLM_F_DUMP), &transport_ipsec_kind,
			   NULL, transport_take, &s);
	/* -EINTR: a change has interrupted the dump; the associations received are valid. */
	return r < 0 && r != -EINTR ? r : s.found;
}
