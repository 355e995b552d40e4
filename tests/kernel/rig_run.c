/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test run makes a socket of its own for each packet, so that a packet never
 * meets the flow of the one before. But sockets on one CPU get one cookie after
 * the other: the flow is given the next one's beforehand, and so is found. Where
 * somebody else took that cookie, the flight begins anew.
 */
#include "rig_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/util.h"

#define ATTEMPTS 50
#define GSO_SIZE 1000 /* nothing is cut: it says that there are segments */
#define SPARE (RIG_FLOWS - 1) /* the id that a flow gets which was not foreseen */

const struct la_owner flight_owner = {
	.start_ns = 123 * NSEC_PER_SEC, .cgroup = 99, .tgid = 4242, .uid = 1000, .comm = "client"
};
#define USER_HZ 100

struct run {
	struct rig *r;
	enum la_hook hook;
	const struct flight *flight;
	struct outcome *o;
	uint32_t id; /* of the flow to be */
	uint64_t since;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

static int wrong(const char *what)
{
	printf("# %s\n", what);
	return -EPROTO;
}

int rig_send(struct rig *r, enum la_hook hook, const struct packet *packet, int32_t *returned)
{
	struct __sk_buff ctx = { .mark = packet->mark,
				 .gso_segs = packet->segs,
				 .gso_size = packet->segs > 1 ? GSO_SIZE : 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->frame, .data_size_in = packet->len,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = (int)packet->repeat);

	if (bpf_prog_test_run_opts(r->programs[hook], &opts))
		return -errno;
	*returned = (int32_t)opts.retval;
	return 0;
}

int rig_drain(struct rig *r, union told *told, uint32_t max)
{
	r->told = told;
	r->n_told = 0;
	r->max_told = max;
	return ring_buffer__consume(r->ring) < 0 ? -EPROTO : (int)r->n_told;
}

static int plant_owner(struct run *run)
{
	struct leakaudit_bpf *skel = run->r->skel;
	struct la_process who = { .start_ns = flight_owner.start_ns, .tgid = flight_owner.tgid };
	uint64_t ticks = flight_owner.start_ns / (NSEC_PER_SEC / USER_HZ) + run->flight->impostor;
	struct la_daemon daemon = { .tgid = flight_owner.tgid };
	uint8_t one = 1;
	int e = 0;

	if (run->flight->client)
		e = rig_put(skel->maps.la_torrents, &who, &one);
	skel->bss->la_daemon_bits = 1ULL << (daemon.tgid & 63);
	if (run->flight->daemon && !e)
		e = rig_put(skel->maps.la_daemons, &daemon, &ticks);
	return e;
}

static void pull_owner(struct run *run)
{
	struct leakaudit_bpf *skel = run->r->skel;
	struct la_process who = { .start_ns = flight_owner.start_ns, .tgid = flight_owner.tgid };
	struct la_daemon daemon = { .tgid = flight_owner.tgid };

	if (!run->flight->owned)
		return;
	run->o->shown = !bpf_map_delete_elem(bpf_map__fd(skel->maps.la_torrents), &who);
	bpf_map_delete_elem(bpf_map__fd(skel->maps.la_daemons), &daemon);
	bpf_map_delete_elem(bpf_map__fd(skel->maps.la_far_ends), &who);
}

static int begin(struct run *run)
{
	struct rig *r = run->r;
	int free_ids = bpf_map__fd(r->skel->maps.la_free_ids);
	const uint32_t spare = SPARE;

	memset(run->o, 0, offsetof(struct outcome, told));
	r->skel->bss->la_sees_synack = 0;
	r->skel->bss->la_epoch_word.epoch = EPOCH;
	run->id = r->next_id;
	run->since = now();
	r->next_id = (r->next_id + 1) % SPARE;
	r->flows[run->id].state = LA_FLOW_FREE;
	r->flows[SPARE].state = LA_FLOW_FREE;
	if (run->flight->owned && plant_owner(run))
		return -errno;
	if (r->full)
		return 0;
	if (run->flight->n > 1 && bpf_map_update_elem(free_ids, NULL, &spare, BPF_ANY))
		return -errno;
	return bpf_map_update_elem(free_ids, NULL, &run->id, BPF_ANY) ? -errno : 0;
}

/* The flow, if there is one yet, is that of the next socket. */
static int foresee(struct run *run)
{
	int fd = bpf_map__fd(run->r->skel->maps.la_flow_ids);
	struct la_flow *f = &run->r->flows[run->id];

	if (f->state != LA_FLOW_LIVE)
		return 0;
	if (bpf_map_delete_elem(fd, &f->key))
		return -errno;
	f->key.cookie++;
	return bpf_map_update_elem(fd, &f->key, &run->id, BPF_ANY) ? -errno : 0;
}

static void find_owner(struct run *run)
{
	struct la_flow *f = &run->r->flows[run->id];

	if (!run->flight->owned || f->state != LA_FLOW_LIVE)
		return;
	f->owner = flight_owner;
	f->attribution = LA_ATTR_SOCKET;
	f->flags |= run->flight->configures ? LA_FF_CONFIGURES : 0;
}

static int send_all(struct run *run)
{
	const struct packet *p;
	uint32_t i;
	int e = 0;

	for (i = 0; i < run->flight->n && !e; i++) {
		p = &run->flight->packets[i];
		run->r->skel->bss->la_epoch_word.epoch += p->new_facts;
		if (i == 1)
			find_owner(run);
		if (i)
			e = foresee(run);
		e = e ?: rig_send(run->r, run->hook, p, &run->o->returned);
		if (!e && run->r->flows[SPARE].state != LA_FLOW_FREE)
			e = -EAGAIN; /* it has opened a flow of its own */
	}
	return e;
}

/* Out of the hash, where it has to be. */
static int unlink_flow(struct run *run, uint32_t id)
{
	int fd = bpf_map__fd(run->r->skel->maps.la_flow_ids);
	struct la_flow *f = &run->r->flows[id];
	uint32_t found;

	if (bpf_map_lookup_elem(fd, &f->key, &found) || found != id)
		return wrong("the flow's key does not lead to its record");
	f->state = LA_FLOW_FREE;
	return bpf_map_delete_elem(fd, &f->key) ? -errno : 0;
}

static int take_flow(struct run *run)
{
	struct outcome *o = run->o;
	const struct la_flow *f = &run->r->flows[run->id];

	o->has_flow = f->state != LA_FLOW_FREE;
	if (!o->has_flow)
		return 0;
	o->flow = *f;
	if (!o->flow.key.cookie)
		return wrong("the flow has no socket cookie");
	if (o->flow.opened < run->since || o->flow.opened > now())
		return wrong("the flow was opened at another time");
	return unlink_flow(run, run->id);
}

/* Those that no flow took, and the flow that was not foreseen. */
static int take_ids(struct run *run)
{
	int free_ids = bpf_map__fd(run->r->skel->maps.la_free_ids);
	bool strayed = run->r->flows[SPARE].state != LA_FLOW_FREE;
	uint32_t left = !run->o->has_flow + (run->flight->n > 1 && !strayed), id;

	if (run->r->full)
		return 0;
	while (left--)
		if (bpf_map_lookup_and_delete_elem(free_ids, NULL, &id))
			return wrong("a free id is gone, and no flow has it");
	return strayed ? unlink_flow(run, SPARE) : 0;
}

static int take_fragment(struct run *run)
{
	int fd = bpf_map__fd(run->r->skel->maps.la_frags);
	struct outcome *o = run->o;
	uint32_t found, expected = run->hook == LA_HOOK_TC ? run->id : LA_FRAG_OWN;

	o->has_fragment = !bpf_map_get_next_key(fd, NULL, &o->fragment);
	if (!o->has_fragment)
		return 0;
	if (bpf_map_lookup_elem(fd, &o->fragment, &found) || found != expected)
		return wrong("the fragment does not lead to its flow");
	return bpf_map_delete_elem(fd, &o->fragment) ? -errno : 0;
}

/* Checks what is volatile, and makes it 0. Each packet has another cookie. */
static int mask(struct run *run)
{
	struct la_flow *f = &run->o->flow;
	struct la_event_flow *e;
	uint32_t i;

	for (i = 0; i < run->o->n_told; i++) {
		e = &run->o->told[i].event;
		if (e->flow.key.cookie > f->key.cookie ||
		    e->flow.key.cookie + run->flight->n <= f->key.cookie ||
		    e->flow.opened != f->opened)
			return wrong("the event is of another flow");
		if (e->id != run->id)
			return wrong("the event has another id");
		if (e->hdr.ktime < f->opened || e->hdr.ktime > now())
			return wrong("the event is of another time");
		e->hdr.ktime = 0;
		e->id = 0;
		e->flow.key.cookie = 0;
		e->flow.opened = 0;
		e->flow.utp.time = 0;
		e->flow.state = 0;
	}
	f->key.cookie = 0;
	f->opened = 0;
	f->utp.time = 0;
	return 0;
}

static int run_once(struct run *run)
{
	int e = begin(run), sent, told;

	if (e)
		return e;
	sent = send_all(run);
	run->o->sees_synack = run->r->skel->bss->la_sees_synack;
	pull_owner(run);
	told = rig_drain(run->r, run->o->told, TOLD_MAX);
	e = take_flow(run);
	e = e ?: take_ids(run);
	e = e ?: take_fragment(run);
	if (told < 0)
		return wrong("the ring has records that are none of ours");
	run->o->n_told = (uint32_t)told;
	return sent ?: e ?: mask(run);
}

int rig_run(struct rig *r, enum la_hook hook, const struct flight *flight, struct outcome *o)
{
	struct run run = { .r = r, .hook = hook, .flight = flight, .o = o };
	int attempt, e = -EAGAIN;

	for (attempt = 0; attempt < ATTEMPTS && e == -EAGAIN; attempt++)
		e = run_once(&run);
	return e;
}
