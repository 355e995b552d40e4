/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "namespaces_priv.h"
#include "facts/reconcile.h"

/* How often both are read until nothing passes meanwhile, and how long a packet takes from the
 * hook to the device's counter, if it does not wait in a queue. */
#define READ_TRIES 64
#define PASSAGE_US 50

/* Drivers count when the hardware is done, some of them once in two seconds. */
#define LATE_MS 2500
#define LATE_STEP_MS 50

/* What waited in the queue of an interface that has gone is freed after that was told. */
#define GONE_MS 200

/* Interfaces come and go with containers: of more than so many, the sums are one row. */
#define ROWS_MAX 256

static int open_counters(struct netns_state *sp)
{
	return sp->counters ? 0 : nl_open(&sp->counters, sp->ns, NETLINK_ROUTE, 0);
}

static uint64_t between(const struct la_line *a, const struct la_line *b)
{
	return b->passed.packets - a->passed.packets + b->lost.packets - a->lost.packets;
}

/* The hook before and after the device: equal, nothing passed. */
static int read_once(const struct netns_state *sp, const struct iface *i, struct line_reading *ret)
{
	struct la_line after;
	int r = datapath_line(sp->all->cfg.datapath, i->slot, &ret->line);

	if (!r)
		r = link_counters_get(sp->counters, i->ifindex, &ret->device);
	if (!r)
		r = link_queue_get(sp->counters, i->ifindex, &ret->queue);
	if (!r)
		r = datapath_line(sp->all->cfg.datapath, i->slot, &after);
	ret->unsure = r ? 0 : between(&ret->line, &after);
	return r;
}

/* What passed the hook just before the first reading is in the device's counter by the second. */
static int read_base(struct netns_state *sp, struct iface *i)
{
	struct line_reading one, two;
	int tries, r = 0;

	i->line.base.unsure = UINT64_MAX;
	for (tries = 0; tries < READ_TRIES && i->line.base.unsure; tries++) {
		r = read_once(sp, i, &one);
		usleep(PASSAGE_US);
		if (!r)
			r = read_once(sp, i, &two);
		if (r)
			return r;
		one.unsure = between(&one.line, &two.line) + two.unsure + two.device.packets -
			     one.device.packets;
		if (one.unsure < i->line.base.unsure)
			i->line.base = one;
	}
	return r;
}

/* A new interface's own beginning counts: what left it before the hook was there is unseen. */
static void take_birth(struct line *l, const struct link_counters *birth)
{
	l->unwatched = (struct la_sum){ l->base.device.packets - birth->packets,
					l->base.device.bytes - birth->bytes };
	if (l->unwatched.packets)
		l->base.device = *birth;
}

static void opened(struct netns_state *sp, struct iface *i, int r)
{
	i->line.wanted = false;
	i->line.open = !r;
	i->line.began = ktime_now();
	if (r && r != -ENODEV) /* gone meanwhile */
		completeness_warn(sp->all->cfg.completeness, "cannot read the counters of %s: %s",
				  i->name, strerror(-r));
}

void lines_begin(struct netns_state *sp, struct iface *i, const struct link *link,
		 const struct link_counters *birth)
{
	int r;

	if (i->line.open) {
		i->line.away = true;
		return;
	}
	i->line = (struct line){ .wanted = true,
				 .plain = !link->kind[0],
				 .unread = link->tun ? link->tx_queue_len : 0 };
	if (!sp->all->lines_ready)
		return;
	r = open_counters(sp);
	if (!r)
		r = read_base(sp, i);
	opened(sp, i, r);
	if (!r && birth)
		take_birth(&i->line, birth);
}

/* --- all at once --- */

struct dump {
	struct netns_state *sp;
	bool second;
};

static struct iface *waiting(const struct netns_state *sp, uint32_t ifindex)
{
	const struct link *link = links_find(sp->links, ifindex);
	struct iface *i = link ? link->user : NULL;

	return i && i->line.wanted ? i : NULL;
}

/* Two dumps that agree, and the hook before and after them. */
static void on_counters(void *arg, uint32_t ifindex, const struct link_counters *c)
{
	const struct dump *d = arg;
	struct iface *i = waiting(d->sp, ifindex);
	struct line_reading *base;

	if (!i)
		return;
	base = &i->line.base;
	if (d->second) {
		base->unsure = c->packets - base->device.packets;
		return;
	}
	base->device = *c;
}

static void on_queue(void *arg, uint32_t ifindex, const struct link_queue *q)
{
	const struct dump *d = arg;
	struct iface *i = waiting(d->sp, ifindex);

	if (i)
		i->line.base.queue = *q;
}

