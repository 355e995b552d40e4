/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top_guard.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/enrich.h"
#include "account/leakers.h"
#include "base/text.h"
#include "guard/entry.h"
#include "host/cgroup.h"

/* --- which there are --- */

struct listing {
	top_guard_fn *fn;
	void *arg;
};

/* A pins_fn. NAME+new and NAME+old are no guards that one looks at. */
static int on_name(void *arg, const char *name, const char *dir)
{
	const struct listing *l = arg;
	int lock;

	if (strchr(name, '+'))
		return 0;
	lock = pins_lock(dir, 0);
	l->fn(l->arg, name, lock == -EWOULDBLOCK);
	closep(&lock);
	return 0;
}

int top_guards(top_guard_fn *fn, void *arg)
{
	struct listing l = { fn, arg };
	struct fault f = { 0 };

	return pins_each(on_name, &l, &f);
}

/* --- one of them --- */

struct reading {
	const char *name;
	struct top_view *view;
	struct leakers *leakers;
	struct cgroup_mounts mounts;
	bool found;
};

/* The unit of a cgroup that is still there. */
static void put_unit(const struct reading *r, uint64_t id, char *buf, size_t size)
{
	const struct cgroup_mount *m = r->mounts.n ? cgroup_mount_of(&r->mounts, NULL) : NULL;
	_cleanup_(closep) int fd = m && id ? cgroup_open_id(m->fd, id) : -1;
	char path[PATH_MAX];

	if (fd >= 0 && !cgroup_path(fd, m->path, path, sizeof(path)))
		enrich_unit(path, buf, size);
}

/* What rows of programs and of flows have alike. */
static void fill_row(struct top_row *row, const struct record_ends *ends,
		     const struct la_owner *owner, uint8_t attribution, uint32_t ifindex,
		     uint8_t cls)
{
	char name[IF_NAMESIZE];

	*row = (struct top_row){ .packets = ends->left.packets,
				 .bytes = ends->left.bytes,
				 .stopped = ends->dropped.packets };
	if (owner->tgid)
		snprintf(row->program, sizeof(row->program), "%.16s[%u]", owner->comm, owner->tgid);
	else
		snprintf(row->program, sizeof(row->program), "%s",
			 record_attribution_name(attribution) ?: "unknown");
	snprintf(row->kind, sizeof(row->kind), "%s", record_class_name(cls) ?: "?");
	snprintf(row->line, sizeof(row->line), "%s", if_indextoname(ifindex, name) ? name : "?");
}

static void fill_programs(const struct reading *r)
{
	struct leakers *l = r->leakers;
	size_t i;

	leakers_sort(l);
	for (i = 0; i < l->n && i < TOP_ROWS_MAX; i++) {
		const struct leaker *from = &l->v[i];
		struct top_row *row = &r->view->programs[i];

		fill_row(row, &from->ends, &from->owner, from->key.attribution, from->key.ifindex,
			 from->key.cls);
		put_unit(r, from->owner.cgroup, row->of, sizeof(row->of));
	}
	r->view->n_programs = MIN(l->n, (size_t)TOP_ROWS_MAX);
}

/* Where the flow has room: of more than there are rows the largest are kept. */
static struct top_row *flow_row(struct top_view *v, const struct record_ends *ends)
{
	struct top_row *least = v->flows;

	if (v->n_flows < TOP_ROWS_MAX)
		return &v->flows[v->n_flows++];
	for (struct top_row *row = v->flows + 1; row < v->flows + TOP_ROWS_MAX; row++)
		if (row->packets + row->stopped < least->packets + least->stopped)
			least = row;
	return least->packets + least->stopped < ends->left.packets + ends->dropped.packets ? least
											    : NULL;
}

