/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flows.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/grow.h"

/* Records are allocated in chunks, and so never move. A chunk is a huge page where there are such. */
#define CHUNK_BYTES ((size_t)2 << 20)
#define CHUNK ((uint32_t)(CHUNK_BYTES / sizeof(struct replay_flow)))
#define FIRST_SLOTS 4096
#define FREE_LEAST 128

/* Linear probing. At least half of the slots stay free. */
struct slot {
	uint32_t hash;
	uint32_t id; /* the record's number plus one; 0: free */
};

struct replay_flows {
	struct slot *slots;
	uint32_t mask;
	struct replay_flow **chunks;
	uint32_t n_chunks;
	uint32_t used; /* records ever taken from the chunks */
	uint32_t *free_ids;
	uint32_t n_free, room_free;
	size_t count;
	uint64_t serial;
	uint64_t seed[8];
};

/*
 * Zeros. Where there are many flows, each packet's is on another page: huge ones spare the walk to
 * it. The first chunk of a small capture takes no more than it needs. NULL: out of memory.
 */
static void *take_pages(size_t size)
{
	size_t aligned = size >= CHUNK_BYTES ? CHUNK_BYTES : 0;
	uint8_t *v = mmap(NULL, size + aligned, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	size_t before;

	if (v == MAP_FAILED)
		return NULL;
	if (!aligned)
		return v;
	before = -(uintptr_t)v & (aligned - 1);
	if (before)
		munmap(v, before);
	if (aligned - before)
		munmap(v + before + size, aligned - before);
	return v + before;
}

static void give_slots(struct replay_flows *t)
{
	if (t->slots)
		munmap(t->slots, ((size_t)t->mask + 1) * sizeof(*t->slots));
}

int replay_flows_open(struct replay_flows **ret)
{
	_cleanup_(replay_flows_freep) struct replay_flows *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	if (getrandom(t->seed, sizeof(t->seed), 0) != sizeof(t->seed))
		return -EIO;
	t->slots = take_pages(FIRST_SLOTS * sizeof(*t->slots));
	if (!t->slots)
		return -ENOMEM;
	t->mask = FIRST_SLOTS - 1;
	*ret = take_ptr(t);
	return 0;
}

void replay_flows_free(struct replay_flows *t)
{
	if (!t)
		return;
	while (t->n_chunks)
		munmap(t->chunks[--t->n_chunks], CHUNK_BYTES);
	free(t->chunks);
	free(t->free_ids);
	give_slots(t);
	free(t);
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t replay_hash(const struct replay_flows *t, const struct la_flow_key *key)
{
	const uint64_t *s = t->seed;
	uint64_t k[8];

	_Static_assert(sizeof(k) == sizeof(*key), "all of the key is hashed");
	memcpy(k, key, sizeof(k));
	return mix(mix(k[0] ^ s[0], k[1] ^ s[1]) ^ mix(k[2] ^ s[2], k[3] ^ s[3]) ^
			   mix(k[4] ^ k[5] ^ s[4], k[6] ^ s[5]) ^ s[6],
		   k[7] ^ s[7]);
}

static inline struct replay_flow *record(const struct replay_flows *t, uint32_t id)
{
	return &t->chunks[id / CHUNK][id % CHUNK];
}

static inline bool key_equal(const struct la_flow_key *a, const struct la_flow_key *b)
{
	return !memcmp(a, b, sizeof(*a));
}

void replay_flows_fetch_slot(const struct replay_flows *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[(uint32_t)hash & t->mask]);
}

/* The key's line, that of the counters, and the first behind them. */
void replay_flows_fetch(const struct replay_flows *t, uint64_t hash)
{
	uint32_t h = (uint32_t)hash, i;
	const uint8_t *f;

	for (i = h & t->mask; t->slots[i].id; i = (i + 1) & t->mask) {
		if (t->slots[i].hash != h)
			continue;
		f = (const uint8_t *)record(t, t->slots[i].id - 1);
		__builtin_prefetch(f);
		__builtin_prefetch(f + 64, 1);
		__builtin_prefetch(f + sizeof(struct la_flow), 1);
		return;
	}
}

struct replay_flow *replay_flows_find(const struct replay_flows *t, const struct la_flow_key *key,
				      uint64_t hash)
{
	uint32_t h = (uint32_t)hash, i;
	struct replay_flow *f;

	for (i = h & t->mask; t->slots[i].id; i = (i + 1) & t->mask) {
		if (t->slots[i].hash != h)
			continue;
		f = record(t, t->slots[i].id - 1);
		if (key_equal(&f->flow.key, key))
			return f;
	}
	return NULL;
}

static void put_slot(struct slot *slots, uint32_t mask, struct slot s)
{
	uint32_t i;

	for (i = s.hash & mask; slots[i].id; i = (i + 1) & mask)
		;
	slots[i] = s;
}

static int grow_slots(struct replay_flows *t)
{
	uint32_t mask = t->mask * 2 + 1, i;
	struct slot *slots;

	if (t->count < t->mask / 2)
		return 0;
	slots = take_pages(((size_t)mask + 1) * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	if (((size_t)mask + 1) * sizeof(*slots) >= CHUNK_BYTES)
		madvise(slots, ((size_t)mask + 1) * sizeof(*slots), MADV_HUGEPAGE);
	for (i = 0; i <= t->mask; i++)
		if (t->slots[i].id)
			put_slot(slots, mask, t->slots[i]);
	give_slots(t);
	t->slots = slots;
	t->mask = mask;
	return 0;
}

/* Reuses the record that was removed last: it is in the cache. */
static int take_id(struct replay_flows *t, uint32_t *id)
{
	struct replay_flow *chunk;

	if (t->n_free) {
		*id = t->free_ids[--t->n_free];
		return 0;
	}
	if (t->used == t->n_chunks * CHUNK) {
		if (!GROW(t->chunks, t->n_chunks))
			return -ENOMEM;
		chunk = take_pages(CHUNK_BYTES);
		if (!chunk)
			return -ENOMEM;
		if (t->n_chunks)
			madvise(chunk, CHUNK_BYTES, MADV_HUGEPAGE);
		t->chunks[t->n_chunks++] = chunk;
	}
	*id = t->used++;
	return 0;
}

struct replay_flow *replay_flows_add(struct replay_flows *t, const struct la_flow_key *key,
				     uint64_t hash)
{
	struct replay_flow *f;
	uint32_t id;

	if (grow_slots(t) || take_id(t, &id))
		return NULL;
	f = record(t, id);
	*f = (struct replay_flow){ .serial = ++t->serial, .hash = (uint32_t)hash };
	f->flow.key = *key;
	put_slot(t->slots, t->mask, (struct slot){ f->hash, id + 1 });
	t->count++;
	return f;
}

/* Fills the gap with an entry that probing has pushed past it (Knuth, vol. 3, 6.4 R). */
static void close_gap(struct replay_flows *t, uint32_t gap)
{
	uint32_t i = gap, home;

	for (;;) {
		t->slots[gap].id = 0;
		do {
			i = (i + 1) & t->mask;
			if (!t->slots[i].id)
				return;
			home = t->slots[i].hash & t->mask;
		} while (((i - home) & t->mask) < ((i - gap) & t->mask));
		t->slots[gap] = t->slots[i];
		gap = i;
	}
}

void replay_flows_remove(struct replay_flows *t, struct replay_flow *f)
{
	uint32_t i = f->hash & t->mask, id, *grown;

	while (!t->slots[i].id || record(t, t->slots[i].id - 1) != f)
		i = (i + 1) & t->mask;
	id = t->slots[i].id - 1;
	close_gap(t, i);
	f->serial = 0;
	t->count--;
	if (t->n_free == t->room_free) {
		grown = reallocarray(t->free_ids, t->room_free * 2 + FREE_LEAST, sizeof(*grown));
		if (!grown)
			return; /* out of memory for the free list: the record is not reused */
		t->free_ids = grown;
		t->room_free = t->room_free * 2 + FREE_LEAST;
	}
	t->free_ids[t->n_free++] = id;
}

size_t replay_flows_size(void)
{
	return sizeof(struct replay_flow) + 4 * sizeof(struct slot);
}

size_t replay_flows_count(const struct replay_flows *t)
{
	return t->count;
}

static int by_end(const void *a, const void *b)
{
	const struct replay_flow *x = *(struct replay_flow *const *)a;
	const struct replay_flow *y = *(struct replay_flow *const *)b;

	if (x->active != y->active)
		return x->active < y->active ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

int replay_flows_silent(const struct replay_flows *t, uint64_t before, struct replay_flow ***ret,
			size_t *n)
{
	struct replay_flow **v = malloc((t->count + 1) * sizeof(struct replay_flow *)), *f;
	uint32_t id;

	if (!v)
		return -ENOMEM;
	*n = 0;
	for (id = 0; id < t->used; id++) {
		f = record(t, id);
		if (f->serial && f->active <= before)
			v[(*n)++] = f;
	}
	qsort(v, *n, sizeof(struct replay_flow *), by_end);
	*ret = v;
	return 0;
}
