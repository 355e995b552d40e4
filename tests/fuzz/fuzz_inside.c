/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/payload/address_leak.h: settings (1 byte), and a payload. Whatever it tells is in it. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "payload/bencode.h"
#include "fuzz.h"
#include "payload/address_leak.h"
#include "base/util.h"

/* The strings of a message lie in it, one behind the other. */
static void read_strings(const uint8_t *p, size_t len)
{
	struct bencode_bytes key, value;
	const uint8_t *last = p;
	struct bencode b;

	bencode_init(&b, p, len);
	while (bencode_next(&b, &key, &value)) {
		REQUIRE(value.p >= last && value.len <= len);
		REQUIRE(value.p + value.len <= p + len);
		REQUIRE(!key.len || (key.p >= p && key.p + key.len <= p + len));
		bencode_is(&key, "ipv4");
		last = value.p + value.len;
	}
}

static void find(uint8_t proto, const uint8_t *p, size_t len, const struct address_leak_addrs *own)
{
	struct la_addr found = { .q = { 1, 2 } }, again;
	enum address_leak_form told = address_leak_find(proto, p, len, own, &found);
	size_t i;

	REQUIRE(address_leak_find(proto, p, len, own, &again) == told);
	if (!told)
		return;
	REQUIRE(addr_equal(&found, &again));
	for (i = 0; i < own->n && !addr_equal(&own->v[i], &found); i++)
		;
	REQUIRE(i < own->n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t four[][4] = { { 198, 51, 100, 7 },
					   { 192, 168, 7, 2 },
					   { 8, 8, 4, 4 } };
	struct la_addr v[] = { addr_from_4(four[0]),
			       addr_from_4(four[1]),
			       addr_from_4(four[2]),
			       { .b = { 0x20, 1, 0xd, 0xb8, [15] = 7 } } };
	struct address_leak_addrs own = { v, ARRAY_SIZE(v) };
	struct input in = { data, size };
	uint8_t settings = input_8(&in), *p;
	size_t len;

	p = input_bytes(&in, in.left, &len);
	if (settings & 2)
		own.n = settings >> 2 & 3;
	find(settings & 1 ? IPPROTO_TCP : IPPROTO_UDP, p, len, &own);
	read_strings(p, len);
	free(p);
	return 0;
}
