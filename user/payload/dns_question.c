/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dns_question.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

/* A name has at most 127 labels: more compression pointers are a loop. */
#define MAX_HOPS 127

static const struct {
	uint16_t type;
	const char *name;
} types[] = {
	{ 1, "A" },	 { 2, "NS" },	  { 5, "CNAME" },  { 6, "SOA" },     { 12, "PTR" },
	{ 15, "MX" },	 { 16, "TXT" },	  { 28, "AAAA" },  { 32, "NB" },     { 33, "SRV" },
	{ 35, "NAPTR" }, { 43, "DS" },	  { 46, "RRSIG" }, { 48, "DNSKEY" }, { 52, "TLSA" },
	{ 64, "SVCB" },	 { 65, "HTTPS" }, { 99, "SPF" },   { 251, "IXFR" },  { 252, "AXFR" },
	{ 255, "ANY" },	 { 257, "CAA" },
};

static void put_type(uint16_t type, char *to, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type) {
			memcpy(to, types[i].name, MIN(strlen(types[i].name) + 1, size));
			return;
		}
	snprintf(to, size, "TYPE%u", type);
}

/* As snprintf() does: nearly all octets come here. */
static size_t put_plain(char c, char *to, size_t room)
{
	if (room > 1) {
		to[0] = c;
		to[1] = '\0';
	}
	return 1;
}

/* Writes an octet of a label in presentation format (RFC 1035 5.1). */
static size_t put_octet(uint8_t c, char *to, size_t room)
{
	if (c == '.' || c == '\\')
		return (size_t)snprintf(to, room, "\\%c", c);
	if (c > ' ' && c < 0x7f)
		return put_plain((char)c, to, room);
	return (size_t)snprintf(to, room, "\\%03u", c);
}

/* Returns the offset in msg after the name, or 0 if the name is malformed. */
static size_t put_name(const uint8_t *msg, size_t len, size_t at, char *to, size_t room)
{
	size_t used = 0, octets = 0, behind = 0, i;
	unsigned int hops = 0;

	while (at < len && msg[at]) {
		uint8_t n = msg[at];

		/* compression pointer, RFC 1035 4.1.4: some ask with one that leads ahead */
		if ((n & 0xc0) == 0xc0) {
			if (at + 1 >= len || ++hops > MAX_HOPS)
				return 0;
			behind = behind ? behind : at + 2;
			at = (size_t)(n & 0x3f) << 8 | msg[at + 1];
			continue;
		}
		octets += n + 1U;
		if (n > 63 || at + n >= len || octets > 254)
			return 0;
		if (used)
			used += put_plain('.', to + used, room - used);
		for (i = 1; i <= n; i++)
			used += put_octet(msg[at + i], to + used, room - used);
		at += n + 1U;
	}
	if (at >= len)
		return 0;
	if (!used)
		put_plain('.', to, room);
	return behind ? behind : at + 1;
}

bool dns_question_read(const uint8_t *msg, size_t len, struct dns_question *ret)
{
	size_t at;

	if (len < 12 || !(msg[4] | msg[5])) /* no question */
		return false;
	at = put_name(msg, len, 12, ret->name, sizeof(ret->name));
	if (!at || at + 4 > len)
		return false;
	put_type((uint16_t)(msg[at] << 8 | msg[at + 1]), ret->type, sizeof(ret->type));
	return true;
}

void dns_question_server(const void *name, size_t len, char *to)
{
	const uint8_t *octets = name;
	size_t used = 0, i;

	to[0] = '\0';
	for (i = 0; i < len && i < 255; i++) {
		if (octets[i] == '.') /* the separator of two labels */
			used += put_plain('.', to + used, DNS_QUESTION_NAME_MAX - used);
		else
			used += put_octet(octets[i], to + used, DNS_QUESTION_NAME_MAX - used);
	}
}