/* A tally_flow_fn. */
static void on_flow(void *arg, const struct la_flow *flow)
{
	const struct reading *r = arg;
	const struct record_ends ends = record_ends(flow);
	struct top_row *row;
	struct text t;

	leakers_add(r->leakers, flow, &flow->owner);
	if (!ends.left.packets && !ends.dropped.packets)
		return;
	row = flow_row(r->view, &ends);
	if (!row)
		return;
	fill_row(row, &ends, &flow->owner, flow->attribution, flow->key.ifindex, flow->cls);
	text_init(&t, row->to, sizeof(row->to));
	text_endpoint(&t, &flow->key.daddr, flow->key.family, flow->key.dport);
}

static void fill_reason(struct text *t, const struct guard_entry *e)
{
	if (e->state < GUARD_REMADE) {
		text_str(t, guard_state_words(e->state));
		return;
	}
	text_add(t, "it stops ");
	policy_say_dropped(t, (uint32_t)e->meta.policy.drop);
	if (guard_entry_left(e)) {
		text_add(t, ", and expires in ");
		text_duration(t, guard_entry_left(e));
	}
	text_add(t,
		 "; nobody follows it: leakaudit watch --guard %s opens a tunnel that comes "
		 "back",
		 e->name);
}

static void fill_sums(struct top_view *v, const struct guard_entry *e)
{
	struct text t;
	size_t i;

	text_init(&t, v->tunnels, sizeof(v->tunnels));
	for (i = 0; i < e->tally.n_tunnels; i++)
		text_add(&t, "%s%s open", i ? ", " : "", e->tally.tunnels[i]);
	if (e->tally.elsewhere)
		text_add(&t, "%s%zu open in other namespaces", i ? ", " : "", e->tally.elsewhere);
	if (!t.len)
		text_add(&t, "none is open");
	text_init(&t, v->sums, sizeof(v->sums));
	text_add(&t, "leaked %" PRIu64 "  stopped %" PRIu64 " (", (uint64_t)e->tally.leaked.packets,
		 (uint64_t)e->tally.stopped.packets);
	text_bytes(&t, e->tally.stopped.bytes);
	text_add(&t, ")  refused %" PRIu64, e->tally.refused);
	text_init(&t, v->losses, sizeof(v->losses));
	if (e->hooked && e->hooks.lost)
		text_add(&t, "hooks that somebody has detached: %u", e->hooks.lost);
	else
		text_add(&t, "all hooks are attached");
}

static bool holds(const struct guard_entry *e)
{
	return e->state >= GUARD_REMADE && e->state != GUARD_GONE && !(e->hooked && e->hooks.lost);
}

/* A pins_fn. */
static int on_guard(void *arg, const char *name, const char *dir)
{
	struct reading *r = arg;
	struct guard_entry *e;
	struct text t;

	if (strcmp(name, r->name) != 0)
		return 0;
	e = calloc(1, sizeof(*e));
	if (!e)
		return -ENOMEM;
	guard_entry_read(e, name, dir);
	r->found = true;
	text_init(&t, r->view->title, sizeof(r->view->title));
	text_add(&t, "guard %s of ", name);
	guard_entry_say_scopes(&t, e, GUARD_SCOPES_SHOWN);
	snprintf(r->view->word, sizeof(r->view->word), "%s", holds(e) ? "guarded" : "unguarded");
	text_init(&t, r->view->reason, sizeof(r->view->reason));
	fill_reason(&t, e);
	fill_sums(r->view, e);
	r->view->n_flows = r->view->n_buckets = 0;
	if (e->tallied)
		tally_flows(dir, on_flow, r);
	fill_programs(r);
	free(e);
	return 1;
}

int top_read_guard(struct top_view *v, const char *name)
{
	struct reading r = { .name = name, .view = v, .leakers = calloc(1, sizeof(*r.leakers)) };
	struct fault f = { 0 };
	int ret = r.leakers ? cgroup_mounts(&r.mounts) : -ENOMEM;

	ret = ret ?: pins_each(on_guard, &r, &f);
	cgroup_mounts_clear(&r.mounts);
	free(r.leakers);
	return ret < 0 ? ret : r.found ? 0 : -ENOENT;
}
