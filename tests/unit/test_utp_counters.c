/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in uTP's form at the rate of its clock, whose clock is none: a number
 * in the upper half and a length in the lower one go on by 65,536 and a few. */
#include <string.h>

#include "talk.h"
#include "unit.h"

#define POLL (65536 * 1000ULL) /* ns: 15 messages a second */

/*
 * HART-IP (FieldComm TP10300): version 1, a request, the token's PDU, no error;
 * the number of the message, its length. In it a long frame to a device whose
 * address begins as a small window of uTP would, command 9.
 */
static size_t hart_ip(uint8_t *b, unsigned int i, unsigned int variables)
{
	static const uint8_t head[] = "\1\0\3\0\0\0\0\0"
				      "\x82\xa6\x06\0\x0c\x21\x09";
	size_t len = sizeof(head) - 1;

	memcpy(b, head, len);
	b[4] = (uint8_t)(i >> 8);
	b[5] = (uint8_t)i;
	b[len++] = (uint8_t)variables;
	for (unsigned int v = 0; v < variables; v++)
		b[len++] = (uint8_t)v;
	b[len++] = 0x5d;
	b[7] = (uint8_t)len;
	return len;
}

/* The same number of variables each time, and not. */
static void test_hart_ip(void)
{
	uint8_t b[64];
	struct talk t;

	for (unsigned int changing = 0; changing < 2; changing++) {
		talk_open(&t, LA_PROTO_UDP, "198.51.100.7", 5094);
		for (unsigned int i = 0x2a; i < 0x32; i++) {
			t.time += POLL;
			talk_send(&t, b, hart_ip(b, i, 4 + changing * (i & 3)));
			CHECK_STR(talk_class(&t), "ipv4");
		}
	}
}

/* clang-format off */
UNIT_MAIN("utp_counters",
	  { "hart_ip", test_hart_ip })
