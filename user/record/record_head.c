/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_head.h"

#include <string.h>

#include "base/text.h"
#include "record_severity.h"
#include "speaker.h"

#define MESSAGE_MAX 2048

static const char *flow_type(enum record_flow f)
{
	return f == RECORD_FLOW_OPEN ? "start" : f == RECORD_FLOW_CLOSE ? "end" : "info";
}

static const char *change_type(enum link_change change)
{
	return change == LINK_NEW ? "creation" : change == LINK_GONE ? "deletion" : "change";
}

static void put_types(struct json *j, const char *a, const char *b, const char *c)
{
	json_arr(j, "type");
	json_str(j, NULL, a);
	json_str(j, NULL, b);
	json_str(j, NULL, c);
	json_end(j);
}

static void put_type(struct json *j, const struct record *r)
{
	switch (r->action) {
	case RECORD_LEAK:
	case RECORD_POSSIBLE:
		put_types(j, "connection", flow_type(r->leak.state),
			  r->leak.outcome == RECORD_OUTCOME_LEFT ? "allowed" : "denied");
		return;
	case RECORD_BYPASS:
		put_types(j, "info", r->bypass.refused ? "denied" : "allowed", NULL);
		return;
	case RECORD_INTERFACE:
		put_types(j, change_type(r->interface.change), NULL, NULL);
		return;
	case RECORD_READY:
	case RECORD_TUNNEL_UP:
	case RECORD_SCOPE_BACK:
		put_types(j, "start", NULL, NULL);
		return;
	case RECORD_TUNNEL_DOWN:
	case RECORD_SCOPE_GONE:
	case RECORD_SUMMARY:
		put_types(j, "end", NULL, NULL);
		return;
	default:
		put_types(j, "info", NULL, NULL);
	}
}

static const char *category(enum record_action a)
{
	if (a == RECORD_SCOPE_GONE || a == RECORD_SCOPE_BACK || a == RECORD_SCOPE_LEFT)
		return "process";
	return a == RECORD_INTERFACE ? "configuration" : "network";
}

static const char *kind(const struct record *r)
{
	switch (r->action) {
	case RECORD_LEAK:
	case RECORD_POSSIBLE:
	case RECORD_BYPASS:
		return "alert";
	case RECORD_SUMMARY:
	case RECORD_HEARTBEAT:
		return "metric";
	case RECORD_PAGE:
		return kind(r->page.of);
	default:
		return "event";
	}
}

void record_put_id(struct json *j, const struct speaker *s, uint64_t sequence)
{
	char id[sizeof(s->agent) + 1 + TEXT_DIGITS_MAX], *to = id;

	to = mempcpy(to, s->agent, strlen(s->agent));
	*to++ = '-';
	to += text_digits(to, sequence, 1);
	*to = '\0';
	json_str(j, "id", id);
}

void record_put_kind(struct json *j, const struct record *r)
{
	json_obj(j, "ecs");
	json_str(j, "version", "9.4.0");
	json_end(j);
	json_obj(j, "event");
	json_str(j, "kind", kind(r));
	json_arr(j, "category");
	json_str(j, NULL, category(r->action));
	json_end(j);
	put_type(j, r);
	json_str(j, "action", record_action_name(r->action));
	json_str(j, "dataset", "leakaudit");
}

void record_put_sequence(struct json *j, const struct record *r)
{
	json_u64(j, "sequence", r->sequence);
	if (r->speaker)
		record_put_id(j, r->speaker, r->sequence);
}

void record_put_teller(struct json *j, const struct record *r)
{
	if (r->speaker) {
		json_obj(j, "log");
		json_str(j, "level", record_level_name(record_severity(r)));
		json_end(j);
		speaker_put(j, r->speaker);
	}
	if (j->limit) {
		json_arr(j, "tags");
		json_str(j, NULL, "shortened");
		json_end(j);
	}
}

void record_put_head(struct json *j, const struct record *r)
{
	char message[MESSAGE_MAX];

	json_time(j, "@timestamp", &r->time);
	record_put_kind(j, r);
	record_put_sequence(j, r);
	if (r->action == RECORD_SUMMARY)
		json_u64(j, "duration", r->summary.seconds * NSEC_PER_SEC);
	json_end(j);
	record_message(r, message, sizeof(message));
	json_str(j, "message", message);
	record_put_teller(j, r);
}

const char *record_direction(bool ingress)
{
	return ingress ? "ingress" : "egress";
}

static void put_interface(struct json *j, const struct record_leak *l)
{
	json_obj(j, record_direction(l->ingress));
	json_obj(j, "interface");
	json_str(j, "name", l->ifname);
	if (l->flow.key.ifindex)
		json_id(j, "id", l->flow.key.ifindex);
	json_end(j);
	json_end(j);
}

void record_put_sensor(struct json *j, const struct speaker *s)
{
	json_str(j, "type", "sensor");
	json_str(j, "product", "leakaudit");
	json_str(j, "hostname", *s->observer ? s->observer : NULL);
}

void record_put_observer(struct json *j, const struct record *r)
{
	json_obj(j, "observer");
	if (r->speaker)
		record_put_sensor(j, r->speaker);
	if (r->action == RECORD_LEAK || r->action == RECORD_POSSIBLE)
		put_interface(j, &r->leak);
	json_end(j);
}

static void put_related_address(struct json *j, const struct la_addr *a, unsigned int family)
{
	char ip[64];
	struct text t;

	text_init(&t, ip, sizeof(ip));
	text_addr(&t, a, family);
	json_str(j, NULL, ip);
}

void record_put_related(struct json *j, const struct record_leak *l)
{
	const struct la_flow_key *k = &l->flow.key;

	if (!k->family)
		return;
	json_obj(j, "related");
	json_arr(j, "ip");
	if (l->before_nat)
		put_related_address(j, &l->before_nat->addr, k->family);
	if (l->flow.hook != LA_HOOK_CONNECT)
		put_related_address(j, &k->saddr, k->family);
	put_related_address(j, &k->daddr, k->family);
	json_str(j, NULL, l->address_inside);
	json_end(j);
	json_end(j);
}
