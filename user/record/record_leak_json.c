/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line of a leak. Most events of a flow differ in few values, so it is written in parts:
 * see json_form.h.
 */
#include "record_leak.h"

#include <string.h>

#include "base/json_form.h"
#include "record_behalf.h"
#include "record_cause.h"
#include "record_head.h"
#include "record_json.h"
#include "record_network.h"
#include "record_sender.h"

#define WORDS_MAX 2048 /* of a part of the message */

/* What the parts are written from. */
struct line {
	const struct record *r;
	struct record_told told;
	struct la_sum exempt;
};

static void put_time(struct json *j, const void *of)
{
	const struct line *line = of;

	json_obj(j, NULL);
	json_time(j, "@timestamp", &line->r->time);
}

static void put_kind(struct json *j, const void *of)
{
	record_put_kind(j, ((const struct line *)of)->r);
}

static void put_sequence(struct json *j, const void *of)
{
	record_put_sequence(j, ((const struct line *)of)->r);
}

static void put_words(struct json *j, const struct line *line,
		      void (*say)(struct text *t, const struct record_told *told))
{
	char words[WORDS_MAX];
	struct text t;

	text_init(&t, words, sizeof(words));
	say(&t, &line->told);
	json_text_add(j, words);
}

static void put_span(struct json *j, const void *of)
{
	const struct record_leak *l = ((const struct line *)of)->told.l;

	if (l->start.tv_sec)
		json_time(j, "start", &l->start);
	if (l->end.tv_sec)
		json_time(j, "end", &l->end);
	json_end(j);
}

static void put_who(struct json *j, const void *of)
{
	json_text_begin(j, "message");
	put_words(j, of, record_say_who);
}

static void put_name(struct json *j, const void *of)
{
	put_words(j, of, record_say_name);
}

static void put_way(struct json *j, const void *of)
{
	put_words(j, of, record_say_way);
}

static void put_why(struct json *j, const void *of)
{
	put_words(j, of, record_say_why);
}

static void put_counts(struct json *j, const void *of)
{
	put_words(j, of, record_say_counts);
	json_text_end(j);
}

static void put_sender(struct json *j, const void *of)
{
	const struct line *line = of;

	record_put_teller(j, line->r);
	record_put_process(j, &line->told.l->process);
}

static void put_source(struct json *j, const void *of)
{
	const struct line *line = of;

	if (record_has_source(line->told.l))
		record_put_source(j, line->told.l);
}

static void put_left(struct json *j, const struct line *line)
{
	json_u64(j, "packets", line->told.ends.left.packets);
	json_u64(j, "bytes", line->told.ends.left.bytes);
}

static void put_sent(struct json *j, const void *of)
{
	const struct line *line = of;

	if (record_has_source(line->told.l))
		put_left(j, line);
}

static void put_network(struct json *j, const void *of)
{
	const struct line *line = of;

	if (record_has_source(line->told.l))
		json_end(j);
	record_put_destination(j, line->told.l);
	record_put_network(j, line->told.l);
}

static void put_carried(struct json *j, const void *of)
{
	put_left(j, of);
}

static void put_observer(struct json *j, const void *of)
{
	const struct line *line = of;

	json_end(j);
	record_put_observer(j, line->r);
}

static void put_related(struct json *j, const void *of)
{
	record_put_related(j, ((const struct line *)of)->told.l);
}

static void put_question(struct json *j, const void *of)
{
	const struct record_leak *l = ((const struct line *)of)->told.l;

	json_obj(j, "dns");
	json_obj(j, "question");
	json_str(j, "name", l->dns_name);
	json_str(j, "type", l->dns_type);
	json_end(j);
	json_end(j);
}

static void put_server(struct json *j, const void *of)
{
	json_obj(j, "tls");
	json_obj(j, "client");
	json_str(j, "server_name", ((const struct line *)of)->told.l->server_name);
	json_end(j);
	json_end(j);
}

