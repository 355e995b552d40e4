/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spool.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "base/util.h"
#include "spool_priv.h"

static uint32_t crc_of(const struct spool_head *h, const char *data)
{
	uLong crc = crc32(0, (const Bytef *)&h->number, sizeof(h->number));

	crc = crc32(crc, (const Bytef *)&h->len, sizeof(h->len));
	return (uint32_t)crc32(crc, (const Bytef *)data, h->len);
}

size_t spool_valid(const char *buf, size_t len, uint64_t first, uint64_t *n)
{
	struct spool_head h;
	size_t at = 0;

	for (*n = 0; len - at >= sizeof(h); ++*n) {
		memcpy(&h, buf + at, sizeof(h));
		if (h.len > len - at - sizeof(h) || h.number != first + *n ||
		    h.crc != crc_of(&h, buf + at + sizeof(h)))
			break;
		at += sizeof(h) + h.len;
	}
	return at;
}

static void segment_free(struct segment *g)
{
	closep(&g->fd);
	free(g->buf);
	free(g);
}

static void drop_head(struct spool *s)
{
	struct segment *g = s->head;

	s->unsaved -= s->disk ? g->len - g->saved : 0;
	s->head = g->next;
	if (!s->head)
		s->tail = NULL;
	if (g->on_disk)
		spool_disk_remove(s->disk, g);
	segment_free(g);
}

void spool_free(struct spool *s)
{
	struct segment *g;

	if (!s)
		return;
	spool_save(s);
	while (s->disk && s->head && !spool_held(s))
		drop_head(s);
	while ((g = s->head)) {
		s->head = g->next;
		if (s->disk && g->on_disk && g->buf && g->saved < g->len)
			spool_disk_cut(s->disk, g);
		segment_free(g);
	}
	spool_disk_free(s->disk);
	free(s);
}

/* Has the segment's bytes in memory, as far as they are whole. */
static void load(struct spool *s, struct segment *g)
{
	uint64_t end = g->end;
	size_t len = g->len;

	if (g->buf)
		return;
	if (spool_disk_load(s->disk, g)) {
		g->end = g->first; /* it cannot be read: all of it is lost */
		g->len = g->saved = 0;
	}
	s->lost += end - MIN(g->end, end);
	s->waiting -= MIN(len - MIN(g->len, len), s->waiting);
}

/* Moves to the next segment, if there is one and this one is at its end. */
static bool advance(struct spool *s, struct cursor *c)
{
	struct segment *next = c->at ? c->at->next : s->head;

	if (c->at && (c->offset < c->at->len || !next))
		return false;
	if (!next)
		return false;
	*c = (struct cursor){ .at = next, .number = next->first };
	return true;
}

static bool look(const struct cursor *c, struct spool_message *ret, size_t *size)
{
	struct spool_head h;

	if (!c->at || !c->at->buf || c->offset >= c->at->len)
		return false;
	memcpy(&h, c->at->buf + c->offset, sizeof(h));
	ret->data = c->at->buf + c->offset + sizeof(h);
	ret->len = h.len;
	ret->number = h.number;
	*size = sizeof(h) + h.len;
	return true;
}

bool spool_next(struct spool *s, struct spool_message *ret)
{
	size_t size;

	do {
		if (s->taken.at && s->taken.at->len)
			load(s, s->taken.at);
		if (look(&s->taken, ret, &size))
			return true;
	} while (advance(s, &s->taken));
	return false;
}

void spool_take(struct spool *s)
{
	struct spool_message m;
	size_t size;

	if (!spool_next(s, &m) || !look(&s->taken, &m, &size))
		return;
	s->taken.offset += size;
	s->taken.number = m.number + 1;
	s->waiting -= MIN(size, s->waiting);
	s->again -= MIN(size, s->again);
}

bool spool_first(const struct spool *s, struct spool_message *ret)
{
	struct cursor c = s->arrived;
	size_t size;

	while (c.number < s->taken.number) {
		if (look(&c, ret, &size))
			return ret->number < s->taken.number;
		if (!c.at || !c.at->next)
			return false;
		c = (struct cursor){ .at = c.at->next, .number = c.at->next->first };
	}
	return false;
}

void spool_arrived(struct spool *s)
{
	struct spool_message m;
	size_t size;

	if (!spool_first(s, &m))
		return;
	while (!look(&s->arrived, &m, &size))
		if (!advance(s, &s->arrived))
			return;
	s->arrived.offset += size;
	s->arrived.number = m.number + 1;
	while (s->head != s->taken.at &&
	       (s->head != s->arrived.at || s->arrived.offset >= s->head->len)) {
		if (s->head == s->arrived.at)
			advance(s, &s->arrived);
		drop_head(s);
	}
}

void spool_back(struct spool *s)
{
	for (struct segment *g = s->arrived.at; g; g = g->next) {
		size_t from = g == s->arrived.at ? s->arrived.offset : 0;
		size_t to = g == s->taken.at ? s->taken.offset : g->len;

		s->waiting += to - MIN(from, to);
		s->again += to - MIN(from, to);
		if (g == s->taken.at)
			break;
	}
	s->taken = s->arrived;
}

