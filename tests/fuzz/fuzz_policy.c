/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/policy/policy.h: strings, each with a first byte that says which option's. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "fuzz.h"
#include "policy/policy.h"
#include "base/text.h"

/* What was allowed is written in the one plain form, and read again. */
static void check_allow(const struct la_allow *a)
{
	unsigned int family = addr_family(&a->addr) == 4 ? 4 : 6, len = 0, i;
	struct la_addr masked = addr_and(&a->addr, &a->mask);
	char spec[256], port[16] = "";
	struct fault f;
	struct la_allow again;
	struct text t;

	REQUIRE(addr_equal(&masked, &a->addr));
	REQUIRE(!a->proto || a->proto == 6 || a->proto == 17);
	for (i = 0; i < 128; i++)
		len += a->mask.b[i / 8] >> (7 - i % 8) & 1;
	masked = addr_mask(len);
	REQUIRE(addr_equal(&masked, &a->mask));
	text_init(&t, spec, sizeof(spec));
	if (a->port)
		snprintf(port, sizeof(port), ":%u", a->port);
	text_add(&t, family == 6 ? "[" : "");
	text_addr(&t, &a->addr, family);
	text_add(&t, "/%u%s%s%s", len - (family == 4 ? ADDR_V4_BITS : 0), family == 6 ? "]" : "",
		 port,
		 a->proto == 6	  ? "/tcp"
		 : a->proto == 17 ? "/udp"
				  : "");
	REQUIRE(!policy_parse_allow(spec, &again, &f));
	REQUIRE(!memcmp(&again, a, sizeof(again)));
}

static void add(struct policy *p, uint8_t option, const char *s)
{
	size_t before = p->allow.n + p->tunnels.n + p->exposed.n, after;
	struct fault f;
	int r;

	memset(&f, '!', sizeof(f));
	if (option % 4 == 0)
		r = policy_add_tunnel(p, s, &f);
	else if (option % 4 == 1)
		r = policy_add_exposed(p, s, &f);
	else
		r = policy_add_allow(p, s, &f);
	after = p->allow.n + p->tunnels.n + p->exposed.n;
	REQUIRE(r == 0 || r == -EINVAL || r == -E2BIG);
	REQUIRE(r || after == before || after == before + 1);
	if (r) {
		REQUIRE(after == before);
		REQUIRE(memchr(f.reason, 0, sizeof(f.reason)) && *f.reason != '!' && *f.reason);
		REQUIRE(memchr(f.help, 0, sizeof(f.help)));
	} else if (option % 4 > 1) {
		check_allow(&p->allow.v[p->allow.n - 1]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct policy p = { 0 };
	uint8_t option;
	char *s;

	while (in.left) {
		option = input_8(&in);
		s = input_string(&in);
		add(&p, option, s);
		free(s);
	}
	policy_clear(&p);
	return 0;
}
