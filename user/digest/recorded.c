/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorded.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "base/util.h"

enum kind { KIND_STRING, KIND_COUNT, KIND_TIME, KIND_MS, KIND_FLAG };

struct field {
	const char *keys;
	enum kind kind;
	size_t offset;
};

#define F(kind, keys, member)                                        \
	{                                                            \
		keys, KIND_##kind, offsetof(struct recorded, member) \
	}
#define SUM(keys, member) \
	F(COUNT, keys ".packets", member.packets), F(COUNT, keys ".bytes", member.bytes)

const char *const recorded_exemptions[4] = { "neighbour", "lan", "allowed", "transport" };

/* A summary and a heartbeat say the same in places of their own. */
static const struct field fields[] = {
	F(TIME, "@timestamp", time),
	F(STRING, "event.action", action_name),
	F(STRING, "event.dataset", dataset),
	F(COUNT, "event.sequence", sequence),
	F(COUNT, "event.duration", sum.duration_ns),
	F(STRING, "agent.id", agent),
	F(STRING, "agent.version", version),
	F(STRING, "host.name", host),
	F(STRING, "host.boot.id", boot),
	F(STRING, "process.name", process),
	F(COUNT, "process.pid", pid),
	F(STRING, "process.executable", executable),
	F(STRING, "user.name", user),
	F(STRING, "container.name", container),
	F(STRING, "destination.ip", destination),
	F(COUNT, "destination.port", destination_port),
	F(STRING, "dns.question.name", question),
	F(STRING, "dns.question.type", question_type),
	F(STRING, "tls.client.server_name", server_name),
	F(STRING, "observer.egress.interface.name", exposed),
	F(STRING, "observer.ingress.interface.name", ingress),
	SUM("source", left),
	F(STRING, "leakaudit.scope", scope),
	F(STRING, "leakaudit.guard", guard),
	F(STRING, "leakaudit.unit", unit),
	F(STRING, "leakaudit.class", cls),
	F(STRING, "leakaudit.detail", detail),
	F(STRING, "leakaudit.cause", cause),
	F(STRING, "leakaudit.hook", hook),
	F(STRING, "leakaudit.attribution", attribution),
	F(STRING, "leakaudit.outcome", outcome),
	F(STRING, "leakaudit.verdict", verdict),
	F(STRING, "leakaudit.refused_by", refused_by),
	F(STRING, "leakaudit.address_inside", told),
	F(STRING, "leakaudit.address_inside_form", told_form),
	F(STRING, "leakaudit.flow", flow),
	F(STRING, "leakaudit.flow_id", flow_id),
	F(STRING, "leakaudit.netns.name", netns),
	F(COUNT, "leakaudit.aggregate.events", aggregated),
	SUM("leakaudit.dropped", dropped),
	SUM("leakaudit.held", held),
	F(STRING, "leakaudit.interface.name", tunnel),
	F(STRING, "leakaudit.dropout.name", dropout.name),
	F(TIME, "leakaudit.dropout.since", dropout.since),
	F(TIME, "leakaudit.dropout.until", dropout.until),
	F(MS, "leakaudit.dropout.seconds", dropout.ms),
	SUM("leakaudit.dropout", dropout.tried),
	SUM("leakaudit.dropout.dropped", dropout.dropped),
	SUM("leakaudit.dropout.held", dropout.held),
	F(COUNT, "leakaudit.dropout.refused", dropout.refused),
	SUM("leakaudit.summary.leaks", sum.left),
	SUM("leakaudit.summary.dropped", sum.dropped),
	SUM("leakaudit.summary.held", sum.held),
	SUM("leakaudit.summary.possible", sum.possible),
	SUM("leakaudit.summary.inside", sum.inside),
	SUM("leakaudit.summary.inbound.counted", sum.let_in),
	SUM("leakaudit.summary.inbound.dropped", sum.kept_out),
	SUM("leakaudit.summary.exempt.neighbour", sum.exempt[0]),
	SUM("leakaudit.summary.exempt.lan", sum.exempt[1]),
	SUM("leakaudit.summary.exempt.allowed", sum.exempt[2]),
	SUM("leakaudit.summary.exempt.transport", sum.exempt[3]),
	F(COUNT, "leakaudit.summary.refused", sum.refused),
	F(COUNT, "leakaudit.summary.dropouts.count", sum.dropouts),
	F(MS, "leakaudit.summary.dropouts.seconds", sum.dropout_ms),
	F(FLAG, "leakaudit.summary.dropouts.down", sum.down),
	SUM("leakaudit.heartbeat.leaks", sum.left),
	SUM("leakaudit.heartbeat.dropped", sum.dropped),
	SUM("leakaudit.heartbeat.held", sum.held),
	SUM("leakaudit.heartbeat.inside", sum.inside),
	F(COUNT, "leakaudit.heartbeat.refused", sum.refused),
	F(COUNT, "leakaudit.lost.events", lost.events),
	F(COUNT, "leakaudit.lost.flows", lost.flows),
	F(COUNT, "leakaudit.lost.output", lost.output),
	F(COUNT, "leakaudit.lost.evidence", lost.evidence),
	F(FLAG, "leakaudit.complete", complete),
	F(STRING, "leakaudit.incomplete", incomplete),
};

/* A power of two, so large that a place is seldom taken. */
#define SLOTS 512

struct recorded_reader {
	struct {
		uint64_t path;
		const struct field *field;
	} slots[SLOTS];
	struct recorded *to;
};

