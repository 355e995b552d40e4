/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "address_leak.h"

#include <netinet/in.h>

#include "address_leak_priv.h"
#include "base/addr_special.h"
#include "core/stun.h"

bool address_leak_counts(const struct la_addr *a)
{
	return !addr_special(a, ADDR_NOBODYS | ADDR_LINK_LOCAL);
}

static bool check(const struct address_leak *in, const struct la_addr *a,
		  enum address_leak_subject subject)
{
	for (size_t i = 0; i < in->own->n; i++) {
		if (!addr_equal(&in->own->v[i], a))
			continue;
		if (subject == INSIDE_ANY && addr_special(a, ADDR_PRIVATE | ADDR_SHARED))
			return false;
		*in->ret = *a;
		return true;
	}
	return false;
}

bool address_leak_check_bytes(const struct address_leak *in, const uint8_t *bytes,
			      unsigned int family, enum address_leak_subject subject)
{
	struct la_addr a;

	if (family == 4)
		a = addr_from_4(bytes);
	else
		memcpy(a.b, bytes, sizeof(a.b));
	return check(in, &a, subject);
}

bool address_leak_check_text(const struct address_leak *in, const char *s,
			     enum address_leak_subject subject)
{
	const char *colon = strchr(s, ':'), *until = "/";
	char host[ADDRESS_LEAK_TEXT_MAX];
	struct la_addr a;
	size_t len;

	if (*s == '[') {
		s++;
		until = "]";
	} else if (colon && !strchr(colon + 1, ':')) {
		until = ":";
	}
	len = strcspn(s, until);
	if (len >= sizeof(host))
		return false;
	memcpy(host, s, len);
	host[len] = '\0';
	host[strcspn(host, "%")] = '\0'; /* the zone of an IPv6 address (RFC 6874 2) */
	return addr_parse(host, &a) && check(in, &a, subject);
}

/* STUN attributes that carry an address. */
static const struct attribute {
	uint16_t type;
	bool xored; /* RFC 8489 14.2 */
	uint8_t subject; /* enum address_leak_subject */
} attributes[] = {
	{ 0x0001, false, INSIDE_ANY }, /* MAPPED-ADDRESS, RFC 8489 14.1 */
	{ 0x0004, false, INSIDE_SENDER }, /* SOURCE-ADDRESS, RFC 3489 11.2.5 */
	{ 0x0012, true, INSIDE_ANY }, /* XOR-PEER-ADDRESS, RFC 8656 18.3 */
	{ 0x0016, true, INSIDE_ANY }, /* XOR-RELAYED-ADDRESS, RFC 8656 18.5 */
	{ 0x0020, true, INSIDE_ANY }, /* XOR-MAPPED-ADDRESS, RFC 8489 14.2 */
	{ 0x8020, true, INSIDE_ANY }, /* XOR-MAPPED-ADDRESS in drafts */
	{ 0x802b, false, INSIDE_SENDER }, /* RESPONSE-ORIGIN, RFC 5780 7.3 */
};

/*
 * message: the STUN message from its first byte. The address is xored with its cookie and
 * transaction id.
 */
static bool stun_attribute(const struct address_leak *in, const uint8_t *message, uint16_t type,
			   const uint8_t *value, size_t len)
{
	unsigned int family = len >= 20 && value[1] == 2 ? 6 : 4;
	uint8_t bytes[16];

	if (len < 8 || (family == 4 && value[1] != 1))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		if (attributes[i].type != type)
			continue;
		for (size_t n = 0; n < (family == 6 ? 16 : 4); n++)
			bytes[n] = value[4 + n] ^ (attributes[i].xored ? message[4 + n] : 0);
		return address_leak_check_bytes(in, bytes, family, attributes[i].subject);
	}
	return false;
}

static bool stun_message(const struct address_leak *in, const uint8_t *p, size_t len)
{
	size_t end, at = 20;

	if (len < 20 || p[0] & 0xc0 || la_get32(p + 4) != LA_STUN_COOKIE)
		return false;
	end = MIN(len, 20 + (size_t)la_get16(p + 2));
	while (at + 4 <= end) {
		size_t n = la_get16(p + at + 2);

		if (at + 4 + n > end)
			break;
		if (stun_attribute(in, p, la_get16(p + at), p + at + 4, n))
			return true;
		at += 4 + ((n + 3) & ~(size_t)3);
	}
	return false;
}

/* Also behind the length of a frame in TCP (RFC 4571 2), and in TURN's channels (RFC 8656 12.4). */
static bool stun(const struct address_leak *in, const uint8_t *p, size_t len)
{
	if (stun_message(in, p, len))
		return true;
	if (len > 2 && la_get16(p) <= len - 2 && stun_message(in, p + 2, len - 2))
		return true;
	return len > 4 && p[0] >> 4 == 4 && stun_message(in, p + 4, len - 4);
}

const char *address_leak_name(enum address_leak_form form)
{
	static const char *const names[] = {
#define X(name, json, help) json,
		ADDRESS_LEAK_FORMS(X)
#undef X
	};

	return names[form];
}

uint8_t address_leak_class(enum address_leak_form form, uint8_t cls)
{
	switch (form) {
	case ADDRESS_LEAK_STUN:
		return LA_CLASS_STUN;
	case ADDRESS_LEAK_TRACKER:
	case ADDRESS_LEAK_PEER:
	case ADDRESS_LEAK_DHT: /* also where the message alone does not show it */
		return LA_CLASS_TORRENT;
	default:
		return cls;
	}
}

static enum address_leak_form of_torrents(const struct address_leak *in, uint8_t proto,
					  const uint8_t *p, size_t len)
{
	if (proto != IPPROTO_UDP) {
		if (address_leak_announce(in, p, len))
			return ADDRESS_LEAK_TRACKER;
		return address_leak_peer(in, p, len) ? ADDRESS_LEAK_PEER : ADDRESS_LEAK_NONE;
	}
	if (address_leak_dht(in, p, len))
		return ADDRESS_LEAK_DHT;
	if (address_leak_utp(in, p, len))
		return ADDRESS_LEAK_PEER;
	return address_leak_tracker(in, p, len) ? ADDRESS_LEAK_TRACKER : ADDRESS_LEAK_NONE;
}

enum address_leak_form address_leak_find(uint8_t proto, const uint8_t *payload, size_t len,
					 const struct address_leak_addrs *own, struct la_addr *ret)
{
	const struct address_leak in = { own, ret };
	enum address_leak_form form;

	if (!own->n || !len)
		return ADDRESS_LEAK_NONE;
	if (stun(&in, payload, len))
		return ADDRESS_LEAK_STUN;
	form = address_leak_clear(&in, payload, len);
	return form != ADDRESS_LEAK_NONE ? form : of_torrents(&in, proto, payload, len);
}
