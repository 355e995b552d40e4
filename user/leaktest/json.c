/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes one JSON object a line, with the fields that leakaudit-events(5) has for the leak test. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/json.h"
#include "report.h"
#include "record/record_head.h"
#include "record/speaker.h"
#include "base/text.h"

/* Of this process: its events are of one run. NULL: there are no random bytes for it. */
static const struct speaker *speaker(void)
{
	static struct speaker s;

	return s.agent[0] || !speaker_init(&s, false) ? &s : NULL;
}

static void put_head(struct json *j, const char *action, const char *kind, const char *outcome)
{
	static uint64_t sequence;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_reset(j);
	json_obj(j, NULL);
	json_time(j, "@timestamp", &now);
	json_obj(j, "ecs");
	json_str(j, "version", "9.4.0");
	json_end(j);
	json_obj(j, "event");
	json_str(j, "kind", kind);
	json_arr(j, "category");
	json_str(j, NULL, "network");
	json_end(j);
	json_arr(j, "type");
	json_str(j, NULL, "info");
	json_end(j);
	json_str(j, "action", action);
	json_str(j, "outcome", outcome);
	json_str(j, "dataset", "leakaudit.test");
	json_u64(j, "sequence", ++sequence);
	if (speaker())
		record_put_id(j, speaker(), sequence);
	json_end(j);
	if (speaker())
		speaker_put(j, speaker());
}

static const char *outcome_of(enum probe_status v)
{
	return v == PROBE_FAIL ? "failure" : v == PROBE_UNKNOWN ? "unknown" : "success";
}

static const char *address(const struct la_addr *a, unsigned int family, char *buf, size_t size)
{
	struct text t;

	text_init(&t, buf, size);
	text_addr(&t, a, family);
	return buf;
}

static void put_observer(struct json *j, const struct probe_result *f)
{
	json_obj(j, "observer");
	if (speaker())
		record_put_sensor(j, speaker());
	json_obj(j, "egress");
	json_obj(j, "interface");
	json_str(j, "name", f && f->path[0] ? f->path : NULL);
	if (f && f->path[0] && f->ifindex)
		json_id(j, "id", f->ifindex);
	json_end(j);
	json_end(j);
	json_end(j);
}

static void put_ends(struct json *j, const struct probe *p)
{
	static const char *const transports[] = {
		[PROBE_UDP] = "udp",
		[PROBE_TCP] = "tcp",
		[PROBE_FRAME] = "udp",
		[PROBE_LOOKUP] = NULL,
	};
	char buf[64];

	json_obj(j, "source");
	if (p->how == PROBE_SOURCE)
		json_str(j, "ip", address(&p->source, p->family, buf, sizeof(buf)));
	json_end(j);
	json_obj(j, "destination");
	if (p->family)
		json_str(j, "ip", address(&p->to, p->family, buf, sizeof(buf)));
	if (p->port && p->family)
		json_u64(j, "port", p->port);
	json_end(j);
	json_obj(j, "network");
	json_str(j, "type", p->family == 6 ? "ipv6" : p->family == 4 ? "ipv4" : NULL);
	json_str(j, "transport",
		 p->kind->transport != PROBE_ICMP ? transports[p->kind->transport]
		 : p->family == 6		  ? "ipv6-icmp"
						  : "icmp");
	json_end(j);
	if (p->kind->port != 53)
		return;
	json_obj(j, "dns");
	json_obj(j, "question");
	json_str(j, "name", p->name);
	json_end(j);
	json_end(j);
}

static void put_gateway(struct json *j, const struct route_entry *e)
{
	static const struct la_addr none;
	char buf[64];

	if (!addr_equal(&e->via, &none))
		json_str(j, "gateway", address(&e->via, addr_family(&e->via), buf, sizeof(buf)));
	json_u64(j, "table", e->table);
}

static void put_why(struct json *j, const struct probe_result *f)
{
	json_obj(j, "rule");
	if (f->selector[0]) {
		json_str(j, "selector", f->selector);
		json_u64(j, "priority", f->priority);
	}
	json_end(j);
	json_obj(j, "tunnel");
	json_str(j, "name", f->tunnel[0] ? f->tunnel : NULL);
	json_str(j, "prefix", f->claim[0] ? f->claim : NULL);
	json_end(j);
}

