/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "syslog_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "record/record_json.h"
#include "record/record_severity.h"
#include "record/speaker.h"

/* The number is reserved for examples (RFC 5612): the project has none of its own. */
#define SD_ID "leakaudit@32473"

/* HOSTNAME and the like: printing ASCII without spaces (RFC 5424 6). */
static void put_word(struct text *t, const char *s)
{
	char word[256];
	size_t n = 0;

	for (; s && *s && n < sizeof(word); s++)
		word[n++] = *s > ' ' && *s < 0x7f ? *s : '?';
	text_put(t, n ? word : "-", n ?: 1);
}

/* RFC 5424 6.3.3: UTF-8, with three characters escaped. What a terminal would act on is, too. */
static void put_param(struct text *t, const char *name, const char *value)
{
	char escaped[1024];
	struct text e;

	if (!value || !*value)
		return;
	text_init(&e, escaped, sizeof(escaped));
	text_escape(&e, value, false);
	text_str(t, " ");
	text_str(t, name);
	text_str(t, "=\"");
	for (const char *c = escaped; *c; c++) {
		if (strchr("\"\\]", *c))
			text_put(t, "\\", 1);
		text_put(t, c, 1);
	}
	text_str(t, "\"");
}

static void put_number(struct text *t, const char *name, uint64_t value)
{
	char digits[TEXT_DIGITS_MAX + 1];

	digits[text_digits(digits, value, 1)] = '\0';
	put_param(t, name, digits);
}

static void put_leak(struct text *t, const struct record_leak *l)
{
	const struct record_ends ends = record_ends(&l->flow);
	char to[64];
	struct text e;

	put_param(t, "process", l->process.name);
	if (l->process.pid)
		put_number(t, "pid", l->process.pid);
	put_param(t, "class", record_class_name(l->flow.cls));
	put_param(t, "detail", record_detail_name(l->flow.detail));
	put_param(t, "outcome", record_outcome_name(l->outcome));
	put_param(t, "cause", record_cause_name(l->cause));
	put_param(t, "interface", l->ifname);
	put_number(t, "packets", ends.left.packets);
	put_number(t, "bytes", ends.left.bytes);
	put_param(t, "unit", l->process.unit);
	put_param(t, "name", l->dns_name ?: l->server_name);
	if (!l->flow.key.family)
		return;
	text_init(&e, to, sizeof(to));
	text_addr(&e, &l->flow.key.daddr, l->flow.key.family);
	put_param(t, "destination", to);
}

static void put_data(struct text *t, const struct record *r, bool all)
{
	char id[64] = "";

	if (r->speaker)
		snprintf(id, sizeof(id), "%s-%" PRIu64, r->speaker->agent, r->sequence);
	text_str(t, "[" SD_ID);
	put_param(t, "id", id);
	if (all && (r->action == RECORD_LEAK || r->action == RECORD_POSSIBLE))
		put_leak(t, &r->leak);
	else if (all && (r->action == RECORD_TUNNEL_UP || r->action == RECORD_TUNNEL_DOWN))
		put_param(t, "interface", r->interface.name);
	else if (all && r->action == RECORD_SUMMARY)
		put_param(t, "complete", r->summary.complete ? "true" : "false");
	text_str(t, "] ");
}

/* A second's fraction has at most six digits (RFC 5424 6.2.3.1). */
static void put_time(struct text *t, const struct timespec *time)
{
	struct tm tm;
	char date[64];

	gmtime_r(&time->tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	text_add(t, "%s.%06ldZ", date, time->tv_nsec / 1000);
}

static void put_header(struct text *t, const struct record *r)
{
	text_add(t, "<%u>1 ", LOG_DAEMON | record_severity(r));
	put_time(t, &r->time);
	text_str(t, " ");
	put_word(t, r->speaker ? r->speaker->host : NULL);
	text_add(t, " leakaudit %d ", (int)getpid());
	put_word(t, record_action_name(r->action));
	text_str(t, " ");
}

int syslog_line(struct syslog_line *l, const struct record *r, bool counted, const char **line,
		size_t *len)
{
	const char *json;
	size_t json_len;
	struct text t;
	int ret = record_json_line(&l->json, r, &json, &json_len);

	if (ret < 0)
		return ret;
	json_len--; /* its newline */
	for (int all = 1; all >= 0; all--) {
		text_init(&t, l->buf, sizeof(l->buf));
		put_header(&t, r);
		put_data(&t, r, all);
		if (t.len + json_len <= SYSLOG_LINE_MAX)
			break;
	}
	text_put(&t, json, json_len);
	if (t.cut)
		return -EMSGSIZE;
	*line = l->buf;
	*len = t.len;
	if (!counted)
		return 0;
	*len = (size_t)snprintf(l->framed, sizeof(l->framed), "%zu ", t.len);
	memcpy(l->framed + *len, l->buf, t.len);
	*len += t.len;
	*line = l->framed;
	return 0;
}

void syslog_line_free(struct syslog_line *l)
{
	json_free(&l->json);
}
