/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one packet alone does not show: fragments of one datagram, the role of
 * the interface, a ring that nobody reads.
 */
#include "../unit/cases.h"
#include "../unit/unit.h"
#include "rig.h"
#include "base/util.h"

#define FLOWS 8

/* clang-format off */
static const uint8_t question[] = {
	0x12, 0x34, 0x00, 0x35, 0x00, 0x29, 0x00, 0x00, /* UDP, to port 53 */
	0x12, 0x34, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 3, 'o', 'r', 'g', 0, 0, 1, 0, 1,
};
static const uint8_t header_v4[20] = { 0x45, [8] = 64, 17, [12] = 10, 9, 0, 1, 198, 51, 100, 7 };
/* clang-format on */

struct piece {
	uint32_t id;
	uint16_t offset; /* in units of 8 bytes */
	bool more;
	uint8_t next; /* of IPv6, where the pieces need not agree */
};

static void make_v4(struct packet *p, const struct piece *piece)
{
	uint8_t *h = p->frame + ETHER_LEN;
	uint32_t off = piece->offset | (piece->more ? 0x2000 : 0);

	*p = (struct packet){ .len = ETHER_LEN + 20 + sizeof(question), .repeat = 1 };
	p->frame[12] = 0x08;
	memcpy(h, header_v4, sizeof(header_v4));
	h[3] = 20 + sizeof(question);
	h[4] = (uint8_t)(piece->id >> 8);
	h[5] = (uint8_t)piece->id;
	h[6] = (uint8_t)(off >> 8);
	h[7] = (uint8_t)off;
	memcpy(h + 20, question, sizeof(question));
}

static void make_v6(struct packet *p, const struct piece *piece)
{
	uint8_t *h = p->frame + ETHER_LEN;
	uint32_t off = (uint32_t)piece->offset << 3 | piece->more;

	*p = (struct packet){ .len = ETHER_LEN + 48 + sizeof(question), .repeat = 1 };
	p->frame[12] = 0x86;
	p->frame[13] = 0xdd;
	h[0] = 0x60;
	h[5] = 8 + sizeof(question);
	h[6] = 44;
	h[7] = 64;
	memcpy(h + 8, (uint8_t[4]){ 0x20, 0x01, 0x0d, 0xb8 }, 4);
	memcpy(h + 24, (uint8_t[4]){ 0x20, 0x01, 0x0d, 0xb9 }, 4);
	h[40] = piece->next;
	h[42] = (uint8_t)(off >> 8);
	h[43] = (uint8_t)off;
	memcpy(h + 44, (uint8_t[4]){ 1, 2, (uint8_t)(piece->id >> 8), (uint8_t)piece->id }, 4);
	memcpy(h + 48, question, sizeof(question));
}

typedef void make_fn(struct packet *p, const struct piece *piece);

/* Returns what the program did; the packet has a socket of its own, as one that
 * was forwarded has none at all. */
static int32_t send_piece(struct rig *r, make_fn *make, struct piece piece, uint32_t *bytes)
{
	struct packet p;
	int32_t returned = INT32_MIN;

	make(&p, &piece);
	if (bytes)
		*bytes += p.len - ETHER_LEN;
	CHECK_INT(rig_send(r, LA_HOOK_TC, &p, &returned), 0);
	return returned;
}

/* Flows that were opened; ids are given out from the last one down. */
static uint32_t flows_of(const struct rig *r)
{
	uint32_t n = 0, id;

	for (id = 0; id < FLOWS; id++)
		n += rig_flows(r)[id].state == LA_FLOW_LIVE;
	return n;
}

static const struct la_flow *flow_of(const struct rig *r, uint32_t nth)
{
	return &rig_flows(r)[FLOWS - 1 - nth];
}

static bool begin(struct rig **r, const struct setup *setup)
{
	return CHECK_INT(rig_open(r, setup), 0) && CHECK_INT(rig_give_ids(*r, FLOWS), 0);
}

