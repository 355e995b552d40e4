/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/payload/peer_list.h: a family (1 byte), and a payload. */
#include <stdlib.h>

#include "payload/peer_list.h"
#include "fuzz.h"

static void count(void *arg, const struct la_addr *addr, uint16_t port)
{
	size_t *n = arg;

	REQUIRE(port);
	REQUIRE(addr->q[0] || addr->q[1]);
	++*n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	int family = input_8(&in) & 1 ? 6 : 4;
	size_t told = 0, len;
	uint8_t *p = input_bytes(&in, in.left, &len);

	peer_list_bencoded(p, len, count, &told);
	REQUIRE(told <= len);
	told = 0;
	peer_list_compact(p, len, family, count, &told);
	REQUIRE(told <= len / (family == 6 ? 18 : 6));
	peer_list_own_port(p, len);
	free(p);
	return 0;
}