static void put_class(struct json *j, const void *of)
{
	const struct line *line = of;
	const struct record_leak *l = line->told.l;
	const struct la_flow *f = &l->flow;

	json_obj(j, "leakaudit");
	json_str(j, "scope", l->scope);
	json_str(j, "class", record_class_name(f->cls));
	json_str(j, "detail", record_detail_name(f->detail));
	json_str(j, "verdict", record_verdict_name(f->verdict));
	json_str(j, "outcome", record_outcome_name(l->outcome));
	if (line->told.ends.held.packets)
		json_str(j, "held_by", record_stop_name(f->stopped));
	json_str(j, "refused_by", record_refusal_name(f->refusal));
	record_put_cause(j, l);
	json_str(j, "address_inside", l->address_inside);
	json_str(j, "address_inside_form", l->address_inside_form);
	json_str(j, "hook", record_hook_name(f->hook));
	json_str(j, "attribution", record_attribution_name(f->attribution));
	json_str(j, "kernel_packet", record_kernel_packet(f));
	json_str(j, "flow", record_flow_name(l->state));
}

static void put_flow(struct json *j, const void *of)
{
	const struct record *r = ((const struct line *)of)->r;
	const struct record_leak *l = &r->leak;
	char id[SPEAKER_FLOW_ID_SIZE];

	if (!r->speaker || !l->flow.opened || l->state == RECORD_FLOW_NONE)
		return;
	speaker_flow_id(r->speaker, &l->flow, id);
	json_str(j, "flow_id", id);
}

static void put_sums(struct json *j, const void *of)
{
	const struct line *line = of;
	const struct record_leak *l = line->told.l;
	const struct record_ends *ends = &line->told.ends;

	json_obj(j, "aggregate");
	if (l->aggregate)
		json_u64(j, "events", l->aggregate->events);
	json_end(j);
	record_put_sum(j, "judged", ends->judged.packets, ends->judged.bytes);
	if (line->exempt.packets)
		record_put_sum(j, "exempt", line->exempt.packets, line->exempt.bytes);
	if (ends->dropped.packets)
		record_put_sum(j, "dropped", ends->dropped.packets, ends->dropped.bytes);
	if (ends->held.packets)
		record_put_sum(j, "held", ends->held.packets, ends->held.bytes);
}

static void put_place(struct json *j, const void *of)
{
	const struct record_leak *l = ((const struct line *)of)->told.l;
	const struct la_flow *f = &l->flow;

	if (f->mark)
		json_u64(j, "mark", f->mark);
	json_obj(j, "bound");
	if (f->bound_if)
		json_id(j, "id", f->bound_if);
	json_end(j);
	record_put_place(j, &l->process, f->key.netns, l->netns);
}

static void put_socket(struct json *j, const void *of)
{
	const struct record_leak *l = ((const struct line *)of)->told.l;

	record_put_socket(j, l->flow.key.cookie);
	record_put_behalf(j, l->behalf);
	record_put_unasked(j, l);
	json_end(j);
	json_end(j);
}

static const struct json_part parts[] = {
	{ put_time, JSON_OF_LINE },	{ put_kind, JSON_OF_KIND },
	{ put_sequence, JSON_OF_LINE }, { put_span, JSON_OF_FLOW },
	{ put_who, JSON_OF_KIND },	{ put_name, JSON_OF_LINE },
	{ put_way, JSON_OF_FLOW },	{ put_why, JSON_OF_KIND },
	{ put_counts, JSON_OF_LINE },	{ put_sender, JSON_OF_KIND },
	{ put_source, JSON_OF_FLOW },	{ put_sent, JSON_OF_LINE },
	{ put_network, JSON_OF_FLOW },	{ put_carried, JSON_OF_LINE },
	{ put_observer, JSON_OF_KIND }, { put_related, JSON_OF_FLOW },
	{ put_question, JSON_OF_LINE }, { put_server, JSON_OF_FLOW },
	{ put_class, JSON_OF_KIND },	{ put_flow, JSON_OF_FLOW },
	{ put_sums, JSON_OF_LINE },	{ put_place, JSON_OF_KIND },
	{ put_socket, JSON_OF_FLOW },
};
_Static_assert(ARRAY_SIZE(parts) <= JSON_PARTS_MAX, "a form has room for all parts");

/* Lines that few others are like, or with strings that nobody says to be still the same. */
static bool is_rare(const struct record_leak *l)
{
	const struct record_process *p = &l->process;

	return l->aggregate || l->behalf || l->resolver || l->address_inside ||
	       l->address_inside_form || (!p->version && (p->pid || p->name || p->cgroup_path));
}

