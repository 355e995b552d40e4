/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "top_guard.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	bool found;
};

static void on_flow(void *arg, const struct la_flow *flow)
{
	leakers_add(arg, flow, &flow->owner);
}

static void fill_rows(struct top_view *v, struct leakers *l)
{
	char name[IF_NAMESIZE];
	size_t i;

	leakers_sort(l);
	for (i = 0; i < l->n && i < TOP_ROWS_MAX; i++) {
		const struct leaker *from = &l->v[i];
		struct top_row *r = &v->programs[i];

		*r = (struct top_row){ .packets = from->ends.left.packets,
				       .bytes = from->ends.left.bytes,
				       .stopped = from->ends.dropped.packets };
		if (from->owner.tgid)
			snprintf(r->program, sizeof(r->program), "%.16s[%u]", from->key.comm,
				 from->owner.tgid);
		else
			snprintf(r->program, sizeof(r->program), "%s",
				 record_attribution_name(from->key.attribution) ?: "unknown");
		snprintf(r->kind, sizeof(r->kind), "%s", record_class_name(from->key.cls) ?: "?");
		snprintf(r->line, sizeof(r->line), "%s",
			 if_indextoname(from->key.ifindex, name) ? name : "?");
	}
	v->n_programs = l->n;
	v->n_flows = v->n_buckets = 0;
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
	if (e->tallied)
		tally_flows(dir, on_flow, r->leakers);
	fill_rows(r->view, r->leakers);
	free(e);
	return 1;
}

int top_read_guard(struct top_view *v, const char *name)
{
	struct reading r = { name, v, calloc(1, sizeof(*r.leakers)), false };
	struct fault f = { 0 };
	int ret = r.leakers ? pins_each(on_guard, &r, &f) : -ENOMEM;

	free(r.leakers);
	return ret < 0 ? ret : r.found ? 0 : -ENOENT;
}
