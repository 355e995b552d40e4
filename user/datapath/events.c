/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the rings. Being woken for each event would cost the senders much: after the first one the
 * loader stays awake, reads every few milliseconds, and is not woken until it sleeps again.
 */
#include "priv.h"

#include <errno.h>

#include "leakaudit.skel.h"
#include "ring.h"

#define READ_EVERY_MS 10
/* Without an event for that time it sleeps. */
#define AWAKE_FOR (NSEC_PER_SEC / 50)

static void set_awake(struct datapath *k, bool awake)
{
	__atomic_store_n(&k->skel->bss->la_awake, awake, __ATOMIC_SEQ_CST);
	k->awake = awake;
	k->awake_until = ktime_now() + AWAKE_FOR;
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct datapath *k = ctx;
	int r = ring_check(data, size);

	if (!k->awake) /* at once: who sends more while we read would wake us each time we catch up */
		set_awake(k, true);
	if (r)
		return r;
	k->fn(k->arg, data);
	return 0;
}

int datapath_events_open(struct datapath *k)
{
	int r;

	k->ring = ring_buffer__new(bpf_map__fd(k->skel->maps.la_events), on_record, k, NULL);
	if (!k->ring)
		return -errno;
	r = ring_buffer__add(k->ring, bpf_map__fd(k->skel->maps.la_evidence), on_record, k);
	if (!r)
		set_awake(k, false); /* an earlier loader may have ended awake */
	return r;
}

int datapath_events_fd(const struct datapath *k)
{
	return ring_buffer__epoll_fd(k->ring);
}

int datapath_events(struct datapath *k)
{
	int n = ring_buffer__consume(k->ring);

	if (n > 0)
		set_awake(k, true);
	else if (!n && k->awake && ktime_now() >= k->awake_until)
		set_awake(k, false);
	return n < 0 ? n : 0;
}

/* Who has seen us awake may send an event after we have gone to sleep: so there is one more look. */
int datapath_events_wait(const struct datapath *k)
{
	return k->awake || ktime_now() < k->awake_until ? READ_EVERY_MS : -1;
}