/* Of the flows that are of a kind, and of one of them. Without padding: they are compared as bytes.
 */
struct kind {
	const struct speaker *speaker;
	uint64_t netns;
	uint32_t ifindex, mark, bound_if, priority;
	enum record_action action;
	enum record_flow state;
	enum record_outcome outcome;
	enum record_cause cause;
	uint8_t proto, family, cls, detail, verdict, hook, attribution, first, refusal, stopped;
	bool named, many, held, ingress, helped;
	uint8_t pad;
};
_Static_assert(sizeof(struct kind) == 64, "no padding");

struct one {
	struct la_flow_key key;
	uint64_t opened;
	struct timespec start, end;
};
_Static_assert(sizeof(struct one) == sizeof(struct la_flow_key) + 40, "no padding");

static void add_kind(struct json_form_key *k, const struct line *line)
{
	const struct record_leak *l = line->told.l;
	const struct la_flow *f = &l->flow;
	const struct kind kind = {
		.speaker = line->r->speaker,
		.netns = f->key.netns,
		.ifindex = f->key.ifindex,
		.mark = f->mark,
		.bound_if = f->bound_if,
		.priority = l->rule.priority,
		.action = line->r->action,
		.state = l->state,
		.outcome = l->outcome,
		.cause = l->cause,
		.proto = f->key.proto,
		.family = f->key.family,
		.cls = f->cls,
		.detail = f->detail,
		.verdict = f->verdict,
		.hook = f->hook,
		.attribution = f->attribution,
		.first = f->first,
		.refusal = f->refusal,
		.stopped = f->stopped,
		.named = line->told.named,
		.many = line->told.many,
		.held = line->told.ends.held.packets,
		.ingress = l->ingress,
		.helped = l->helped,
	};
	const char *const strings[] = { l->scope,	   l->ifname,	     l->netns,
					l->remedy,	   l->setting,	     l->route.prefix,
					l->route.protocol, l->rule.selector, l->tunnel.name,
					l->tunnel.prefix };

	json_form_add(k, &kind, sizeof(kind));
	json_form_add(k, &l->process, sizeof(l->process));
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		json_form_add_str(k, strings[i]);
}

static void make_key(struct json_form_key *k, const void *of, enum json_same same)
{
	const struct record_leak *l = ((const struct line *)of)->told.l;
	const struct one one = { l->flow.key, l->flow.opened, l->start, l->end };

	k->size = 0;
	add_kind(k, of);
	if (same == JSON_OF_KIND)
		return;
	json_form_add(k, &one, sizeof(one));
	json_form_add_str(k, l->server_name);
	if (l->before_nat)
		json_form_add(k, l->before_nat, sizeof(*l->before_nat));
}

/* Lines with the same hash are likely to be alike. 0 is as good as any: such a line is written
 * anew. */
static void make_hashes(const struct record_told *told, uint64_t ret[JSON_OF_LINE])
{
	const struct record_leak *l = told->l;
	const struct la_flow *f = &l->flow;
	uint64_t kind = (uint64_t)l->state << 16 | (uint64_t)l->outcome << 12 |
			(uint64_t)told->named << 9 | (uint64_t)told->many << 8 | f->detail;

	ret[JSON_OF_KIND] = ret[JSON_OF_FLOW] = 0;
	if (is_rare(l))
		return;
	kind = kind * 0x9e3779b97f4a7c15ULL >> 20;
	ret[JSON_OF_FLOW] =
		((f->opened ^ f->key.cookie << 32 ^ f->key.ports) * 0x9e3779b97f4a7c15ULL >> 32) +
		kind;
	if (f->attribution != LA_ATTR_FORWARDED) /* who is named by his address */
		ret[JSON_OF_KIND] = kind + l->process.pid;
}

void record_leak_json(struct json *j, const struct record *r)
{
	static const struct json_shape shape = { parts, ARRAY_SIZE(parts), make_key };
	struct line line = { .r = r, .exempt = record_leak_exempt(&r->leak) };
	uint64_t hashes[JSON_OF_LINE];

	record_tell(&line.told, &r->leak);
	make_hashes(&line.told, hashes);
	json_form(j, &shape, hashes, &line);
}
