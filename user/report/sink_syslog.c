/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes messages of syslog (RFC 5424) to a socket of this machine, or to a server. */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "courier.h"
#include "syslog_line.h"

#define LOCAL "/dev/log"
#define USAGE "syslog, syslog:PATH, or syslog:HOST:PORT/udp|tcp|tls" TLS_USAGE DEPOT_USAGE

struct syslog {
	struct courier courier; /* first */
	struct syslog_line line;
	bool counted;
	struct tls_files tls;
};

static int find_transport(char *target, enum conn_kind *kind, struct fault *f)
{
	static const struct {
		const char *name;
		enum conn_kind kind;
	} known[] = { { "udp", CONN_UDP }, { "tcp", CONN_TCP }, { "tls", CONN_TLS } };
	char *slash = strrchr(target, '/');

	for (size_t i = 0; slash && i < ARRAY_SIZE(known); i++)
		if (!strcmp(slash + 1, known[i].name)) {
			*slash = '\0';
			*kind = known[i].kind;
			return 0;
		}
	fault_say(f, -EINVAL, "output syslog: '%s' needs its transport: /udp, /tcp or /tls",
		  target);
	return fault_help(f, -EINVAL, USAGE);
}

static int connect_to(struct sink *s, struct fault *f)
{
	_cleanup_(freep) char *target = strdup(s->path), *host = NULL, *port = NULL;
	struct syslog *own = s->own;
	struct conn_target t = { .kind = CONN_UNIX_DGRAM, .host = s->path, .tls = &own->tls };
	int r;

	if (!target)
		return -ENOMEM;
	if (target[0] != '/') {
		r = find_transport(target, &t.kind, f);
		if (!r)
			r = conn_parse("syslog", target, &host, &port, f);
		if (r)
			return r;
		t.host = host;
		t.port = port;
	}
	if (tls_files_any(&own->tls) && t.kind != CONN_TLS)
		return fault_say(f, -EINVAL,
				 "output syslog: ca=, cert= and key= are for /tls, not for '%s'",
				 s->path);
	r = tls_files_check(&own->tls, f);
	if (r)
		return r;
	own->counted = t.kind == CONN_TCP || t.kind == CONN_TLS;
	return courier_open(&own->courier, own->counted ? "syslog, counted" : "syslog", &t, f);
}

static int syslog_open(struct sink *s, const char *arg, struct fault *f)
{
	struct syslog *own = s->own = calloc(1, sizeof(*own));
	int r;

	if (!own)
		return -ENOMEM;
	r = output_option_parse("syslog", arg ?: LOCAL,
				(struct output_option[]){ DEPOT_OPTIONS(&own->courier.depot),
							  TLS_OPTIONS(&own->tls),
							  { 0 } },
				USAGE, &s->path, f);
	return r ?: connect_to(s, f);
}

static int syslog_write(struct sink *s, const struct record *r)
{
	struct syslog *own = s->own;
	const char *line;
	size_t len;
	int ret = syslog_line(&own->line, r, own->counted, &line, &len);

	if (ret < 0) {
		s->lost++;
		return ret;
	}
	return courier_put(s, r, line, len);
}

static void syslog_close(struct sink *s)
{
	struct syslog *own = s->own;

	courier_close(s);
	if (!own)
		return;
	syslog_line_free(&own->line);
	tls_files_clear(&own->tls);
	free(own);
}

const struct sink_ops sink_syslog = {
	.name = "syslog",
	.target = SINK_TARGET_OPTIONAL,
	.open = syslog_open,
	.write = syslog_write,
	.pump = courier_pump,
	.interest = courier_interest,
	.flush = courier_flush,
	.pace = courier_pace,
	.waiting = courier_waiting,
	.close = syslog_close,
};
