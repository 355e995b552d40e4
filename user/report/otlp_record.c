/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "otlp_record.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "record/record_severity.h"

#define PATH_MAX_LEN 256
#define OWN "leakaudit."

enum how { AS_IT_IS, AS_INTEGER, AS_DIRECTION, AS_CGROUP, NOT };

/*
 * Fields of the event, and their names by OpenTelemetry's semantic conventions (1.37; as well in
 * 1.45). NOT: the record says it elsewhere, or the resource does. What is not here keeps its name
 * under "leakaudit". In the order of bytes: it is searched for each field of each event.
 */
static const struct name {
	const char *ecs, *otel;
	enum how how;
} names[] = {
	{ "@timestamp", NULL, NOT },
	{ "agent.type", NULL, NOT },
	{ "agent.version", NULL, NOT },
	{ "container.id", "container.id", AS_IT_IS },
	{ "container.name", "container.name", AS_IT_IS },
	{ "container.runtime", "container.runtime.name", AS_IT_IS },
	{ "destination.ip", "destination.address", AS_IT_IS },
	{ "destination.port", "destination.port", AS_IT_IS },
	{ "dns.question.name", "dns.question.name", AS_IT_IS },
	{ "ecs.version", NULL, NOT },
	{ "event.action", NULL, NOT },
	{ "event.category", NULL, NOT },
	{ "event.dataset", NULL, NOT },
	{ "event.id", "log.record.uid", AS_IT_IS },
	{ "event.kind", NULL, NOT },
	{ "event.type", NULL, NOT },
	{ "host.name", NULL, NOT },
	{ "leakaudit.cgroup.path", "process.linux.cgroup", AS_CGROUP },
	{ "log.level", NULL, NOT },
	{ "message", NULL, NOT },
	{ "network.direction", "network.io.direction", AS_DIRECTION },
	{ "network.protocol", "network.protocol.name", AS_IT_IS },
	{ "network.transport", "network.transport", AS_IT_IS },
	{ "network.type", "network.type", AS_IT_IS },
	{ "observer.egress.interface.id", "leakaudit.interface.index", AS_INTEGER },
	{ "observer.egress.interface.name", "network.interface.name", AS_IT_IS },
	{ "observer.ingress.interface.id", "leakaudit.interface.index", AS_INTEGER },
	{ "observer.ingress.interface.name", "network.interface.name", AS_IT_IS },
	{ "observer.product", NULL, NOT },
	{ "observer.type", NULL, NOT },
	{ "process.command_line", "process.command_line", AS_IT_IS },
	{ "process.executable", "process.executable.path", AS_IT_IS },
	{ "process.name", "process.title", AS_IT_IS },
	{ "process.parent.pid", "process.parent_pid", AS_IT_IS },
	{ "process.pid", "process.pid", AS_IT_IS },
	{ "process.start", "process.creation.time", AS_IT_IS },
	{ "related.ip", NULL, NOT },
	{ "source.bytes", NULL, NOT },
	{ "source.ip", "source.address", AS_IT_IS },
	{ "source.packets", NULL, NOT },
	{ "source.port", "source.port", AS_IT_IS },
	{ "tls.client.server_name", "server.address", AS_IT_IS },
	{ "user.id", "process.user.id", AS_INTEGER },
	{ "user.name", "process.user.name", AS_IT_IS },
};

struct walk {
	const char *at, *end;
	struct text *t;
	char path[PATH_MAX_LEN];
	bool filled; /* an attribute was written */
	unsigned int depth;
	bool bad;
};

static int compare(const void *path, const void *name)
{
	return strcmp(path, ((const struct name *)name)->ecs);
}

static const struct name *find(const char *path)
{
	return bsearch(path, names, ARRAY_SIZE(names), sizeof(*names), compare);
}

/* What stands there, without moving on; 0 at the end. The text is our own, and has no blanks. */
static char peek(const struct walk *w)
{
	return w->at < w->end ? *w->at : '\0';
}

