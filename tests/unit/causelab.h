/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host with a way out and a tunnel, in a namespace of the test's own, and what is found to be the
 * cause of a leak there. */
#pragma once

#include "facts/cause.h"
#include "netlab.h"

extern struct links *lab_links;
extern struct causes *lab_causes;
extern int lab_tun; /* who carries the tunnel; -1: nobody */

/* eth0 is the way out, and causelab_tunnel() makes tun0, with the default route. */
void causelab_begin(void);
void causelab_tunnel(void);
void causelab_end(void);

struct la_flow flow(const char *src, const char *dst);

/* "route 0.0.0.0/1 static", "rule 100 fwmark 0x1", "tunnel-down tun0", or the cause alone */
const char *cause(const struct la_flow *f);

#define CAUSE(src, dst, expected)                   \
	({                                          \
		struct la_flow f_ = flow(src, dst); \
		CHECK_STR(cause(&f_), expected);    \
	})

#define TEST(name)                        \
	static void test_##name(void)     \
	{                                 \
		NETLAB_TEST(body_##name); \
	}
