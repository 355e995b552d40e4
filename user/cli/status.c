/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "base/json.h"
#include "base/log.h"
#include "cmd.h"
#include "opt_form.h"
#include "guard_list.h"
#include "host/permitted.h"
#include "survey.h"

static int with_usage(unsigned int *form, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_FORM(form),
		OPT_END,
	};
	const struct opt_usage usage = {
		.synopsis = "status [OPTION]... [GUARD | PID]...",
		.about = "Shows all runs and guards of this machine, or those named: whether what "
			 "should hold does, and what would be needed. The exit status is 0 only if "
			 "it does.",
		.opts = opts,
		.operand = "GUARD",
	};

	return use(arg, &usage);
}

int cmd_status_usage(opt_use_fn *use, void *arg)
{
	return with_usage(&(unsigned int){ 0 }, use, arg);
}

static void put_problem(struct json *j, const struct survey_problem *p)
{
	json_obj(j, NULL);
	json_str(j, "what", p->what[0] ? p->what : NULL);
	json_str(j, "why", p->why);
	json_str(j, "needed", p->remedy);
	json_bool(j, "leaks", p->leaks);
	json_end(j);
}

static int print_json(const struct survey *s)
{
	struct json j = { 0 };
	size_t i;
	int r;

	json_reset(&j);
	json_obj(&j, NULL);
	json_bool(&j, "holds", !s->n_problems);
	json_arr(&j, "problems");
	for (i = 0; i < s->n_problems; i++)
		put_problem(&j, &s->problems[i]);
	json_end(&j);
	json_arr(&j, "runs");
	for (i = 0; i < s->n_runs; i++) {
		if (s->runs[i].error)
			continue;
		json_obj(&j, NULL);
		json_raw(&j, s->runs[i].json, s->runs[i].len);
		json_end(&j);
	}
	json_end(&j);
	json_arr(&j, "guards");
	for (i = 0; i < s->n_guards; i++)
		guard_list_put(&j, &s->guards[i].entry);
	json_end(&j);
	json_end(&j);
	r = json_print(&j);
	json_free(&j);
	return r;
}

static enum exit_code code_of(const struct survey *s)
{
	size_t i;

	for (i = 0; i < s->n_problems; i++)
		if (s->problems[i].leaks)
			return EXIT_LEAKS;
	return s->n_problems ? EXIT_INCOMPLETE : EXIT_CLEAN;
}

static int show(char *const *names, unsigned int form)
{
	struct fault f = { 0 };
	struct survey s;
	int r = permitted("looking at runs and guards", &f), code = EXIT_DENIED;

	if (r)
		return exit_code_of(log_fault(r, &f));
	r = survey_open(&s, names, &f);
	if (!r)
		r = survey_judge(&s);
	if (r) {
		log_fault(r, &f);
	} else {
		code = code_of(&s);
		if (form)
			r = print_json(&s);
		else
			survey_print(&s);
		if (fflush(stdout) || r)
			code = EXIT_INCOMPLETE;
	}
	survey_close(&s);
	return code;
}

int cmd_status(int argc, char **argv)
{
	char **names;
	struct opt_line line = { argc, argv, &names };
	unsigned int form = 0;
	int r = with_usage(&form, opt_parse_line, &line);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	return show(names, form);
}