static bool take(struct walk *w, char c)
{
	if (peek(w) != c)
		return false;
	w->at++;
	return true;
}

/* The bytes of a token: of a string with its quotes and escapes, which OTLP's JSON has as well. */
static size_t token(struct walk *w, const char **from)
{
	*from = w->at;
	if (take(w, '"')) {
		while (w->at < w->end && *w->at != '"')
			w->at += *w->at == '\\' ? 2 : 1;
		w->bad |= w->at >= w->end || !take(w, '"');
	} else {
		while (w->at < w->end && !strchr(",]}", *w->at))
			w->at++;
		w->bad |= w->at == *from;
	}
	return w->bad ? 0 : (size_t)(w->at - *from);
}

static void put_scalar(struct text *t, const char *from, size_t len, enum how how)
{
	const char *type, *quote;

	if (how == AS_DIRECTION) {
		bool egress = len == sizeof("\"egress\"") - 1 && !memcmp(from, "\"egress\"", len);

		text_str(t, egress ? "{\"stringValue\":\"transmit\"}"
				   : "{\"stringValue\":\"receive\"}");
		return;
	}
	if (how == AS_CGROUP) { /* a line of /proc/PID/cgroup */
		text_str(t, "{\"stringValue\":\"0::");
		text_put(t, from + 1, len - 1);
		text_str(t, "}");
		return;
	}
	type = from[0] == '"'			  ? how == AS_INTEGER ? "intValue" : "stringValue"
	       : from[0] == 't' || from[0] == 'f' ? "boolValue"
	       : memchr(from, '.', len)		  ? "doubleValue"
						  : "intValue";
	quote = from[0] != '"' && !strcmp(type, "intValue") ? "\"" : "";
	text_str(t, "{\"");
	text_str(t, type);
	text_str(t, "\":");
	text_str(t, quote);
	text_put(t, from, len);
	text_str(t, quote);
	text_str(t, "}");
}

static void put_value(struct walk *w);

/* A list, or an object in one: its members keep their own names. */
static void put_nested(struct walk *w, bool list)
{
	const char *from;
	size_t len;

	text_str(w->t, list ? "{\"arrayValue\":{\"values\":[" : "{\"kvlistValue\":{\"values\":[");
	w->at++;
	while (!w->bad && !take(w, list ? ']' : '}')) {
		if (!list) {
			len = token(w, &from);
			w->bad |= !take(w, ':');
			text_str(w->t, "{\"key\":");
			text_put(w->t, from, len);
			text_str(w->t, ",\"value\":");
		}
		put_value(w);
		text_str(w->t, list ? "" : "}");
		if (take(w, ','))
			text_str(w->t, ",");
	}
	text_str(w->t, "]}}");
}

static void put_value(struct walk *w)
{
	const char *from;
	size_t len;

	if (++w->depth > 16)
		w->bad = true;
	else if (peek(w) == '{' || peek(w) == '[')
		put_nested(w, peek(w) == '[');
	else if ((len = token(w, &from)))
		put_scalar(w->t, from, len, AS_IT_IS);
	w->depth--;
}

static void put_key(struct walk *w, const char *name)
{
	bool own = !strncmp(name, OWN, sizeof(OWN) - 1);

	text_str(w->t, w->filled ? ",{\"key\":\"" : "{\"key\":\"");
	if (name == w->path && !own)
		text_str(w->t, OWN);
	text_str(w->t, name);
	text_str(w->t, "\",\"value\":");
	w->filled = true;
}

/* Reads over a value that is not written. */
static void skip_value(struct walk *w)
{
	struct text none;
	struct text *t = w->t;
	char byte;

	text_init(&none, &byte, sizeof(byte));
	w->t = &none;
	put_value(w);
	w->t = t;
}

static void put_field(struct walk *w)
{
	const struct name *n = find(w->path);
	const char *from;
	size_t len;

	if (n && n->how == NOT) {
		skip_value(w);
		return;
	}
	put_key(w, n ? n->otel : w->path);
	if (peek(w) == '[') {
		put_value(w);
	} else {
		len = token(w, &from);
		if (len)
			put_scalar(w->t, from, len, n ? n->how : AS_IT_IS);
	}
	text_str(w->t, "}");
}