static void put_result(struct json *j, const struct probe *p, const struct probe_result *f)
{
	json_obj(j, "probe");
	json_str(j, "kind", p->kind->name);
	json_str(j, "bound", probe_how_name(p->how));
	json_str(j, "interface", p->ifname[0] ? p->ifname : NULL);
	json_str(j, "verdict", probe_status_name(f->status));
	json_str(j, "why", f->why);
	json_str(j, "remedy", f->remedy[0] ? f->remedy : NULL);
	if (f->status == PROBE_FAIL)
		json_bool(j, "stopped", f->stopped);
	json_end(j);
	json_str(j, "cause", record_cause_name(f->cause));
	json_obj(j, "route");
	json_str(j, "prefix", f->prefix[0] ? f->prefix : NULL);
	json_str(j, "protocol", f->protocol[0] ? f->protocol : NULL);
	if (p->kind->aim == PROBE_TO_ROUTES)
		put_gateway(j, &p->route);
	json_end(j);
	put_why(j, f);
}

static int put_line(struct json *j)
{
	const char *line;
	size_t len;
	int r;

	json_end(j);
	r = json_line(j, &line, &len);
	if (!r && fwrite(line, 1, len, stdout) != len)
		r = -errno;
	return r;
}

static int put_row(struct json *j, const char *action, const struct probe_row *row,
		   const struct probe_result *before)
{
	const struct probe_result *f = &row->result;
	char message[256];

	put_head(j, action, f->status == PROBE_FAIL ? "alert" : "event", outcome_of(f->status));
	snprintf(message, sizeof(message), "%s: %s%s%s: %s", probe_status_name(f->status),
		 row->probe.kind->what, f->path[0] ? " by " : "", f->path, f->why);
	json_str(j, "message", message);
	put_ends(j, &row->probe);
	put_observer(j, f);
	json_obj(j, "leakaudit");
	put_result(j, &row->probe, f);
	if (before) {
		json_obj(j, "before");
		json_str(j, "verdict", probe_status_name(before->status));
		json_str(j, "interface", before->path[0] ? before->path : NULL);
		json_end(j);
	}
	json_end(j);
	return put_line(j);
}

static int put_summary(struct json *j, const struct probe_sheet *s)
{
	size_t fail = probe_sheet_count(s, PROBE_FAIL),
	       unknown = probe_sheet_count(s, PROBE_UNKNOWN);
	char message[128];

	put_head(j, "summary", "metric", fail ? "failure" : unknown ? "unknown" : "success");
	snprintf(message, sizeof(message), "%zu of %zu probes pass", s->n - fail - unknown, s->n);
	json_str(j, "message", message);
	put_observer(j, NULL);
	json_obj(j, "leakaudit");
	json_str(j, "scope", s->scope);
	json_str(j, "version", LEAKAUDIT_VERSION);
	json_obj(j, "test");
	json_u64(j, "probes", s->n);
	json_u64(j, "pass", probe_sheet_count(s, PROBE_PASS));
	json_u64(j, "exempt", probe_sheet_count(s, PROBE_EXEMPT));
	json_u64(j, "unknown", unknown);
	json_u64(j, "fail", fail);
	json_u64(j, "rounds", s->rounds);
	json_u64(j, "refused", s->refused);
	json_bool(j, "dropped", s->dropped);
	json_u64(j, "routes_left", s->routes_left);
	json_end(j);
	json_end(j);
	return put_line(j);
}

static int put_sheet(const struct probe_sheet *s)
{
	struct json j = { 0 };
	int r = 0;
	size_t i;

	for (i = 0; i < s->n && !r; i++)
		r = put_row(&j, "probe", &s->v[i], NULL);
	if (!r)
		r = put_summary(&j, s);
	if (fflush(stdout) && !r)
		r = -errno;
	json_free(&j);
	return r;
}

static void put_change(const struct probe_row *before, const struct probe_row *now)
{
	struct json j = { 0 };

	put_row(&j, "change", now, before ? &before->result : NULL);
	fflush(stdout);
	json_free(&j);
}

const struct probe_format probe_format_json = { "json", put_change, put_sheet };
