/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink without blocking: the kernel queues its answer while it processes the request, so an
 * answer that is not there will not come. Attributes are read within their length. One that is
 * absent or too short is read as zero.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "netns.h"

/* The kernel sends at most 32 KiB at once (netlink(7)). */
#define NL_BUF 32768

struct nl {
	int fd;
	uint32_t portid;
	uint32_t seq; /* sequence number of the last request */
	char *buf; /* while something is received: there may be hundreds of them */
	bool foreign; /* of another namespace than ours */
};

/* Whether the kernel has that protocol: asking by it would load the module. */
bool nl_has_protocol(int protocol);

/* groups: RTMGRP_* of the changes to receive; 0 for requests only. */
int nl_open(struct nl **ret, const struct netns *ns, int protocol, uint32_t groups);
void nl_free(struct nl *nl);

static inline void nl_freep(struct nl **nl)
{
	nl_free(*nl);
}

/* Dumps are of what their requests ask for alone, where the kernel can: 4.20. */
void nl_strict(struct nl *nl);

/* A request to be filled with mnl_nlmsg_put_extra_header(), mnl_attr_put_*(). */
struct nl_req {
	_Alignas(8) char buf[512];
};
struct nlmsghdr *nl_req_init(struct nl_req *req, uint16_t type, uint16_t flags);

/* Sends a request with a new sequence number. */
int nl_send(struct nl *nl, struct nlmsghdr *nlh);

/*
 * Receives a datagram into nl->buf, which stays until the next call. Returns its length; 0: there
 * is none, and no buffer; -ENOBUFS: the kernel has dropped some, or it was longer than the buffer;
 * -errno.
 */
int nl_recv(struct nl *nl);

/* Gives the buffer back. */
void nl_forget(struct nl *nl);

/* Discards what has come. False: nothing has. */
bool nl_discard(struct nl *nl);

/*
 * Whether a whole message is at the beginning of so many bytes. libmnl's function of this kind
 * takes a length of 2 GiB and more for one that is within (1.0.4).
 */
bool nl_ok(const struct nlmsghdr *nlh, int len);

/* The error of NLMSG_ERROR or NLMSG_DONE: -errno or 0. */
int nl_error(const struct nlmsghdr *nlh);

/* Sets tb[type] for types below max; those that are absent are NULL. Unknown types are skipped. */
void nl_attrs(const void *payload, size_t len, const struct nlattr **tb, size_t max);
void nl_nested(const struct nlattr *attr, const struct nlattr **tb, size_t max);
/* The attributes of a message after its fixed header. False: the message is too short. */
bool nl_msg_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr **tb, size_t max);

uint8_t nl_u8(const struct nlattr *attr);
uint16_t nl_u16(const struct nlattr *attr);
uint32_t nl_u32(const struct nlattr *attr);
/* Cut to size; always ends with a NUL. */
void nl_str(const struct nlattr *attr, char *buf, size_t size);
/* Reads 4 or 16 bytes and returns the family, 4 or 6. 0: neither. */
unsigned int nl_addr(const struct nlattr *attr, struct la_addr *ret);
