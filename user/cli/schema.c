/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>

#include "base/log.h"
#include "base/opt.h"
#include "cmd.h"
#include "record/schema.h"

static int print(void)
{
	struct json j = { 0 };
	int r;

	schema_json(&j);
	r = json_print(&j);
	json_free(&j);
	return r;
}

int cmd_schema_usage(opt_use_fn *use, void *arg)
{
	static const struct opt opts[] = { OPT_END };
	const struct opt_usage usage = {
		.synopsis = "schema",
		.about = "Prints the form of all events: JSON Schema, draft 2020-12.",
		.opts = opts,
	};

	return use(arg, &usage);
}

int cmd_schema(int argc, char **argv)
{
	struct opt_line line = { argc, argv, NULL };
	int r = cmd_schema_usage(opt_parse_line, &line);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	r = print();
	if (r)
		log_err_r(r, "cannot print the schema");
	return r ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
