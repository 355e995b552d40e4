/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read of netlink's messages. Those of other namespaces are whoever's the namespace is:
 * they are read in a process without privileges (apart/apart.h), which answers items of a fixed
 * size. Of our own namespace they are read by the same functions, here.
 */
#pragma once

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"

/* Of one message: its header, and the error of NLMSG_ERROR and NLMSG_DONE. */
struct nl_head {
	_Alignas(8) uint32_t seq; /* an item follows it */
	uint32_t portid;
	int32_t error; /* -errno or 0 */
	uint16_t type, flags;
	uint32_t items; /* which of the message's items follows, from 1 on; 0: it has none */
};

struct nl_items;

/* The largest that a reader may be told of what it reads for. */
#define NL_ABOUT_MAX 256

/* Of one kind of messages; constants, since their address is told to the process. */
struct nl_kind {
	size_t size; /* of an item, which has no pointer that anyone follows */
	size_t about; /* of what the reader is told */
	/* Of a message that has at most one item: fills it. False: it has none. */
	bool (*parse)(const struct nlmsghdr *nlh, const void *about, void *ret);
	/* Of one that may have several: calls nl_put() for each. Neither: the heads are enough. */
	void (*read)(struct nl_items *to, const struct nlmsghdr *nlh, const void *about);
	/* Whether it can be true; makes its texts end and its bools be bools. NULL: any value can. */
	bool (*check)(void *item);
};

/* For which the heads are enough. */
extern const struct nl_kind nl_heads;

void nl_put(struct nl_items *to, const void *item);

/* For check(): of a text its end, of a bool true or false. */
#define nl_end_text(text) ((text)[sizeof(text) - 1] = '\0')
void nl_make_bool(bool *b);
bool nl_prefix_is_possible(unsigned int family, unsigned int len);

/*
 * Calls fn for each message in nl->buf, as often as it has items, and once if it has none: item is
 * NULL then. A return of fn other than 0 ends it. about: see struct nl_kind. -EPROTO: they could
 * not be read. -ENOMEM.
 */
typedef int nl_each_fn(void *arg, const struct nl_head *head, const void *item);
int nl_each(struct nl *nl, int len, const struct nl_kind *kind, const void *about, nl_each_fn *fn,
	    void *arg);

/*
 * Sends a request and passes each item of the answer to fn. A negative return of fn ends it. 0:
 * the answer is complete. -EINTR: changes have interrupted the dump, repeat it. -EPROTO, -ENOMEM:
 * as nl_each(). Else the kernel's -errno. Not for sockets with groups.
 */
typedef int nl_item_fn(void *arg, const void *item);
int nl_ask(struct nl *nl, struct nlmsghdr *nlh, const struct nl_kind *kind, const void *about,
	   nl_item_fn *fn, void *arg);

/* Whether a message is an answer to the last request. */
bool nl_answers(const struct nl *nl, const struct nl_head *head);

/* The part that looks at answers: whether these n bytes can be one; each item is as check() leaves
 * it. */
bool nl_answer_is_possible(const struct nl_kind *kind, void *answer, size_t n);
