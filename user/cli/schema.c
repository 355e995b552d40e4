/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/opt.h"
#include "cmd.h"
#include "report/schema.h"

static int print(void)
{
	struct json j = { 0 };
	const char *line;
	size_t len;
	int r;

	schema_json(&j);
	r = json_line(&j, &line, &len);
	if (!r && (fwrite(line, 1, len, stdout) != len || fflush(stdout)))
		r = -errno;
	json_free(&j);
	return r;
}

int cmd_schema(int argc, char **argv)
{
	static const struct opt opts[] = { OPT_END };
	const struct opt_usage usage = {
		.synopsis = "schema",
		.about = "Prints the form of all events: JSON Schema, draft 2020-12.",
		.opts = opts,
	};
	int r = opt_parse(&usage, argc, argv, NULL);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	r = print();
	if (r)
		log_err_r(r, "cannot print the schema");
	return r ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
