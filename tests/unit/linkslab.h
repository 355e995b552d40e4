/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table of links in a namespace of the test's own, and what is said of its changes. */
#pragma once

#include "netlab.h"
#include "network/links.h"
#include "policy/policy.h"

#define SAID_MAX 4096

extern struct policy policy;
extern struct netns *ns;
extern struct links *links;
extern char said[SAID_MAX]; /* since the last time somebody looked */

/* links_fn; writes into said */
void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
	       const struct link_old *old);

void open_links(void);
void close_links(void);

/* What was said by now: most changes are told before their syscall returns. */
const char *news(void);

/* Whether that is on the LAN of the interface. */
bool onlink(const char *name, const char *dst);

#define TEST(name)                        \
	static void test_##name(void)     \
	{                                 \
		NETLAB_TEST(body_##name); \
	}
