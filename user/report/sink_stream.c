/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JSON lines to a connection: over TCP, or to a unix socket. */
#include <errno.h>

#include "base/util.h"
#include "courier.h"
#include "record/record_json.h"

struct stream {
	struct courier courier; /* first */
	struct json json;
};

static int stream_open(struct sink *s, const char *arg, const struct conn_target *kind,
		       struct fault *f)
{
	_cleanup_(freep) char *host = NULL, *port = NULL;
	struct conn_target t = *kind;
	const char *name = s->ops->name, *usage;
	struct stream *own = s->own = calloc(1, sizeof(*own));
	int r;

	if (!own)
		return -ENOMEM;
	usage = t.kind == CONN_UNIX ? "unix:PATH" DEPOT_USAGE : "tcp:HOST:PORT" DEPOT_USAGE;
	if (!arg) {
		fault_say(f, -EINVAL, "output '%s' lacks its receiver", name);
		return fault_help(f, -EINVAL, "%s", usage);
	}
	r = output_option_parse(
		name, arg, (struct output_option[]){ DEPOT_OPTIONS(&own->courier.depot), { 0 } },
		usage, &s->path, f);
	if (!r && t.kind == CONN_TCP)
		r = conn_parse(name, s->path, &host, &port, f);
	t.host = host ?: s->path;
	t.port = port;
	return r ?: courier_open(&own->courier, "json lines", &t, f);
}

static int tcp_open(struct sink *s, const char *arg, struct fault *f)
{
	return stream_open(s, arg, &(struct conn_target){ .kind = CONN_TCP }, f);
}

static int unix_open(struct sink *s, const char *arg, struct fault *f)
{
	return stream_open(s, arg, &(struct conn_target){ .kind = CONN_UNIX }, f);
}

static int stream_write(struct sink *s, const struct record *r)
{
	struct stream *own = s->own;
	const char *line;
	size_t len;
	int ret = record_json_line(&own->json, r, &line, &len);

	if (ret < 0) {
		s->lost++;
		return ret;
	}
	return courier_put(s, r, line, len);
}

static void stream_close(struct sink *s)
{
	struct stream *own = s->own;

	courier_close(s);
	if (own)
		json_free(&own->json);
	free(own);
}

/* clang-format off */
#define STREAM_OPS                       \
	.write = stream_write,           \
	.pump = courier_pump,            \
	.interest = courier_interest,    \
	.flush = courier_flush,          \
	.pace = courier_pace,            \
	.waiting = courier_waiting,      \
	.close = stream_close
/* clang-format on */

const struct sink_ops sink_tcp = {
	.name = "tcp",
	.open = tcp_open,
	STREAM_OPS,
};

const struct sink_ops sink_unix = {
	.name = "unix",
	.open = unix_open,
	STREAM_OPS,
};