static void fragments_follow(make_fn *make, uint32_t drop, int32_t verdict)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	static union told told[FLOWS];
	uint32_t bytes = 0;

	if (!begin(&r, &(struct setup){ .drop = drop }))
		return;
	CHECK_INT(send_piece(r, make, (struct piece){ 7, 0, true, 17 }, &bytes), verdict);
	CHECK_INT(send_piece(r, make, (struct piece){ 7, 181, true, 17 }, &bytes), verdict);
	CHECK_INT(send_piece(r, make, (struct piece){ 7, 362, false, 60 }, &bytes), verdict);
	CHECK_INT(flows_of(r), 1);
	CHECK_INT(flow_of(r, 0)->cls, LA_CLASS_DNS);
	CHECK_INT(flow_of(r, 0)->key.dport, 53);
	CHECK_INT(drop ? flow_of(r, 0)->dropped_packets : flow_of(r, 0)->packets, 3);
	CHECK_INT(drop ? flow_of(r, 0)->dropped_bytes : flow_of(r, 0)->bytes, bytes);
	CHECK_INT(rig_drain(r, told, FLOWS), 1);
}

static void test_later_fragments_follow_the_first(void)
{
	const char *why = rig_cannot();

	if (why)
		SKIP(why);
	fragments_follow(make_v4, 0, -1);
	fragments_follow(make_v6, 0, -1);
}

/* They alone would pass: without ports they are no DNS. */
static void test_later_fragments_are_dropped_like_the_first(void)
{
	const char *why = rig_cannot();

	if (why)
		SKIP(why);
	fragments_follow(make_v4, 1 << LA_CLASS_DNS, 2);
	fragments_follow(make_v6, 1 << LA_CLASS_DNS, 2);
}

static void other_datagrams_are_apart(make_fn *make)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	uint32_t bytes = 0, i;

	if (!begin(&r, &(struct setup){ 0 }))
		return;
	send_piece(r, make, (struct piece){ 8, 181, true, 17 }, &bytes); /* before its first */
	send_piece(r, make, (struct piece){ 7, 0, true, 17 }, &bytes);
	send_piece(r, make, (struct piece){ 9, 181, true, 17 }, &bytes); /* of another id */
	CHECK_INT(flows_of(r), 3);
	for (i = 0; i < 3; i++) {
		CHECK_INT(flow_of(r, i)->packets, 1);
		CHECK_INT(flow_of(r, i)->bytes, bytes / 3);
		CHECK_INT(flow_of(r, i)->cls == LA_CLASS_DNS, i == 1);
		CHECK_INT(flow_of(r, i)->key.dport, i == 1 ? 53 : 0);
	}
}

static void test_fragments_of_other_datagrams_are_apart(void)
{
	const char *why = rig_cannot();

	if (why)
		SKIP(why);
	other_datagrams_are_apart(make_v4);
	other_datagrams_are_apart(make_v6);
}

/* Ids are given again: the record that a first fragment was counted in may be that of
 * a flow to somebody else when a later one comes, and is not that one's to count in. */
static void reused_record_is_let_alone(make_fn *make)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	struct la_flow *f;
	uint32_t bytes = 0;

	if (!begin(&r, &(struct setup){ 0 }))
		return;
	send_piece(r, make, (struct piece){ 7, 0, true, 17 }, &bytes);
	f = (struct la_flow *)flow_of(r, 0);
	f->key.daddr.b[15] ^= 1;
	send_piece(r, make, (struct piece){ 7, 181, true, 17 }, &bytes);
	CHECK_INT(f->packets, 1);
	CHECK_INT(f->bytes, bytes / 2);
	CHECK_INT(flows_of(r), 2);
	CHECK_INT(flow_of(r, 1)->packets, 1);
}

static void test_reused_record_is_let_alone(void)
{
	const char *why = rig_cannot();

	if (why)
		SKIP(why);
	reused_record_is_let_alone(make_v4);
	reused_record_is_let_alone(make_v6);
}