static struct segment *add_segment(struct spool *s, size_t need)
{
	struct segment *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->size = MAX((size_t)SEGMENT_SIZE, need);
	g->buf = malloc(g->size);
	if (!g->buf) {
		free(g);
		return NULL;
	}
	g->fd = -1;
	g->first = g->end = s->end;
	if (s->tail)
		s->tail->next = g;
	else
		s->head = g;
	if (!s->taken.at)
		s->taken = (struct cursor){ .at = g, .number = g->first };
	if (!s->arrived.at)
		s->arrived = (struct cursor){ .at = g, .number = g->first };
	s->tail = g;
	return g;
}

/* A segment between the two cursors and the end is needed in memory only when its turn comes. */
static void unload(struct spool *s, struct segment *g)
{
	if (!s->disk || g->saved < g->len)
		return;
	closep(&g->fd);
	g->fd = -1;
	if (g == s->taken.at || g->first < s->taken.number)
		return;
	free(take_ptr(g->buf));
}

static void save(struct spool *s, struct segment *g)
{
	size_t before = g->saved;

	if (!s->disk || !g->buf || g->saved == g->len)
		return;
	s->error = spool_disk_save(s->disk, g);
	s->unsaved -= g->saved - before;
}

static int room(const struct spool *s, size_t need, bool important)
{
	uint64_t size = important ? s->size : s->size - SPOOL_RESERVE;
	uint64_t waiting = s->waiting - MIN(s->again, s->waiting);

	if (need > size || waiting > size - need)
		return -ENOBUFS;
	/* what a full disk does not take waits in memory; of that, what was taken is on its way */
	return s->disk && MIN(s->unsaved, waiting) > SPOOL_MEMORY - MIN(need, (size_t)SPOOL_MEMORY)
		       ? -ENOSPC
		       : 0;
}

int spool_put(struct spool *s, const void *data, size_t len, bool important)
{
	struct spool_head h = { .len = (uint32_t)len, .number = s->end };
	size_t need = sizeof(h) + len;
	struct segment *g = s->tail;
	int r = room(s, need, important);

	if (!r && (!g || !g->buf || g->size - g->len < need)) {
		struct segment *full = g;

		g = add_segment(s, need);
		if (g && full && full->buf)
			unload(s, full);
		r = g ? 0 : -ENOMEM;
	}
	if (r) {
		s->lost++;
		return r;
	}
	h.crc = crc_of(&h, data);
	memcpy(g->buf + g->len, &h, sizeof(h));
	memcpy(g->buf + g->len + sizeof(h), data, len);
	g->len += need;
	g->end = ++s->end;
	s->waiting += need;
	s->unsaved += s->disk ? need : 0;
	save(s, g);
	return 0;
}

void spool_save(struct spool *s)
{
	if (!s->disk)
		return;
	if (s->unsaved)
		for (struct segment *g = s->head; g; g = g->next)
			save(s, g);
	spool_disk_arrived(s->disk, s->arrived.number);
}

int spool_error(const struct spool *s)
{
	return s->unsaved ? s->error : 0;
}

uint64_t spool_waiting(const struct spool *s)
{
	return s->end - MIN(s->taken.number, s->end);
}

bool spool_has_room(const struct spool *s)
{
	return s->waiting < MIN(s->size, (uint64_t)SPOOL_MEMORY) / 2;
}

uint64_t spool_held(const struct spool *s)
{
	return s->end - MIN(s->arrived.number, s->end);
}

uint64_t spool_unsaved(const struct spool *s)
{
	uint64_t n = 0, whole;

	if (!s->disk)
		return spool_held(s);
	for (const struct segment *g = s->head; g && s->unsaved; g = g->next) {
		if (!g->buf || g->saved == g->len)
			continue;
		spool_valid(g->buf, g->saved, g->first, &whole);
		n += g->end - MAX(g->first + whole, MIN(s->arrived.number, g->end));
	}
	return n;
}

uint64_t spool_lost(const struct spool *s)
{
	return s->lost;
}

/* Goes behind what has arrived already, as the last run has noted. */
static void skip_arrived(struct spool *s, uint64_t arrived)
{
	struct spool_message m;

	s->taken = s->arrived =
		(struct cursor){ .at = s->head, .number = s->head ? s->head->first : s->end };
	while (s->head && s->head->end <= arrived) {
		drop_head(s);
		s->taken = s->arrived =
			(struct cursor){ .at = s->head,
					 .number = s->head ? s->head->first : s->end };
	}
	for (const struct segment *g = s->head; g; g = g->next)
		s->waiting += g->len;
	while (s->head && spool_next(s, &m) && m.number < arrived) {
		spool_take(s);
		spool_arrived(s);
	}
}

int spool_open(struct spool **ret, const char *dir, const char *kind, uint64_t size,
	       struct fault *f)
{
	struct spool *s = calloc(1, sizeof(*s));
	uint64_t arrived = 0;
	int r;

	if (!s)
		return -ENOMEM;
	s->size = dir ? size : SPOOL_MEMORY;
	s->end = 1;
	r = dir ? spool_disk_open(s, dir, kind, &arrived, f) : 0;
	if (r) {
		spool_disk_free(take_ptr(s->disk)); /* what is there stays as it is */
		spool_free(s);
		return r;
	}
	skip_arrived(s, arrived);
	*ret = s;
	return 0;
}
