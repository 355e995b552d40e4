/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message of a record, for people. */
#include "record.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "record_behalf.h"
#include "record_cause.h"
#include "record_dropout.h"
#include "record_heartbeat.h"
#include "record_leak.h"
#include "record_unmatched.h"
#include "record_scope.h"
#include "record_sender.h"
#include "record_summary.h"
#include "record_tables.h"
#include "base/text.h"

static void add_interface(struct text *t, const struct record_interface *i)
{
	if (i->name)
		text_escape(t, i->name, false);
	else
		text_add(t, "#%" PRIu32, i->ifindex);
	if (i->kind) {
		text_add(t, " (");
		text_escape(t, i->kind, false);
		text_add(t, ")");
	}
	record_say_netns(t, i->netns_name);
}

static void message_tunnel(struct text *t, const struct record_interface *i, bool up)
{
	text_add(t, "tunnel ");
	add_interface(t, i);
	if (up && i->dropout) {
		record_add_dropout(t, i->dropout);
		return;
	}
	text_add(t, up ? " is up" : i->change == LINK_GONE ? " is gone" : " is down");
}

static void message_interface(struct text *t, const struct record_interface *i)
{
	const char *role = record_role_name(i->role);

	text_add(t, i->change == LINK_NEW ? "new interface " : "interface ");
	add_interface(t, i);
	if (i->change == LINK_GONE) {
		text_add(t, " is gone");
		return;
	}
	if (i->old_name) {
		text_add(t, ", formerly ");
		text_escape(t, i->old_name, false);
		text_add(t, ",");
	}
	if (i->change == LINK_UP || i->change == LINK_DOWN)
		text_add(t, " is %s,", link_change_name(i->change));
	text_add(t, i->change == LINK_ROLE ? " is now %s" : " is %s", role ? role : "unknown");
}

static void message_ready(struct text *t, const struct record_ready *r)
{
	const char *before = " on ";
	bool tunnel = false;

	if (r->n_scopes) {
		record_say_scopes(t, r);
	} else {
		text_add(t, r->waiting ? "waiting for " : r->tc ? "watching " : "reading ");
		text_escape(t, r->scope ? r->scope : "host", false);
	}
	for (unsigned int role = 0; role < LA_ROLE_MAX; role++) {
		const char *separator = before;

		if (role == LA_ROLE_LOOPBACK)
			continue;
		for (size_t i = 0; i < r->n_interfaces; i++) {
			if (r->interfaces[i].role != role)
				continue;
			text_str(t, separator);
			text_escape(t, r->interfaces[i].name ? r->interfaces[i].name : "?", false);
			if (r->interfaces[i].netns_name) {
				text_add(t, " in ");
				text_escape(t, r->interfaces[i].netns_name, false);
			}
			separator = ", ";
			before = "; ";
			tunnel |= role == LA_ROLE_TUNNEL;
		}
		if (separator[0] == ',')
			text_add(t, " (%s)", record_role_name(role));
	}
	if (r->tc && !tunnel)
		text_add(t, "%sno tunnel", before[0] == ';' ? "; " : ": ");
	record_say_unmatched(t, r);
	record_say_resolvers(t, r);
}

static void message_bypass(struct text *t, const struct record_bypass *b)
{
	record_say_whose(t, b->scope);
	record_say_process(t, &b->process);
	text_add(t,
		 b->refused ? " was refused %s: its packets would not have been seen"
			    : " set %s: packets sent by this socket are not seen",
		 b->how);
}

static void message_left(struct text *t, const struct record_left *l)
{
	record_say_whose(t, l->scope);
	record_say_process(t, &l->process);
	text_str(t, " has left the watched cgroup, and stays watched");
}

static void message_lost(struct text *t, const struct record_lost *l)
{
	const char *separator = "lost ";
	const struct {
		uint64_t n;
		const char *one, *many;
	} parts[] = {
		{ l->events, "event", "events" },
		{ l->flows, "packet without a flow", "packets without a flow" },
		{ l->output, "line of output", "lines of output" },
		{ l->evidence, "packet of the evidence", "packets of the evidence" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!parts[i].n)
			continue;
		text_str(t, separator);
		text_count(t, parts[i].n, parts[i].one, parts[i].many);
		separator = ", ";
	}
	if (l->reason) {
		text_str(t, separator[0] == ',' ? ": " : "");
		text_escape(t, l->reason, false);
	}
}

void record_message(const struct record *r, char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	switch (r->action) {
	case RECORD_READY:
		message_ready(&t, &r->ready);
		break;
	case RECORD_LEAK:
	case RECORD_POSSIBLE:
		record_say_leak(&t, &r->leak);
		break;
	case RECORD_TUNNEL_UP:
	case RECORD_TUNNEL_DOWN:
		message_tunnel(&t, &r->interface, r->action == RECORD_TUNNEL_UP);
		break;
	case RECORD_INTERFACE:
		message_interface(&t, &r->interface);
		break;
	case RECORD_BYPASS:
		message_bypass(&t, &r->bypass);
		break;
	case RECORD_SCOPE_GONE:
	case RECORD_SCOPE_BACK:
		record_add_scope(&t, &r->scope, r->action == RECORD_SCOPE_BACK);
		break;
	case RECORD_SCOPE_LEFT:
		message_left(&t, &r->left);
		break;
	case RECORD_LOST:
		message_lost(&t, &r->lost);
		break;
	case RECORD_HEARTBEAT:
		record_say_heartbeat(&t, &r->heartbeat);
		break;
	case RECORD_PAGE:
		record_say_page(&t, &r->page);
		break;
	case RECORD_SUMMARY:
		record_format_summary(&t, &r->summary);
		break;
	case RECORD_ACTION_MAX:
		break;
	}
}

void record_comment(const struct record_leak *l, char *buf, size_t size)
{
	const char *class = record_class_name(l->flow.cls);
	const char *detail = record_detail_name(l->flow.detail);
	struct text t;

	text_init(&t, buf, size);
	if (l->flow.attribution == LA_ATTR_FORWARDED) {
		record_say_sender(&t, l);
		text_add(&t, " ");
	} else if (l->process.pid || l->process.host_pid || l->process.name) {
		record_say_process(&t, &l->process);
		text_add(&t, " ");
	} else if (l->flow.attribution == LA_ATTR_KERNEL) {
		text_add(&t, "%s ", record_attribution_name(l->flow.attribution));
	}
	if (class)
		text_add(&t, "%s%s%s ", class, detail ? "/" : "", detail ? detail : "");
	text_add(&t, l->flow.verdict == LA_VERDICT_DROPPED ? "stopped" : "leaked");
	if (l->ifname) {
		text_add(&t, " over ");
		text_escape(&t, l->ifname, false);
	}
}
