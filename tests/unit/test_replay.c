/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of the replay: its flow table, whose address is whose, and what of a
 * packet is known that was not captured whole. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "replay/capture_link.h"
#include "replay/audited_host.h"
#include "replay/flows.h"
#include "replay/memory.h"
#include "replay/priv.h"
#include "unit.h"

/* --- flow table --- */

static struct la_flow_key key_of(uint32_t n)
{
	struct la_flow_key k = { .proto = 17, .family = 4, .sport = (uint16_t)n };

	k.saddr.w[3] = n >> 16;
	return k;
}

#define KEYS 20000

/* Random additions and removals beside a plain array. */
static void test_flows(void)
{
	static struct replay_flow *model[KEYS];
	struct replay_flows *t;
	struct la_flow_key k;
	uint32_t seed = 1, n, i;
	size_t count = 0;

	if (!CHECK_INT(replay_flows_open(&t), 0))
		return;
	for (i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		n = (seed >> 8) % KEYS;
		k = key_of(n);
		if (replay_flows_find(t, &k, replay_hash(t, &k)) != model[n] ||
		    (model[n] && model[n]->flow.key.sport != k.sport)) {
			CHECK(!"the flow of its key");
			break;
		}
		if (!model[n]) {
			model[n] = replay_flows_add(t, &k, replay_hash(t, &k));
			count++;
		} else if (seed & 1) {
			replay_flows_remove(t, model[n]);
			model[n] = NULL;
			count--;
		}
	}
	CHECK_INT((int64_t)replay_flows_count(t), (int64_t)count);
	replay_flows_free(t);
}

static void test_flows_silent_in_order(void)
{
	struct replay_flow *f, **v;
	struct replay_flows *t;
	struct la_flow_key k;
	size_t n;

	if (!CHECK_INT(replay_flows_open(&t), 0))
		return;
	for (uint32_t i = 0; i < 100; i++) {
		k = key_of(i);
		f = replay_flows_add(t, &k, replay_hash(t, &k));
		f->active = (i / 2 * 2) ^ 4U; /* two end together; later ones end earlier */
		if (i == 50) { /* a record that is used again is a new flow */
			k = key_of(3);
			replay_flows_remove(t, replay_flows_find(t, &k, replay_hash(t, &k)));
		}
	}
	CHECK_INT(replay_flows_silent(t, 60, &v, &n), 0);
	CHECK_INT((int64_t)n, 61);
	for (size_t i = 1; i < n; i++)
		CHECK(v[i - 1]->active < v[i]->active ||
		      (v[i - 1]->active == v[i]->active && v[i - 1]->serial < v[i]->serial));
	free(v);
	replay_flows_free(t);
}

static void test_memory_forgets_the_oldest(void)
{
	struct replay_memory m = { 0 };
	struct la_flow_key k = key_of(1);

	CHECK_INT((int64_t)replay_recall(&m, &k, 7), 0);
	for (uint32_t i = 1; i <= REPLAY_WAYS + 1; i++) {
		k = key_of(i);
		CHECK(replay_remember(&m, &k, 7, i));
	}
	k = key_of(1);
	CHECK_INT((int64_t)replay_recall(&m, &k, 7), 0);
	for (uint32_t i = 2; i <= REPLAY_WAYS + 1; i++) {
		k = key_of(i);
		CHECK_INT((int64_t)replay_recall(&m, &k, 7), i);
	}
	replay_memory_clear(&m);
	CHECK_INT((int64_t)replay_recall(&m, &k, 7), 0);
}

/* --- addresses --- */

static struct la_addr addr(const char *s)
{
	struct la_addr a;
	uint8_t four[4];

	if (inet_pton(AF_INET, s, four) == 1)
		return addr_from_4(four);
	inet_pton(AF_INET6, s, a.b);
	return a;
}

static bool has(const struct audited_host *l, const char *s)
{
	struct la_addr a = addr(s);

	return audited_host_has(l, &a);
}

