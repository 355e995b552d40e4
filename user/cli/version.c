/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd.h"
#include "opt_form.h"
#include "base/json.h"
#include "report/sink.h"

#ifdef HAVE_ncursesw
#define HAS_SCREEN true
#else
#define HAS_SCREEN false
#endif

static int with_usage(unsigned int *form, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_FORM(form),
		OPT_END,
	};
	const struct opt_usage usage = {
		.synopsis = "version [-o json]",
		.about = "Prints the version, and for which outputs and commands this "
			 "build has the library.",
		.opts = opts,
	};

	return use(arg, &usage);
}

int cmd_version_usage(opt_use_fn *use, void *arg)
{
	return with_usage(&(unsigned int){ 0 }, use, arg);
}

static void print_library(void *arg, const char *sink, const char *library, bool built)
{
	(void)arg;
	printf("output %s: %s %s\n", sink, built ? "with" : "not built in, without", library);
}

/* The same of a command. */
static void print_command(void)
{
	printf("top: %s ncurses\n", HAS_SCREEN ? "with" : "not built in, without");
}

static void put_command(struct json *j)
{
	json_obj(j, NULL);
	json_str(j, "command", "top");
	json_str(j, "library", "ncurses");
	json_bool(j, "built", HAS_SCREEN);
	json_end(j);
}

static void put_library(void *arg, const char *sink, const char *library, bool built)
{
	struct json *j = arg;

	json_obj(j, NULL);
	json_str(j, "output", sink);
	json_str(j, "library", library);
	json_bool(j, "built", built);
	json_end(j);
}

static int print_json(void)
{
	struct json j = { 0 };
	int r;

	json_reset(&j);
	json_obj(&j, NULL);
	json_str(&j, "version", LEAKAUDIT_VERSION);
	json_arr(&j, "libraries");
	sink_libraries(put_library, &j);
	put_command(&j);
	json_end(&j);
	json_end(&j);
	r = json_print(&j);
	json_free(&j);
	return r;
}

int cmd_version(int argc, char **argv)
{
	struct opt_line line = { argc, argv, NULL };
	unsigned int form = 0;
	int r = with_usage(&form, opt_parse_line, &line);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	if (form) {
		r = print_json();
	} else {
		printf("leakaudit %s\n", LEAKAUDIT_VERSION);
		sink_libraries(print_library, NULL);
		print_command();
	}
	return fflush(stdout) || r ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
