/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_behalf.h"

#include <inttypes.h>

#include "record_json.h"

static void put_process(struct json *j, const struct record_asker *p)
{
	json_obj(j, "process");
	if (p->pid)
		json_u64(j, "pid", p->pid);
	json_str(j, "name", p->name);
	json_end(j);
	json_str(j, "scope", p->scope);
	record_put_cgroup(j, p->unit, p->cgroup_path, p->cgroup_id);
}

static void say_process(struct text *t, const struct record_asker *p)
{
	text_escape(t, p->name ? p->name : "?", false);
	if (p->pid)
		text_add(t, "[%" PRIu32 "]", p->pid);
}

void record_put_behalf(struct json *j, const struct record_behalf *b)
{
	if (!b)
		return;
	json_str(j, "match", b->match);
	json_arr(j, "on_behalf_of");
	for (size_t i = 0; i < b->n; i++) {
		json_obj(j, NULL);
		put_process(j, &b->v[i]);
		json_end(j);
	}
	json_end(j);
}

void record_say_behalf(struct text *t, const struct record_behalf *b)
{
	for (size_t i = 0; b && i < b->n; i++) {
		text_add(t, i ? ", " : " on behalf of ");
		say_process(t, &b->v[i]);
	}
}

void record_put_unasked(struct json *j, const struct record_leak *l)
{
	json_obj(j, "resolver");
	if (l->resolver)
		put_process(j, l->resolver);
	json_end(j);
}

void record_say_unasked(struct text *t, const struct record_leak *l)
{
	if (l->flow.refusal != LA_REFUSAL_RESOLVER || l->flow.hook == LA_HOOK_TC)
		return;
	text_add(t, ": ");
	if (l->resolver)
		say_process(t, l->resolver);
	else
		text_add(t, "the resolver there");
	text_add(t, l->resolver ? " would ask outside the tunnel" : " is not known");
}

void record_put_resolver(struct json *j, const struct record_resolver *r)
{
	json_obj(j, NULL);
	put_process(j, &r->process);
	json_str(j, "way", r->way);
	json_arr(j, "addresses");
	for (size_t a = 0; a < r->n; a++)
		json_str(j, NULL, r->addresses[a]);
	json_end(j);
	json_end(j);
}

void record_say_resolvers(struct text *t, const struct record_ready *r)
{
	for (size_t i = 0; i < r->n_resolvers; i++) {
		text_add(t, i ? ", " : "; resolver ");
		say_process(t, &r->resolvers[i].process);
		if (r->resolvers[i].n)
			text_add(t, " at %s", r->resolvers[i].addresses[0]);
		if (r->resolvers[i].way)
			text_add(t, " (%s)", r->resolvers[i].way);
	}
}
