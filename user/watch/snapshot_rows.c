/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "priv.h"
#include "record/record_json.h"
#include "snapshot_put.h"

/* As many as a person reads. */
#define LEAKERS_SHOWN 50

void snapshot_put_ends(struct json *j, const struct record_ends *e)
{
	record_put_sum(j, "left", e->left.packets, e->left.bytes);
	record_put_sum(j, "dropped", e->dropped.packets, e->dropped.bytes);
	record_put_sum(j, "held", e->held.packets, e->held.bytes);
}

/* --- who --- */

/* Where no process is known. */
static const char *stranger(const struct leaker *l)
{
	switch (l->key.attribution) {
	case LA_ATTR_KERNEL:
		return "kernel";
	case LA_ATTR_FORWARDED:
		return "forwarded";
	default:
		return "unknown";
	}
}

static void put_leaker(struct watch *w, struct json *j, const struct leaker *l)
{
	struct record_process p;

	enrich_process(w->accounts.enrich, &l->owner, &p);
	json_obj(j, NULL);
	json_str(j, "process", p.name ?: stranger(l));
	if (p.pid)
		json_u64(j, "pid", p.pid);
	json_str(j, "executable", p.executable);
	json_str(j, "user", p.user);
	json_str(j, "unit", p.unit);
	json_str(j, "container", p.container_name ?: p.container);
	json_str(j, "class", record_class_name(l->key.cls));
	json_str(j, "interface",
		 namespaces_ifname(w->kernel.namespaces, l->key.netns, l->key.ifindex));
	json_str(j, "netns", namespaces_name(w->kernel.namespaces, l->key.netns));
	json_u64(j, "flows", l->flows);
	snapshot_put_ends(j, &l->ends);
	json_end(j);
}

static void add_other(struct leaker *to, const struct leaker *l)
{
	record_add(&to->ends.left, &l->ends.left);
	record_add(&to->ends.dropped, &l->ends.dropped);
	record_add(&to->ends.held, &l->ends.held);
	to->flows += l->flows;
}

void snapshot_put_leakers(struct watch *w, struct json *j)
{
	const struct leakers *all = w->snapshot.now;
	struct leaker other = all->other;
	size_t i;

	json_arr(j, "leakers");
	for (i = 0; i < all->n && i < LEAKERS_SHOWN; i++)
		put_leaker(w, j, &all->v[i]);
	json_end(j);
	for (; i < all->n; i++)
		add_other(&other, &all->v[i]);
	json_obj(j, "other_leakers");
	if (other.flows) {
		json_u64(j, "flows", other.flows);
		snapshot_put_ends(j, &other.ends);
	}
	json_end(j);
}

/* --- flows --- */

static void put_endpoint(struct json *j, const char *key, const struct la_flow_key *k)
{
	char buf[64];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_endpoint(&t, &k->daddr, k->family, k->dport);
	json_str(j, key, buf);
}

static void put_flow(struct json *j, const struct largest_flow *f)
{
	json_obj(j, NULL);
	json_str(j, "process", f->process[0] ? f->process : "unknown");
	if (f->pid)
		json_u64(j, "pid", f->pid);
	json_str(j, "unit", f->unit[0] ? f->unit : NULL);
	json_str(j, "behalf", f->asker[0] ? f->asker : NULL);
	json_str(j, "class", record_class_name(f->cls));
	json_str(j, "detail", record_detail_name(f->detail));
	json_str(j, "cause", record_cause_name(f->cause));
	json_str(j, "interface", f->interface[0] ? f->interface : NULL);
	json_str(j, "netns", f->netns[0] ? f->netns : NULL);
	put_endpoint(j, "destination", &f->key);
	json_str(j, "transport", record_transport_name(f->key.proto));
	json_str(j, "name", f->name[0] ? f->name : NULL);
	if (f->first.tv_sec)
		json_time(j, "first", &f->first);
	json_time(j, "last", &f->last);
	snapshot_put_ends(j, &f->ends);
	json_end(j);
}

void snapshot_put_flows(const struct watch *w, struct json *j)
{
	const struct largest_flow *v[LARGEST_MAX];
	size_t n = largest_sorted(&w->snapshot.largest, v), i;

	json_arr(j, "flows");
	for (i = 0; i < n; i++)
		put_flow(j, v[i]);
	json_end(j);
}

/* --- time --- */

void snapshot_put_timeline(const struct watch *w, struct json *j)
{
	const struct timeline *t = &w->snapshot.timeline;
	size_t i;

	json_obj(j, "timeline");
	json_time(j, "since", &w->snapshot.started);
	json_seconds(j, "width", t->width);
	json_arr(j, "left");
	for (i = 0; i < t->n; i++)
		json_u64(j, NULL, t->v[i].left.packets);
	json_end(j);
	json_arr(j, "left_bytes");
	for (i = 0; i < t->n; i++)
		json_u64(j, NULL, t->v[i].left.bytes);
	json_end(j);
	json_arr(j, "dropped");
	for (i = 0; i < t->n; i++)
		json_u64(j, NULL, t->v[i].dropped.packets);
	json_end(j);
	json_arr(j, "down");
	for (i = 0; i < t->n; i++)
		json_seconds(j, NULL, t->v[i].down);
	json_end(j);
	json_end(j);
}