static bool onlink(const struct audited_host *l, const char *s)
{
	struct la_addr a = addr(s);

	return audited_host_is_onlink(l, &a);
}

static void test_local_words(void)
{
	static const char *const wrong[] = { "",
					     "foo",
					     "192.0.2.1/33",
					     "192.0.2.1/24",
					     "192.0.2.1/",
					     "192.0.2.0/0",
					     "2001:db8::1/64",
					     "fe80::1%eth0",
					     "1111:2222:3333:4444:5555:6666:7777:8888:9999/128" };
	struct fault f = { 0 };
	struct audited_host *l;

	if (!CHECK_INT(audited_host_open(&l), 0))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK_INT(audited_host_add(l, wrong[i], &f), -EINVAL);
	CHECK(!strncmp(f.reason, "--local '1111:2222:", 19));
	CHECK(!audited_host_knows(l, 4));
	CHECK_INT(audited_host_add(l, "192.0.2.10", &f), 0);
	CHECK_INT(audited_host_add(l, "2001:db8::/64", &f), 0);
	CHECK(audited_host_knows(l, 4) && audited_host_knows(l, 6));
	CHECK(has(l, "192.0.2.10") && !has(l, "192.0.2.11"));
	CHECK(has(l, "2001:db8::77") && !has(l, "2001:db8:0:1::77"));
	CHECK(has(l, "127.8.9.1") && has(l, "::1"));
	CHECK(!has(l, "8.8.8.8") && !has(l, "::"));
	audited_host_free(l);
}

static struct audited_host *new_local(void)
{
	struct audited_host *l;

	return audited_host_open(&l) ? abort(), NULL : l;
}

static void test_local_lan(void)
{
	struct fault f = { 0 };
	struct audited_host *l = new_local();

	audited_host_add(l, "192.168.1.5", &f);
	audited_host_add(l, "198.51.100.5", &f);
	audited_host_add(l, "10.0.0.0/8", &f);
	audited_host_add(l, "fd00:1::5", &f);
	CHECK_INT(audited_host_set_lan(l), 0);
	CHECK(onlink(l, "192.168.1.77") && !onlink(l, "192.168.2.77"));
	CHECK(!onlink(l, "198.51.100.77") && !onlink(l, "198.51.100.255"));
	CHECK(onlink(l, "10.200.0.1") && !onlink(l, "172.16.0.1"));
	CHECK(onlink(l, "fd00:1::77") && !onlink(l, "fd00:2::77"));
	CHECK(onlink(l, "224.0.0.251") && onlink(l, "255.255.255.255") && onlink(l, "ff02::fb"));
	audited_host_free(l);
}

/* --- copies --- */

#define AT NSEC_PER_SEC

static enum replay_seen look(struct replay_copies *c, uint32_t interface, uint64_t time,
			     const uint8_t *ip, size_t n)
{
	struct replay_sight s = { interface, true, false, time, 9, ip, n };

	return replay_copies_look(c, &s);
}

/* The same bytes but for the hop count, on another interface and soon: a copy, each time. */
static void test_copies(void)
{
	uint8_t ip[300] = { 0x45, [8] = 64, [10] = 1, [11] = 2, [299] = 7 };
	struct replay_copies c = { 0 };

	CHECK_INT(look(&c, 1, AT, ip, sizeof(ip)), REPLAY_NEW);
	ip[8]--;
	ip[10]++;
	CHECK_INT(look(&c, 2, AT + 100, ip, sizeof(ip)), REPLAY_COPY);
	CHECK_INT(look(&c, 3, AT + 200, ip, sizeof(ip)), REPLAY_COPY);
	CHECK_INT(look(&c, 2, AT, ip, sizeof(ip) - 1), REPLAY_NEW);
	ip[100] = 1;
	CHECK_INT(look(&c, 2, AT, ip, sizeof(ip)), REPLAY_NEW);
	ip[100] = 0;
	CHECK_INT(look(&c, 2, AT * 2, ip, sizeof(ip)), REPLAY_NEW);
	CHECK(c.first == 1 && c.second == 3);
	replay_copies_clear(&c);
}

