/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink, never blocking: the kernel makes its answer while it takes the
 * question, so what is not there at once is not coming. Attributes are read
 * only as far as they reach; one that is absent or too short reads as zero.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "netns.h"

/* The kernel fills at most 32 KiB at a time (netlink(7)). */
#define NL_BUF 32768

struct nl {
	int fd;
	uint32_t portid;
	uint32_t seq; /* of the last request */
	_Alignas(8) char buf[NL_BUF];
};

/* groups: RTMGRP_* of the changes to be told of, 0 for questions only. */
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

/* Sends it under a new sequence number. */
int nl_send(struct nl *nl, struct nlmsghdr *nlh);

/* One datagram into nl->buf: its length, 0 when there is none, -ENOBUFS when
 * the kernel had to drop some (or it was longer than the buffer), -errno. */
int nl_recv(struct nl *nl);

/* Whether nlh answers the last request. */
bool nl_is_reply(const struct nl *nl, const struct nlmsghdr *nlh);

/* The errno in NLMSG_ERROR or NLMSG_DONE: negative, or 0. */
int nl_error(const struct nlmsghdr *nlh);

/* Sends, and gives each message of the answer to fn, whose negative return ends
 * it. 0 when it was complete; the kernel's -errno; -EINTR when a dump was made
 * while things changed and must be asked again. Not for sockets with groups. */
int nl_talk(struct nl *nl, struct nlmsghdr *nlh, int (*fn)(void *arg, const struct nlmsghdr *nlh),
	    void *arg);

/* tb[type] for types below max, the others NULL; unknown ones are passed over. */
void nl_attrs(const void *payload, size_t len, const struct nlattr **tb, size_t max);
void nl_nested(const struct nlattr *attr, const struct nlattr **tb, size_t max);
/* The attributes of a whole message behind its fixed header. False: too short. */
bool nl_msg_attrs(const struct nlmsghdr *nlh, size_t header, const struct nlattr **tb, size_t max);

uint8_t nl_u8(const struct nlattr *attr);
uint16_t nl_u16(const struct nlattr *attr);
uint32_t nl_u32(const struct nlattr *attr);
/* Cut to size, always NUL-terminated. */
void nl_str(const struct nlattr *attr, char *buf, size_t size);
/* 4 or 16 bytes; returns the family 4 or 6, or 0 when it is neither. */
unsigned int nl_addr(const struct nlattr *attr, struct la_addr *ret);