/* Members of an object, each with its whole path as its name. */
static void put_members(struct walk *w, size_t path_len)
{
	const char *from;
	size_t len;

	w->bad |= !take(w, '{') || ++w->depth > 16;
	while (!w->bad && !take(w, '}')) {
		len = token(w, &from);
		w->bad |= len < 2 || !take(w, ':') ||
			  path_len + len + sizeof(OWN) > sizeof(w->path);
		if (w->bad)
			return;
		len -= 2;
		memcpy(w->path + path_len, from + 1, len);
		w->path[path_len + len] = '\0';
		if (peek(w) == '{') {
			w->path[path_len + len] = '.';
			put_members(w, path_len + len + 1);
		} else {
			put_field(w);
		}
		take(w, ',');
	}
	w->depth--;
}

/* The number of a severity of syslog (OpenTelemetry, logs data model, appendix B). */
static unsigned int severity_number(unsigned int severity)
{
	return severity <= LOG_ERR	 ? 17
	       : severity == LOG_WARNING ? 13
	       : severity == LOG_NOTICE	 ? 10
					 : 9;
}

static void put_nanoseconds(struct text *t, const char *name, const struct timespec *time)
{
	text_add(t, "\"%s\":\"%llu\",", name,
		 (unsigned long long)time->tv_sec * NSEC_PER_SEC +
			 (unsigned long long)time->tv_nsec);
}

/* Looks for the message at the top, where the event has written it with its escapes. */
static void put_body(struct walk *w, const char *json, size_t len)
{
	static const char key[] = ",\"message\":";
	const char *at = memmem(json, len, key, sizeof(key) - 1), *from;
	struct walk body = { .at = at ? at + sizeof(key) - 1 : json + len, .end = json + len };

	if (!at)
		return;
	len = token(&body, &from);
	text_str(w->t, "\"body\":{\"stringValue\":");
	text_put(w->t, from, len);
	text_str(w->t, "},");
}

int otlp_record(struct text *t, const struct record *r, const char *json, size_t len)
{
	struct walk w = { .at = json, .end = json + len, .t = t };
	unsigned int severity = record_severity(r);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	text_str(t, "{");
	put_nanoseconds(t, "timeUnixNano", &r->time);
	put_nanoseconds(t, "observedTimeUnixNano", &now);
	text_add(t, "\"severityNumber\":%u,\"severityText\":\"%s\",", severity_number(severity),
		 record_level_name(severity));
	text_add(t, "\"eventName\":\"leakaudit.%s\",", record_action_name(r->action));
	put_body(&w, json, len);
	text_str(t, "\"attributes\":[");
	put_members(&w, 0);
	text_str(t, "]}");
	return w.bad ? -EBADMSG : t->cut ? -EMSGSIZE : 0;
}

static void put_string(struct text *t, const char *name, const char *value)
{
	text_add(t, "{\"key\":\"%s\",\"value\":{\"stringValue\":\"", name);
	for (; *value; value++) /* a host's name has nothing else, or it is none */
		text_put(t, isalnum((unsigned char)*value) || strchr("-._", *value) ? value : "?",
			 1);
	text_str(t, "\"}}");
}

void otlp_begin(struct text *t, const char *host)
{
	text_str(t, "{\"resourceLogs\":[{\"resource\":{\"attributes\":[");
	put_string(t, "service.name", "leakaudit");
	text_str(t, ",");
	put_string(t, "service.version", LEAKAUDIT_VERSION);
	if (host && *host) {
		text_str(t, ",");
		put_string(t, "host.name", host);
	}
	text_str(t, "]},\"scopeLogs\":[{\"scope\":{\"name\":\"leakaudit\",\"version\":"
		    "\"" LEAKAUDIT_VERSION "\"},\"logRecords\":[");
}

void otlp_end(struct text *t)
{
	text_str(t, "]}]}]}");
}