/* On one interface nobody sends the same again at once; a millisecond later that is usual. */
static void test_copies_on_one_interface(void)
{
	uint8_t ip[80] = { 0x60, [5] = 40, [7] = 64 };
	struct replay_copies c = { 0 };

	CHECK_INT(look(&c, 1, AT, ip, sizeof(ip)), REPLAY_NEW);
	CHECK_INT(look(&c, 1, AT + 20000, ip, sizeof(ip)), REPLAY_PERHAPS_COPY);
	CHECK_INT(look(&c, 1, AT + 1020000, ip, sizeof(ip)), REPLAY_NEW);
	CHECK_INT(look(&c, 1, AT + 1040000, ip, sizeof(ip)), REPLAY_PERHAPS_COPY);
	replay_copies_clear(&c);
}

/*
 * Forwarded with another source, port and checksums, on another interface and with a hop less: a
 * copy, whichever is seen first. One that is not forwarded, or goes elsewhere, is none.
 */
static void test_copies_behind_nat(void)
{
	static const struct {
		uint8_t proto, checksum; /* and where that is behind the IP header */
	} kinds[] = { { 6, 16 }, { 17, 6 }, { 1, 2 } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		uint8_t in[60] = { 0x45, [4] = 7, [8] = 64, kinds[i].proto, [15] = 2, [59] = 1 };
		struct replay_copies c = { 0 };
		uint8_t out[60];

		memcpy(out, in, sizeof(in));
		out[8]--;
		out[11] = 3;
		out[15] = 10;
		out[20 + kinds[i].checksum] = 5;
		out[kinds[i].proto == 1 ? 24 : 20] = 6;
		CHECK_INT(look(&c, 1, AT, in, sizeof(in)), REPLAY_NEW);
		CHECK_INT(look(&c, 2, AT + 1, out, sizeof(out)), REPLAY_COPY);
		CHECK_INT(look(&c, 3, AT + 2, out, sizeof(out)), REPLAY_COPY);
		CHECK_INT(look(&c, 2, AT * 2, out, sizeof(out)), REPLAY_NEW);
		CHECK_INT(look(&c, 1, AT * 2, in, sizeof(in)), REPLAY_COPY);
		in[19] = 9;
		CHECK_INT(look(&c, 1, AT * 2, in, sizeof(in)), REPLAY_NEW);
		out[19] = 9;
		out[8]++;
		CHECK_INT(look(&c, 2, AT * 2, out, sizeof(out)), REPLAY_NEW);
		replay_copies_clear(&c);
	}
}

static enum replay_seen look_anywhere(struct replay_copies *c, uint64_t time, const uint8_t *ip,
				      size_t n)
{
	struct replay_sight s = { 1, false, false, time, 9, ip, n };

	return replay_copies_look(c, &s);
}

/* Where one interface stands for all, a copy is known by the sender's number. */
static void test_copies_of_all_interfaces(void)
{
	uint8_t four[300] = { 0x45, [8] = 64 }, six[300] = { 0x60, [4] = 1, [7] = 64 };
	struct replay_copies c = { 0 };

	for (int i = 0; i < 3; i++) {
		CHECK_INT(look_anywhere(&c, AT, four, sizeof(four)),
			  i ? REPLAY_PERHAPS_COPY : REPLAY_NEW);
		CHECK_INT(look_anywhere(&c, AT, six, sizeof(six)),
			  i ? REPLAY_PERHAPS_COPY : REPLAY_NEW);
	}
	four[5] = 1;
	for (int i = 0; i < 3; i++)
		CHECK_INT(look_anywhere(&c, AT, four, sizeof(four)), i ? REPLAY_COPY : REPLAY_NEW);
	CHECK_INT(look_anywhere(&c, AT * 2, four, sizeof(four)), REPLAY_NEW);
	replay_copies_clear(&c);
}

/* --- packets that are cut --- */

