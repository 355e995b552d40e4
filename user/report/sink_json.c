/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes JSON lines; record_json.h has the format. */
#include <errno.h>

#include "record/record_json.h"
#include "sink_ops.h"
#include "base/util.h"

static int json_open_sink(struct sink *s, const char *arg, struct fault *f)
{
	s->own = calloc(1, sizeof(struct json));
	if (!s->own)
		return -ENOMEM;
	return sink_open_lines(s, arg, f);
}

static int json_write(struct sink *s, const struct record *r)
{
	struct json *j = s->own;
	const char *line;
	size_t len;
	int ret;

	ret = record_json_line(j, r, &line, &len);
	if (ret < 0) {
		s->out.lost++;
		return ret;
	}
	return sink_put(s, r, line, len);
}

static void json_close(struct sink *s)
{
	if (s->own)
		json_free(s->own);
	free(s->own);
}

const struct sink_ops sink_json = {
	.name = "json",
	.target = SINK_TARGET_OPTIONAL,
	.open = json_open_sink,
	.write = json_write,
	.pump = sink_lines_pump,
	.flush = sink_lasting_flush,
	.reopen = sink_lines_reopen,
	.close = json_close,
};