int recorded_open(struct recorded_reader **ret)
{
	struct recorded_reader *r = calloc(1, sizeof(*r));

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint64_t path = json_path(fields[i].keys);
		size_t at = path % SLOTS;

		while (r->slots[at].field)
			at = (at + 1) % SLOTS;
		r->slots[at].path = path;
		r->slots[at].field = &fields[i];
	}
	*ret = r;
	return 0;
}

void recorded_free(struct recorded_reader *r)
{
	free(r);
}

/* --- times --- */

static int64_t number(const char **s, int digits)
{
	int64_t n = 0;

	for (int i = 0; i < digits; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		n = n * 10 + (**s - '0');
	}
	return n;
}

static bool sign(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Days since 1970-01-01 in the Gregorian calendar: years that begin in March end with the leap day.
 */
static int64_t days(int64_t y, int64_t m, int64_t d)
{
	int64_t era, of_era;

	y -= m <= 2;
	era = y / 400;
	of_era = (y - era * 400) * 365 + (y - era * 400) / 4 - (y - era * 400) / 100 +
		 (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + of_era - 719468;
}

/* Nanoseconds of an int64_t reach to 2262. */
#define YEAR_MAX 2200

int64_t recorded_time(const char *s)
{
	int64_t y, mon, d, h, min, sec, ns = 0, scale = NSEC_PER_SEC;

	if ((y = number(&s, 4)) < 1970 || y > YEAR_MAX || !sign(&s, '-') ||
	    (mon = number(&s, 2)) < 1 || mon > 12 || !sign(&s, '-') || (d = number(&s, 2)) < 1 ||
	    d > 31 || !sign(&s, 'T') || (h = number(&s, 2)) < 0 || h > 23 || !sign(&s, ':') ||
	    (min = number(&s, 2)) < 0 || min > 59 || !sign(&s, ':') || (sec = number(&s, 2)) < 0 ||
	    sec > 60)
		return RECORDED_NO_TIME;
	if (sign(&s, '.')) {
		for (; *s >= '0' && *s <= '9'; s++) {
			scale /= 10;
			ns += (*s - '0') * scale;
		}
	}
	if (strcmp(s, "Z") != 0)
		return RECORDED_NO_TIME;
	return (((days(y, mon, d) * 24 + h) * 60 + min) * 60 + sec) * (int64_t)NSEC_PER_SEC + ns;
}

/* --- values --- */

/* Seconds with at most three decimals that say anything. */
static bool take_ms(const struct json_value *v, uint64_t *ret)
{
	const char *dot = memchr(v->value, '.', v->len);
	uint64_t scale = 100, ms;

	if (!json_value_u64(v, &ms) || ms > UINT64_MAX / 1000 - 1)
		return false;
	ms *= 1000;
	for (const char *s = dot ? dot + 1 : NULL; s && s < v->value + v->len && scale; s++) {
		if (*s < '0' || *s > '9')
			return false;
		ms += (uint64_t)(*s - '0') * scale;
		scale /= 10;
	}
	*ret = ms;
	return true;
}

static bool take_time(const struct json_value *v, int64_t *ret)
{
	*ret = v->type == JSON_STRING ? recorded_time(v->value) : RECORDED_NO_TIME;
	return *ret != RECORDED_NO_TIME;
}

static bool take(const struct field *f, const struct json_value *v, struct recorded *to)
{
	void *at = (char *)to + f->offset;

	switch (f->kind) {
	case KIND_STRING:
		*(const char **)at = v->value;
		return v->type == JSON_STRING;
	case KIND_COUNT:
		return json_value_u64(v, at);
	case KIND_MS:
		return take_ms(v, at);
	case KIND_TIME:
		return take_time(v, at);
	case KIND_FLAG:
		*(enum recorded_flag *)at = v->type == JSON_TRUE ? RECORDED_TRUE : RECORDED_FALSE;
		return v->type == JSON_TRUE || v->type == JSON_FALSE;
	}
	return false;
}

static int on_value(void *arg, const struct json_value *v)
{
	struct recorded_reader *r = arg;
	size_t at = v->path % SLOTS;

	for (; r->slots[at].field; at = (at + 1) % SLOTS)
		if (r->slots[at].path == v->path)
			return v->type == JSON_NULL || take(r->slots[at].field, v, r->to)
				       ? 0
				       : -EBADMSG;
	return 0;
}

static enum record_action action_of(const char *name)
{
	enum record_action a;

	for (a = 0; a < RECORD_ACTION_MAX; a++)
		if (!strcmp(record_action_name(a), name))
			break;
	return a;
}

/* How a message of our own begins, which a journal has among the events. */
#define LOGGED "leakaudit: "

/* What editors and pipes of another system put at the beginning of a file. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

int recorded_read(struct recorded_reader *r, char *line, size_t len, struct recorded *ret)
{
	size_t mark = strlen(BYTE_ORDER_MARK);
	int n;

	if (len >= mark && !memcmp(line, BYTE_ORDER_MARK, mark)) {
		line += mark;
		len -= mark;
	}
	*ret = (struct recorded){ .time = RECORDED_NO_TIME,
				  .dropout = { .since = RECORDED_NO_TIME,
					       .until = RECORDED_NO_TIME } };
	r->to = ret;
	if (len >= strlen(LOGGED) && !memcmp(line, LOGGED, strlen(LOGGED)))
		return -ENOMSG;
	if (len && *line == '[')
		return -EBADMSG; /* several events would be taken for one */
	n = json_read(line, len, on_value, r);
	if (n)
		return n;
	if (!ret->dataset || !ret->action_name)
		return -ENOMSG;
	if (strcmp(ret->dataset, "leakaudit") != 0)
		return -ENOMSG;
	ret->action = action_of(ret->action_name);
	return ret->time == RECORDED_NO_TIME ? -EBADMSG : 0;
}
