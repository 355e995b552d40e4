/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/*
 * Has room for some thousand changes, so that a burst (a container host that restarts) seldom makes
 * us read everything again. The kernel charges only what is used.
 */
#define RCVBUF (1 << 20)

bool nl_has_protocol(int protocol)
{
	/* The kernel's own sockets are listed like others. */
	FILE *f = fopen("/proc/thread-self/net/netlink", "re");
	char line[256];
	bool found = false;
	int listed;

	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %d", &listed) == 1 && listed == protocol;
	if (f)
		fclose(f);
	return found;
}

int nl_open(struct nl **ret, const struct netns *ns, int protocol, uint32_t groups)
{
	_cleanup_(nl_freep) struct nl *nl = malloc(sizeof(*nl));
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = groups };
	socklen_t len = sizeof(addr);
	int size = RCVBUF;

	if (!nl)
		return -ENOMEM;
	nl->seq = 0;
	nl->buf = NULL;
	nl->foreign = !netns_is_ours(ns);
	nl->fd = netns_socket(ns, AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, protocol);
	if (nl->fd < 0)
		return nl->fd;
	if (groups && setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(nl->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    getsockname(nl->fd, (struct sockaddr *)&addr, &len) < 0)
		return -errno;
	nl->portid = addr.nl_pid;
	*ret = take_ptr(nl);
	return 0;
}

void nl_free(struct nl *nl)
{
	if (!nl)
		return;
	closep(&nl->fd);
	free(nl->buf);
	free(nl);
}

void nl_strict(struct nl *nl)
{
	int one = 1;

	setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
}

struct nlmsghdr *nl_req_init(struct nl_req *req, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(req->buf);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	return nlh;
}

int nl_send(struct nl *nl, struct nlmsghdr *nlh)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	nlh->nlmsg_seq = ++nl->seq;
	if (sendto(nl->fd, nlh, nlh->nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	return 0;
}

void nl_forget(struct nl *nl)
{
	free(nl->buf);
	nl->buf = NULL;
}

/* Nothing has come. */
static int forget(struct nl *nl)
{
	nl_forget(nl);
	return 0;
}

int nl_recv(struct nl *nl)
{
	char *buf = nl->buf ?: (nl->buf = malloc(NL_BUF));
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { buf, NL_BUF };
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1
	};
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	for (;;) {
		n = recvmsg(nl->fd, &msg, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? forget(nl) : -errno;
		/* Any process may send to a netlink socket: accept only the kernel's messages. */
		if (n == 0 || from.nl_pid != 0)
			continue;
		return msg.msg_flags & MSG_TRUNC ? -ENOBUFS : (int)n;
	}
}

bool nl_discard(struct nl *nl)
{
	bool any = false;
	int len;

	while ((len = nl_recv(nl)) != 0) {
		any = true;
		if (len < 0 && len != -ENOBUFS)
			break;
	}
	return any;
}

bool nl_ok(const struct nlmsghdr *nlh, int len)
{
	return len >= (int)sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) &&
	       nlh->nlmsg_len <= (uint32_t)len;
}

int nl_error(const struct nlmsghdr *nlh)
{
	int32_t error = 0;

	/* struct nlmsgerr and the payload of NLMSG_DONE both start with the error. */
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	return error < 0 ? error : 0;
}

void nl_attrs(const void *payload, size_t len, const struct nlattr **tb, size_t max)
{
	const struct nlattr *attr;
	uint16_t type;

	memset(tb, 0, max * sizeof(*tb));
	mnl_attr_for_each_payload(payload, len)
	{
		type = mnl_attr_get_type(attr);
		if (type < max)
			tb[type] = attr;
	}
}

void nl_nested(const struct nlattr *attr, const struct nlattr **tb, size_t max)
{
	if (attr)
		nl_attrs(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr), tb, max);
	else
		memset(tb, 0, max * sizeof(*tb));
}

bool nl_msg_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr **tb, size_t max)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);

	if (len < header)
		return false;
	header = MIN(len, MNL_ALIGN(header));
	nl_attrs((const char *)mnl_nlmsg_get_payload(nlh) + header, len - header, tb, max);
	return true;
}

static bool get(const struct nlattr *attr, void *to, size_t len)
{
	memset(to, 0, len);
	if (!attr || mnl_attr_get_payload_len(attr) < len)
		return false;
	memcpy(to, mnl_attr_get_payload(attr), len);
	return true;
}

uint8_t nl_u8(const struct nlattr *attr)
{
	uint8_t v;

	get(attr, &v, sizeof(v));
	return v;
}

uint16_t nl_u16(const struct nlattr *attr)
{
	uint16_t v;

	get(attr, &v, sizeof(v));
	return v;
}

uint32_t nl_u32(const struct nlattr *attr)
{
	uint32_t v;

	get(attr, &v, sizeof(v));
	return v;
}

void nl_str(const struct nlattr *attr, char *buf, size_t size)
{
	size_t len = attr ? MIN(mnl_attr_get_payload_len(attr), size - 1) : 0;

	memset(buf, 0, size);
	if (len)
		memcpy(buf, mnl_attr_get_payload(attr), strnlen(mnl_attr_get_payload(attr), len));
}

unsigned int nl_addr(const struct nlattr *attr, struct la_addr *ret)
{
	size_t len = attr ? mnl_attr_get_payload_len(attr) : 0;

	memset(ret, 0, sizeof(*ret));
	if (len == 4) {
		*ret = addr_from_4(mnl_attr_get_payload(attr));
		return 4;
	}
	return get(attr, ret, sizeof(*ret)) && len == sizeof(*ret) ? 6 : 0;
}
