/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sock_diag.h"

#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

static bool parse_one(const struct nlmsghdr *nlh, const void *about, void *ret)
{
	const struct nlattr *tb[INET_DIAG_MARK + 1];
	struct sock_diag_item *item = ret;

	(void)about;
	if (!nl_msg_attrs(nlh, sizeof(item->msg), tb, ARRAY_SIZE(tb)))
		return false;
	memcpy(&item->msg, mnl_nlmsg_get_payload(nlh), sizeof(item->msg));
	item->mark = nl_u32(tb[INET_DIAG_MARK]);
	return true;
}

const struct nl_kind sock_diag_kind = { .size = sizeof(struct sock_diag_item), .parse = parse_one };

/* A condition of the kernel's: where it does not hold, the end is jumped over. */
struct at_addr {
	struct inet_diag_bc_op op;
	struct {
		uint8_t family, prefix;
		int32_t port; /* -1: any */
		uint32_t addr;
	} host; /* struct inet_diag_hostcond */
};

static void ask_for_addr(struct nlmsghdr *nlh, uint32_t addr)
{
	const struct at_addr at = {
		.op = { INET_DIAG_BC_S_COND, sizeof(at), sizeof(at) + sizeof(at.op) },
		.host = { AF_INET, 32, -1, addr },
	};

	mnl_attr_put(nlh, INET_DIAG_REQ_BYTECODE, sizeof(at), &at);
}

int sock_diag_each(struct nl *nl, const struct sock_diag_wish *w, nl_item_fn *fn, void *arg)
{
	struct nl_req req;
	struct nlmsghdr *nlh = nl_req_init(&req, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	struct inet_diag_req_v2 *q = mnl_nlmsg_put_extra_header(nlh, sizeof(*q));

	q->sdiag_family = w->family;
	q->sdiag_protocol = w->proto;
	q->idiag_states = w->states;
	q->id.idiag_sport = w->port;
	if (w->addr)
		ask_for_addr(nlh, w->addr);
	return nl_ask(nl, nlh, &sock_diag_kind, NULL, fn, arg);
}