/* Both hooks and both dropping or not: whether they made a flow, and passed it. */
static void expect_role(struct rig *r, bool exposed)
{
	static const struct piece whole = { 0 };
	static const int32_t pass[] = { [LA_HOOK_CGROUP] = 1, [LA_HOOK_TC] = -1 };
	static const int32_t drop[] = { [LA_HOOK_CGROUP] = 0, [LA_HOOK_TC] = 2 };
	static struct flight flight = { .n = 1 };
	static struct outcome o;
	uint8_t *frame = flight.packets[0].frame;
	int hook;

	make_v4(&flight.packets[0], &whole);
	memcpy(frame + ETHER_LEN + 16, (uint8_t[4]){ 10, 9, 3, 3 }, 4); /* on-link */
	frame[ETHER_LEN + 23] = 99; /* and no question to a resolver */
	for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC; hook++) {
		CHECK_INT(rig_run(r, hook, &flight, &o), 0);
		CHECK_INT(o.has_flow, exposed);
		CHECK_INT(o.n_told, exposed);
		CHECK_INT(o.returned, exposed ? drop[hook] : pass[hook]);
	}
}

static void test_roles(void)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	const char *why = rig_cannot();

	if (why)
		SKIP(why);
	if (!CHECK_INT(rig_open(&r, &(struct setup){ .drop = ~0U, .lan_exempt = true }), 0))
		return;
	CHECK_INT(rig_set_role(r, LA_ROLE_TUNNEL), 0);
	expect_role(r, false);
	CHECK_INT(rig_set_role(r, LA_ROLE_LOOPBACK), 0);
	expect_role(r, false);
	/* an interface that is not known leads out, and has no LAN */
	CHECK_INT(rig_del_role(r), 0);
	expect_role(r, true);
}

/* Puts so many VLAN tags in front of the packet's ethertype. */
static void tag(struct packet *p, uint32_t tags)
{
	uint8_t *type = p->frame + 12;

	while (tags--) {
		memmove(type + 4, type, p->len - 12);
		memcpy(type, (uint8_t[4]){ 0x81, 0, 0, 5 }, 4);
		p->len += 4;
	}
}

/* An IP packet is one whatever is told to the kernel or stands before it. */
static void test_tagged_frames_are_seen_through(void)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	const char *why = rig_cannot();
	struct packet p;
	int32_t returned;
	uint32_t tags;

	if (why)
		SKIP(why);
	if (!begin(&r, &(struct setup){ 0 }))
		return;
	for (tags = 1; tags <= 2; tags++) {
		make_v4(&p, &(struct piece){ 0 });
		tag(&p, tags);
		CHECK_INT(rig_send(r, LA_HOOK_TC, &p, &returned), 0);
		CHECK_INT(flows_of(r), tags);
		CHECK_INT(flow_of(r, tags - 1)->cls, LA_CLASS_DNS);
		CHECK_INT(flow_of(r, tags - 1)->bytes, 20 + sizeof(question));
	}
}

/* What does not fit into the ring is counted as lost, and nothing else is. */
static void test_full_ring(void)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	const char *why = rig_cannot();
	static union told told[64];
	uint64_t counters[LA_COUNTER_MAX];
	uint32_t id;
	int n;

	if (why)
		SKIP(why);
	if (!CHECK_INT(rig_open(&r, &(struct setup){ .ring = 4096 }), 0) ||
	    !CHECK_INT(rig_give_ids(r, 32), 0))
		return;
	for (n = 0; n < 32; n++)
		CHECK_INT(send_piece(r, make_v4, (struct piece){ 0 }, NULL), -1);
	CHECK_INT(rig_counters(r, counters), 0);
	n = rig_drain(r, told, ARRAY_SIZE(told));
	CHECK(n > 0 && n < 32);
	CHECK_INT((uint64_t)n + counters[LA_COUNTER_RING_FULL], 32);
	for (id = 0; id < 32; id++)
		CHECK_INT(rig_flows(r)[id].packets, 1);
}

/* clang-format off */
UNIT_MAIN("hooks",
	  { "later_fragments_follow_the_first", test_later_fragments_follow_the_first },
	  { "later_fragments_are_dropped_like_the_first", test_later_fragments_are_dropped_like_the_first },
	  { "fragments_of_other_datagrams_are_apart", test_fragments_of_other_datagrams_are_apart },
	  { "reused_record_is_let_alone", test_reused_record_is_let_alone },
	  { "roles", test_roles },
	  { "tagged_frames_are_seen_through", test_tagged_frames_are_seen_through },
	  { "full_ring", test_full_ring })
