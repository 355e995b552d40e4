/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of what was only dropped, where no other is free and somebody follows: each ends once,
 * here or with who follows.
 */
#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

#include "../unit/unit.h"
#include "rig_priv.h"
#include "base/util.h"

#define FLOWS 3
/* How old what is retired must be, and how long it rests. */
#define REST_NS NSEC_PER_SEC

/* clang-format off */
static const uint8_t datagram[] = {
	0x45, 0, 0, 33, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 0, 1, 198, 51, 100, 7,
	0x12, 0x34, 0x12, 0x35, 0, 13, 0, 0, 'h', 'e', 'l', 'l', 'o',
};
/* clang-format on */

/* Each packet is of a socket of its own, and so of a new flow. */
static void send_one(struct rig *r)
{
	static struct packet p = { .len = ETHER_LEN + sizeof(datagram), .repeat = 1 };
	int32_t returned = 0;

	p.frame[12] = 0x08;
	memcpy(p.frame + ETHER_LEN, datagram, sizeof(datagram));
	CHECK_INT(rig_send(r, LA_HOOK_CGROUP, &p, &returned), 0);
	CHECK_INT(returned, 0);
}

static uint64_t in_records(const struct rig *r, unsigned int state)
{
	uint64_t n = 0;
	uint32_t id;

	for (id = 0; id < RIG_FLOWS; id++)
		if (r->flows[id].state == state)
			n += r->flows[id].dropped_packets;
	return n;
}

static uint64_t in_sums(const struct rig *r)
{
	struct la_sum totals[LA_CELLS];
	uint64_t n = 0;
	uint32_t cell;

	CHECK_INT(rig_totals(r, LA_HOOK_CGROUP, totals), 0);
	for (cell = 0; cell < LA_CELLS; cell++)
		n += totals[cell].packets;
	return n;
}

static bool take_retired(struct rig *r, uint32_t id)
{
	return !bpf_map_delete_elem(bpf_map__fd(r->skel->maps.la_retired), &id);
}

static void test_each_record_ends_once(void)
{
	_cleanup_(rig_closep) struct rig *r = NULL;
	const char *why = rig_cannot();
	uint32_t id;

	if (why)
		SKIP(why);
	if (!CHECK_INT(rig_open(&r, &(struct setup){ .drop = ~0U }), 0) ||
	    !CHECK_INT(rig_give_ids(r, FLOWS), 0))
		return;
	r->skel->bss->la_followed = UINT64_MAX;
	for (id = 0; id < FLOWS; id++)
		send_one(r);
	CHECK_INT(in_records(r, LA_FLOW_LIVE), FLOWS);
	for (id = 0; id < FLOWS; id++)
		r->flows[id].opened -= REST_NS;
	send_one(r); /* none is free: all are retired */
	CHECK_INT(in_records(r, LA_FLOW_CLOSING), FLOWS);
	CHECK_INT(in_sums(r), 1);
	CHECK(take_retired(r, 0)); /* as who follows does, and counts it itself */
	CHECK(!take_retired(r, 0));
	usleep(1100000);
	r->skel->bss->la_held_until = UINT64_MAX; /* somebody reads records and sums */
	send_one(r);
	CHECK_INT(in_sums(r), 2);
	r->skel->bss->la_held_until = 0;
	send_one(r); /* the first has ended elsewhere */
	CHECK_INT(in_records(r, LA_FLOW_LIVE), 0);
	CHECK_INT(in_sums(r), 3);
	send_one(r);
	send_one(r);
	CHECK_INT(in_records(r, LA_FLOW_LIVE), 2);
	CHECK_INT(in_records(r, LA_FLOW_CLOSING), 1);
	CHECK_INT(in_sums(r), 5);
	CHECK(!take_retired(r, 1) && !take_retired(r, 2));
}

/* clang-format off */
UNIT_MAIN("recycle",
	  { "each_record_ends_once", test_each_record_ends_once })
