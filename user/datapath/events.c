/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the rings. Being woken for each event would cost the senders much: after the first one the
 * loader stays awake, reads every few milliseconds, and is not woken until it sleeps again.
 */
#include "priv.h"

#include <errno.h>
#include <sys/epoll.h>

#include "leakaudit.skel.h"
#include "ring.h"

#define READ_EVERY_MS 10
/* Without an event for that time it sleeps. */
#define AWAKE_FOR (NSEC_PER_SEC / 50)

/* How long the rings are read at once, however fast they fill: others wait meanwhile. */
#define READ_FOR (NSEC_PER_SEC / 200)
/* Events between two looks at the clock. */
#define CLOCK_EVERY 64

static void tell(struct datapath *k, enum la_reader_state state)
{
	__atomic_store_n(&k->skel->bss->la_awake, state, __ATOMIC_SEQ_CST);
	k->awake = state != LA_READER_SLEEPS;
}

static int on_record(void *ctx, void *data, size_t size)
{
	struct datapath *k = ctx;
	int r = ring_check(data, size);

	if (!k->n_read++) /* at once: who sends more while we read would wake us each time we catch
			     up */
		tell(k, LA_READER_READS);
	if (r)
		return r;
	k->fn(k->arg, data);
	return k->n_read % CLOCK_EVERY || ktime_now() < k->read_until ? 0 : -ECANCELED;
}

int datapath_events_open(struct datapath *k)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct ring_buffer **rings[] = { &k->ring, &k->evidence };
	struct bpf_map *maps[] = { k->skel->maps.la_events, k->skel->maps.la_evidence };
	size_t i;

	k->rings = epoll_create1(EPOLL_CLOEXEC);
	if (k->rings < 0)
		return -errno;
	for (i = 0; i < ARRAY_SIZE(rings); i++) {
		*rings[i] = ring_buffer__new(bpf_map__fd(maps[i]), on_record, k, NULL);
		if (!*rings[i] ||
		    epoll_ctl(k->rings, EPOLL_CTL_ADD, ring_buffer__epoll_fd(*rings[i]), &e))
			return -errno;
	}
	tell(k, LA_READER_SLEEPS); /* an earlier loader may have ended awake */
	return 0;
}

void datapath_events_close(struct datapath *k)
{
	ring_buffer__free(k->ring);
	ring_buffer__free(k->evidence);
	closep(&k->rings);
}

int datapath_events_fd(const struct datapath *k)
{
	return k->rings;
}

/* Reads one of the rings for a while. 0 or -errno. */
static int read_ring(struct datapath *k, struct ring_buffer *ring)
{
	int n;

	k->read_until = ktime_now() + READ_FOR;
	n = ring_buffer__consume(ring);
	k->behind |= n == -ECANCELED;
	return n < 0 && n != -ECANCELED ? n : 0;
}

static int read_both(struct datapath *k)
{
	return read_ring(k, k->ring) ?: read_ring(k, k->evidence);
}

int datapath_events(struct datapath *k)
{
	int r;

	k->n_read = 0;
	k->behind = false;
	r = read_both(k);
	if (k->n_read) {
		k->awake_until = ktime_now() + AWAKE_FOR;
		tell(k, LA_READER_NAPS);
		r = r ?: read_ring(k, k->ring); /* nobody has woken us for what came meanwhile */
	} else if (k->awake && ktime_now() >= k->awake_until) {
		k->awake_until = ktime_now() + AWAKE_FOR;
		tell(k, LA_READER_SLEEPS);
	}
	return r;
}

bool datapath_events_left(const struct datapath *k)
{
	return k->behind;
}

/* Who has seen us awake may send an event after we have gone to sleep: so there is one more look. */
int datapath_events_wait(const struct datapath *k)
{
	if (k->behind)
		return 0;
	return k->awake || ktime_now() < k->awake_until ? READ_EVERY_MS : -1;
}