static int dump_all(struct netns_state *sp)
{
	struct dump d = { .sp = sp };
	int r = open_counters(sp);

	if (!r)
		r = link_counters_dump(sp->counters, on_counters, &d);
	if (!r)
		r = link_queues_dump(sp->counters, on_queue, &d);
	usleep(PASSAGE_US);
	d.second = true;
	return r ?: link_counters_dump(sp->counters, on_counters, &d);
}

/* Each interface that waits, of one namespace. */
static struct iface *next_waiting(struct netns_state *sp, struct link **link)
{
	struct iface *i;

	while ((*link = links_next(sp->links, *link))) {
		i = (*link)->user;
		if (i && i->line.wanted)
			return i;
	}
	return NULL;
}

static void begin_of(struct netns_state *sp)
{
	struct datapath *k = sp->all->cfg.datapath;
	struct link *link = NULL;
	struct la_line after;
	struct iface *i;
	int r = 0, all;

	while ((i = next_waiting(sp, &link))) {
		i->line.base.unsure = UINT64_MAX; /* until the second dump */
		r = datapath_line(k, i->slot, &i->line.base.line) ?: r;
	}
	all = r ?: dump_all(sp);
	while ((i = next_waiting(sp, &link))) {
		r = all ?: datapath_line(k, i->slot, &after);
		if (!r && (i->line.base.unsure || between(&i->line.base.line, &after)))
			r = read_base(sp, i);
		opened(sp, i, r);
	}
}

void lines_begin_all(struct namespaces *s)
{
	struct link *link;
	size_t i;

	for (i = 0; i < s->n; i++) {
		link = NULL;
		if (next_waiting(s->v[i], &link))
			begin_of(s->v[i]);
	}
	s->lines_ready = true;
}

/* --- the end --- */

static struct la_line_sum grown(const struct la_line_sum *from, const struct la_line_sum *to)
{
	return (struct la_line_sum){
		.skbs = to->skbs - from->skbs,
		.packets = to->packets - from->packets,
		.bytes = to->bytes - from->bytes,
		.repeated = to->repeated - from->repeated,
		.udp_more = to->udp_more - from->udp_more,
		.udp_repeated = to->udp_repeated - from->udp_repeated,
	};
}

/* An interface without a slot of its own is counted with others. */
static struct la_line grown_counts(const struct iface *i, const struct la_line *to)
{
	const struct la_line *from = &i->line.base.line;

	if (!i->slot)
		return (struct la_line){ 0 };
	return (struct la_line){ grown(&from->passed, &to->passed), grown(&from->lost, &to->lost) };
}

static bool compare(const struct netns_state *sp, const struct iface *i,
		    const struct line_reading *now, struct record_line *ret)
{
	const struct line_reading *base = &i->line.base;
	const struct line_growth g = {
		.line = grown_counts(i, &now->line),
		.device = { now->device.packets - base->device.packets,
			    now->device.bytes - base->device.bytes,
			    now->device.dropped - base->device.dropped,
			    now->device.errors - base->device.errors },
		.before = base->queue,
		.after = { now->queue.packets, now->queue.bytes,
			   now->queue.dropped - base->queue.dropped },
		.unsure = base->unsure + now->unsure,
		.late = i->line.behind ? i->line.early : 0,
		.unwatched = i->line.unwatched,
		.plain = i->line.plain,
		.unread = i->line.unread,
	};

	*ret = (struct record_line){ .away = i->line.away, .netns = i->netns };
	snprintf(ret->name, sizeof(ret->name), "%s", i->name);
	if (!sp->home)
		snprintf(ret->netns_name, sizeof(ret->netns_name), "%.*s",
			 (int)sizeof(ret->netns_name) - 1, sp->name);
	return reconcile(&g, ret);
}

/* Missing, and neither dropped nor in the queue: it is on its way, or not counted yet. */
static bool is_behind(const struct record_line *l)
{
	return !l->unseen && l->unexplained.packets;
}

void lines_check(struct netns_state *sp, struct iface *i)
{
	struct line_reading now;
	struct record_line row;

	if (!i->line.open || !i->line.plain ||
	    ktime_now() - i->line.began > LATE_MS * (NSEC_PER_SEC / 1000))
		return;
	if (read_once(sp, i, &now))
		return;
	compare(sp, i, &now, &row);
	i->line.behind |= is_behind(&row);
	if (row.unseen)
		i->line.early = MAX(i->line.early,
				    row.unexplained.packets + row.items[RECORD_LINE_LATE].packets);
}

static struct record_line *row_of(struct namespaces *s, const struct record_line *l)
{
	struct record_line *row;
	size_t i;

