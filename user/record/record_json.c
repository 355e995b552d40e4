/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_json.h"

#include <stdio.h>
#include <string.h>

#include "record_behalf.h"
#include "record_cause.h"
#include "record_dropout.h"
#include "record_head.h"
#include "record_heartbeat.h"
#include "record_leak.h"
#include "record_scope.h"
#include "record_tables.h"
#include "speaker.h"
#include "base/json_again.h"
#include "base/text.h"

void record_put_sum(struct json *j, const char *key, uint64_t packets, uint64_t bytes)
{
	json_obj(j, key);
	json_u64(j, "packets", packets);
	json_u64(j, "bytes", bytes);
	json_end(j);
}

static void write_process(struct json *j, const struct record_process *p)
{
	char uid[16];

	json_obj(j, "process");
	if (p->pid)
		json_u64(j, "pid", p->pid);
	json_str(j, "name", p->name);
	json_str(j, "executable", p->executable);
	json_str(j, "command_line", p->command_line);
	if (p->start.tv_sec)
		json_time(j, "start", &p->start);
	json_obj(j, "parent");
	if (p->parent_pid)
		json_u64(j, "pid", p->parent_pid);
	json_str(j, "name", p->parent_name);
	json_end(j);
	json_end(j);
	if (p->has_uid) {
		snprintf(uid, sizeof(uid), "%u", p->uid);
		json_obj(j, "user");
		json_str(j, "id", uid);
		json_str(j, "name", p->user);
		json_end(j);
	}
	json_obj(j, "container");
	json_str(j, "id", p->container);
	json_str(j, "name", p->container_name);
	json_str(j, "runtime", p->container_runtime);
	json_end(j);
}

void record_put_cgroup(struct json *j, const char *unit, const char *path, uint64_t id)
{
	json_str(j, "unit", unit);
	json_obj(j, "cgroup");
	json_str(j, "path", path);
	if (id)
		json_id(j, "id", id);
	json_end(j);
}

static void write_cgroup(struct json *j, const struct record_process *p)
{
	if (p->host_pid)
		json_u64(j, "host_pid", p->host_pid);
	record_put_cgroup(j, p->unit, p->cgroup_path, p->cgroup_id);
}

/* Writes members that only depend on the process, if need be by that function. */
_Static_assert(sizeof(struct record_process) % 8 == 0, "it is part of a key");

static void put_of_process(struct json *j, const struct record_process *p,
			   void (*write)(struct json *j, const struct record_process *p))
{
	const struct {
		void (*write)(struct json *j, const struct record_process *p);
		struct record_process process;
	} key = { write, *p };

	if (p->version && json_again(j, &key, sizeof(key)))
		return;
	write(j, p);
	if (p->version)
		json_keep(j);
}

void record_put_process(struct json *j, const struct record_process *p)
{
	put_of_process(j, p, write_process);
}

void record_put_place(struct json *j, const struct record_process *p, uint64_t netns,
		      const char *netns_name)
{
	put_of_process(j, p, write_cgroup);
	json_obj(j, "netns");
	if (netns)
		json_id(j, "cookie", netns);
	json_str(j, "name", netns_name);
	json_end(j);
}

void record_put_socket(struct json *j, uint64_t cookie)
{
	json_obj(j, "socket");
	if (cookie)
		json_id(j, "cookie", cookie);
	json_end(j);
}

void record_put_interface(struct json *j, const char *key, const struct record_interface *i)
{
	json_obj(j, key);
	json_str(j, "name", i->name);
	if (i->ifindex)
		json_id(j, "id", i->ifindex);
	json_str(j, "kind", i->kind);
	json_str(j, "role", record_role_name(i->role));
	json_str(j, "change", link_change_name(i->change));
	json_str(j, "old_name", i->old_name);
	json_obj(j, "netns");
	if (i->netns)
		json_id(j, "cookie", i->netns);
	json_str(j, "name", i->netns_name);
	json_end(j);
	json_end(j);
}

static void put_pages(struct json *j, const struct record_cut *cut)
{
	if (cut && cut->pages)
		json_u64(j, "pages", cut->pages);
}

/* A list without rows is left out where most runs have none. */
static void put_some(struct json *j, const struct record *r, enum record_table t)
{
	if (record_table_rows(r, t))
		record_put_table(j, r, t);
}

static void put_ready(struct json *j, const struct record *r)
{
	const struct record_ready *ready = &r->ready;

	json_obj(j, "leakaudit");
	json_str(j, "version", ready->version);
	json_str(j, "scope", ready->scope);
	put_some(j, r, RECORD_TABLE_READY_SCOPES);
	json_str(j, "guard", ready->guard);
	json_str(j, "tc", ready->tc);
	if (ready->waiting)
		json_bool(j, "waiting", true);
	put_pages(j, r->cut);
	record_put_table(j, r, RECORD_TABLE_READY_INTERFACES);
	put_some(j, r, RECORD_TABLE_READY_UNMATCHED);
	json_str(j, "resolver_mode", ready->resolver_mode);
	record_put_table(j, r, RECORD_TABLE_READY_RESOLVERS);
	json_end(j);
}

static void put_bypass(struct json *j, const struct record_bypass *b)
{
	record_put_process(j, &b->process);
	json_obj(j, "leakaudit");
	json_str(j, "scope", b->scope);
	json_str(j, "verdict",
		 record_verdict_name(b->refused ? LA_VERDICT_DROPPED : LA_VERDICT_COUNTED));
	json_str(j, "hook", record_hook_name(LA_HOOK_SETSOCKOPT));
	record_put_place(j, &b->process, b->netns, NULL);
	record_put_socket(j, b->cookie);
	json_end(j);
}

