/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other programs and filters TC egress of an interface has. A packet that we drop there has not
 * been before those behind us; and one that they let pass is not seen by a hook behind them.
 */
#pragma once

#include <net/if.h>
#include <stdint.h>

#include "network/netns.h"

enum tc_others_can {
	TC_OTHERS_NOTHING, /* there are none */
	TC_OTHERS_DROP, /* each drops what it matches: what it leaves comes to the next one */
	TC_OTHERS_PASS, /* one may pass a packet on, past all behind it */
};

struct tc_others {
	enum tc_others_can can;
	char name[64]; /* of the first one that may pass a packet on, else of the first one */
};

/*
 * Programs of a leakaudit do not count: they pass nothing on. What cannot be read may pass
 * anything on.
 */
void tc_others_read(const struct netns *ns, uint32_t ifindex, struct tc_others *ret);

/* The part that reads messages of the kernel: takes one filter. fn of nl_talk(). */
struct nlmsghdr;
int tc_others_take(void *others, const struct nlmsghdr *nlh);