	for (i = 0; i < s->n_lines; i++)
		if (s->lines[i].netns == l->netns && !strcmp(s->lines[i].name, l->name))
			return &s->lines[i];
	if (s->n_lines >= ROWS_MAX)
		return &s->lines[ROWS_MAX - 1];
	if (!GROW(s->lines, s->n_lines))
		return NULL;
	row = &s->lines[s->n_lines];
	*row = (struct record_line){ .netns = l->netns };
	memcpy(row->netns_name, l->netns_name, sizeof(l->netns_name));
	snprintf(row->name, sizeof(l->name), "%s", s->n_lines == ROWS_MAX - 1 ? "others" : l->name);
	s->n_lines++;
	return row;
}

static void keep(struct namespaces *s, const struct record_line *l)
{
	struct record_line *to;
	size_t i;

	if (!l->counted.packets && !l->seen.packets && !l->unexplained.packets && !l->vanished)
		return;
	to = row_of(s, l);
	if (!to) {
		completeness_warn(s->cfg.completeness, "cannot keep the counts of %s: %s", l->name,
				  strerror(ENOMEM));
		return;
	}
	record_add(&to->counted, &l->counted);
	record_add(&to->seen, &l->seen);
	record_add(&to->unexplained, &l->unexplained);
	for (i = 0; i < RECORD_LINE_REASON_MAX; i++)
		record_add(&to->items[i], &l->items[i]);
	to->unseen |= l->unseen;
	to->away |= l->away;
	to->vanished |= l->vanished;
}

/* The slot of an interface that has gone keeps its counts for a while. */
static void end_gone(const struct netns_state *sp, const struct iface *i,
		     const struct link_counters *last, struct record_line *ret)
{
	struct line_reading now = { .queue.dropped = i->line.base.queue.dropped };
	int r = datapath_line(sp->all->cfg.datapath, i->slot, &now.line);

	now.device = last ? *last : i->line.base.device;
	compare(sp, i, &now, ret);
	ret->vanished = r || !last;
}

void lines_end(struct netns_state *sp, struct iface *i, bool gone, const struct link_counters *last)
{
	struct line_reading now;
	struct record_line row;
	int tries, r = 0;

	i->line.wanted = false;
	if (!i->line.open)
		return;
	i->line.open = false;
	if (gone) {
		end_gone(sp, i, last, &row);
		for (tries = 0; tries < GONE_MS && is_behind(&row); tries++) {
			usleep(1000);
			end_gone(sp, i, last, &row);
		}
	} else {
		for (tries = 0; tries < READ_TRIES; tries++) {
			r = read_once(sp, i, &now);
			if (r || compare(sp, i, &now, &row))
				break;
			usleep(PASSAGE_US);
		}
		if (r)
			end_gone(sp, i, NULL, &row);
	}
	keep(sp->all, &row);
}

/* True: it is done with. */
static bool finish_one(struct netns_state *sp, struct iface *i, bool last)
{
	struct line_reading now;
	struct record_line row;
	int r = read_once(sp, i, &now);

	if (r)
		end_gone(sp, i, NULL, &row);
	else if (!compare(sp, i, &now, &row) && !last) {
		i->line.behind |= i->line.plain && is_behind(&row);
		return false;
	}
	i->line.open = false;
	keep(sp->all, &row);
	return true;
}

static bool finish_all(struct namespaces *s, bool last)
{
	bool done = true;
	struct link *link;
	struct iface *i;
	size_t n;

	for (n = 0; n < s->n; n++)
		for (link = links_next(s->v[n]->links, NULL); link;
		     link = links_next(s->v[n]->links, link)) {
			i = link->user;
			if (i && i->line.open)
				done &= finish_one(s->v[n], i, last);
		}
	return done;
}

size_t namespaces_lines_now(const struct namespaces *s, struct record_line *v, size_t max)
{
	struct line_reading now;
	size_t n = 0, i;
	struct link *link;

	for (i = 0; i < s->n; i++)
		for (link = links_next(s->v[i]->links, NULL); link && n < max;
		     link = links_next(s->v[i]->links, link)) {
			const struct iface *one = link->user;

			if (!one || !one->line.open || read_once(s->v[i], one, &now))
				continue;
			compare(s->v[i], one, &now, &v[n++]);
		}
	return n;
}

void lines_end_all(struct namespaces *s)
{
	unsigned int step = 1, waited;

	for (waited = 0; !finish_all(s, waited >= LATE_MS); waited += step) {
		step = MIN(2 * step, LATE_STEP_MS);
		usleep(step * 1000);
	}
}