static void put_left(struct json *j, const struct record_left *l)
{
	record_put_process(j, &l->process);
	json_obj(j, "leakaudit");
	json_str(j, "scope", l->scope);
	record_put_place(j, &l->process, 0, NULL);
	json_end(j);
}

void record_put_lost(struct json *j, const struct record_lost *l)
{
	json_obj(j, "lost");
	json_u64(j, "events", l->events);
	json_u64(j, "flows", l->flows);
	json_u64(j, "output", l->output);
	json_u64(j, "evidence", l->evidence);
	json_str(j, "reason", l->reason);
	json_end(j);
}

/*
 * Keys of a fixed set are written as members. Other keys are written as a list: as members each
 * would add a field to an index.
 */
static void put_members(struct json *j, const char *key, const struct record_sums *s)
{
	json_obj(j, key);
	for (size_t i = 0; i < s->n; i++)
		record_put_sum(j, s->v[i].key, s->v[i].packets, s->v[i].bytes);
	json_end(j);
}

static void put_totals(struct json *j, const struct record_summary *s)
{
	record_put_sum(j, "leaks", s->leaks.packets, s->leaks.bytes);
	record_put_sum(j, "dropped", s->dropped.packets, s->dropped.bytes);
	record_put_sum(j, "held", s->held.packets, s->held.bytes);
	record_put_sum(j, "judged", s->judged.packets, s->judged.bytes);
	record_put_sum(j, "possible", s->possible.packets, s->possible.bytes);
	record_put_sum(j, "inside", s->inside.packets, s->inside.bytes);
	json_obj(j, "inbound");
	record_put_sum(j, "counted", s->inbound.packets, s->inbound.bytes);
	record_put_sum(j, "dropped", s->inbound_dropped.packets, s->inbound_dropped.bytes);
	json_end(j);
	json_u64(j, "refused", s->refused);
	json_u64(j, "flows", s->flows);
	json_u64(j, "unparsed", s->unparsed);
	json_u64(j, "non_ip", s->non_ip);
	json_u64(j, "cut", s->cut);
	json_u64(j, "unread", s->unread);
}

static void put_on_leak(struct json *j, const struct record_on_leak *o)
{
	json_obj(j, "on_leak");
	json_u64(j, "run", o->run);
	json_u64(j, "limited", o->limited);
	json_u64(j, "failed", o->failed);
	json_end(j);
}

/* What matters most comes first: a reader may cut the line. */
static void put_summary(struct json *j, const struct record *r)
{
	const struct record_summary *s = &r->summary;

	json_obj(j, "leakaudit");
	json_bool(j, "complete", s->complete);
	json_str(j, "incomplete", s->complete ? NULL : s->incomplete);
	record_put_lost(j, &s->lost);
	put_pages(j, r->cut);
	json_obj(j, "summary");
	put_totals(j, s);
	if (s->dropouts)
		record_put_dropouts(j, s->dropouts);
	if (s->on_leak)
		put_on_leak(j, s->on_leak);
	put_members(j, "exempt", &s->exempt);
	put_members(j, "by_class", &s->by_class);
	put_members(j, "by_family", &s->by_family);
	record_put_table(j, r, RECORD_TABLE_BY_INTERFACE);
	record_put_table(j, r, RECORD_TABLE_BY_PROCESS);
	put_some(j, r, RECORD_TABLE_BY_SCOPE);
	put_some(j, r, RECORD_TABLE_INTERFACES);
	json_end(j);
	json_end(j);
}

void record_json(struct json *j, const struct record *r)
{
	if (r->action == RECORD_LEAK || r->action == RECORD_POSSIBLE) {
		record_leak_json(j, r);
		return;
	}
	json_obj(j, NULL);
	record_put_head(j, r);
	record_put_observer(j, r);
	switch (r->action) {
	case RECORD_READY:
		put_ready(j, r);
		break;
	case RECORD_TUNNEL_UP:
	case RECORD_TUNNEL_DOWN:
	case RECORD_INTERFACE:
		json_obj(j, "leakaudit");
		record_put_interface(j, "interface", &r->interface);
		if (r->interface.dropout)
			record_put_dropout(j, r->interface.dropout);
		json_end(j);
		break;
	case RECORD_BYPASS:
		put_bypass(j, &r->bypass);
		break;
	case RECORD_SCOPE_GONE:
	case RECORD_SCOPE_BACK:
		record_put_scope(j, &r->scope);
		break;
	case RECORD_SCOPE_LEFT:
		put_left(j, &r->left);
		break;
	case RECORD_LOST:
		json_obj(j, "leakaudit");
		record_put_lost(j, &r->lost);
		json_end(j);
		break;
	case RECORD_HEARTBEAT:
		record_put_heartbeat(j, &r->heartbeat);
		break;
	case RECORD_PAGE:
		json_obj(j, "leakaudit");
		record_put_page(j, &r->page);
		json_end(j);
		break;
	case RECORD_SUMMARY:
		put_summary(j, r);
		break;
	case RECORD_LEAK:
	case RECORD_POSSIBLE:
	case RECORD_ACTION_MAX:
		break;
	}
	json_end(j);
}

int record_json_line(struct json *j, const struct record *r, const char **line, size_t *len)
{
	/* bytes of a string; the last is for a resolver's question of eight with hostile names */
	static const size_t limits[] = { 0, 512, 128, 16 };
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		json_reset(j);
		j->limit = limits[i];
		record_json(j, r);
		ret = json_line(j, line, len);
		if (ret < 0 || *len <= RECORD_LINE_MAX)
			break;
	}
	j->limit = 0;
	return ret;
}