/* UDP from 7 to 53 with 20 bytes of payload; TCP, and IPv6 with an extension. */
static const uint8_t udp[] = { 0x45, 0,	  0, 48,  0, 1, 0, 0, 64, 17, 0,  0, 192, 0,	   2,
			       10,   203, 0, 113, 1, 0, 7, 0, 53, 0,  28, 0, 0,	  [47] = 1 };
static const uint8_t tcp[] = { 0x45, 0, 0, 44, 0,   1, 0,   0, 64,   6, 0,	 0,
			       192,  0, 2, 10, 203, 0, 113, 1, 0,    7, 0,	 80,
			       0,    0, 0, 0,  0,   0, 0,   0, 0x50, 2, [43] = 1 };
static const uint8_t six[] = { 0x60, 0,	       0,	    0,	      0,  16, 60,	64,
			       0xfd, [23] = 1, [24] = 0xfd, [39] = 2, 17, 0,  [47] = 0, 0,
			       7,    0,	       53,	    0,	      8,  0,  0 };

static int parse_cut(const uint8_t *ip, uint32_t len, uint32_t caplen, struct replay_parsed *s)
{
	static struct capture_interface interface = { .linktype = CAPTURE_RAW };
	static uint8_t *bytes;
	struct capture_packet p = { .caplen = caplen, .len = len, .interface = &interface };

	free(bytes);
	bytes = malloc(caplen ?: 1); /* of just its size, for the sanitizer */
	memcpy(bytes, ip, caplen);
	p.data = bytes;
	*s = (struct replay_parsed){ .captured = &p };
	return replay_parse(s, replay_link(s));
}

/* From which captured length on addresses, ports, and all are known. */
static void check_cut(const uint8_t *ip, uint32_t len, uint32_t addresses, uint32_t ports,
		      uint32_t all)
{
	struct replay_parsed s;
	uint32_t n;
	int r;

	for (n = 0; n <= len; n++) {
		r = parse_cut(ip, len, n, &s);
		CHECK_INT(r, n < all ? -ENODATA : 0);
		CHECK_INT(s.p.key.family != 0, n >= addresses);
		if (n >= addresses) {
			CHECK_INT(s.p.key.sport, n >= ports ? 7 : 0);
			CHECK_INT(s.p.len, len); /* as on the wire */
		}
	}
}

static void test_cut_packets(void)
{
	check_cut(udp, sizeof(udp), 20, 24, 28);
	check_cut(tcp, sizeof(tcp), 20, 24, 40);
	check_cut(six, sizeof(six), 48, 52, 56);
}

/* Malformed is malformed, cut or not; and what lies behind the packet is no part of it. */
static void test_malformed_and_padded(void)
{
	uint8_t bad[64] = { 0 }, padded[60] = { 0 };
	struct replay_parsed s;

	memcpy(bad, udp, sizeof(udp));
	bad[0] = 0x42; /* a header of 8 bytes */
	CHECK_INT(parse_cut(bad, sizeof(udp), sizeof(udp), &s), -EBADMSG);
	CHECK_INT(parse_cut(bad, sizeof(udp), 30, &s), -EBADMSG);
	CHECK_INT(parse_cut(udp, 10, 10, &s), -EBADMSG); /* no longer on the wire */
	memcpy(padded, tcp, sizeof(tcp));
	CHECK_INT(parse_cut(padded, sizeof(padded), sizeof(padded), &s), 0);
	CHECK_INT(s.p.len, sizeof(tcp));
}

/* clang-format off */
UNIT_MAIN("replay",
	  { "flows", test_flows },
	  { "flows_silent_in_order", test_flows_silent_in_order },
	  { "memory_forgets_the_oldest", test_memory_forgets_the_oldest },
	  { "local_words", test_local_words },
	  { "copies", test_copies },
	  { "copies_on_one_interface", test_copies_on_one_interface },
	  { "copies_behind_nat", test_copies_behind_nat },
	  { "copies_of_all_interfaces", test_copies_of_all_interfaces },
	  { "local_lan", test_local_lan },
	  { "cut_packets", test_cut_packets },
	  { "malformed_and_padded", test_malformed_and_padded })
