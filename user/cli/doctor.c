/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "cmd.h"
#include "opt_form.h"
#include "doctor/checkup.h"

/* Not the exit codes of an audit, but as few of them: whether watch would work. */
enum { DOCTOR_READY, DOCTOR_LIMITED, DOCTOR_CANNOT };

static int with_usage(unsigned int *form, opt_use_fn *use, void *arg)
{
	const struct opt opts[] = {
		OPT_FORM(form),
		OPT_END,
	};
	const struct opt_usage usage = {
		.synopsis = "doctor [-o json]",
		.about = "Tries each feature of the kernel that leakaudit needs, and looks at what "
			 "is "
			 "around it: what works, what follows where it does not, and what helps. "
			 "It leaves nothing behind. The exit status is 0 if watch would work "
			 "whole, 1 with limits, 2 not at all.",
		.opts = opts,
	};

	return use(arg, &usage);
}

int cmd_doctor_usage(opt_use_fn *use, void *arg)
{
	return with_usage(&(unsigned int){ 0 }, use, arg);
}

int cmd_doctor(int argc, char **argv)
{
	struct opt_line line = { argc, argv, NULL };
	static struct checkup c;
	unsigned int form = 0;
	int r = with_usage(&form, opt_parse_line, &line);

	if (r)
		return r > 0 ? EXIT_CLEAN : EXIT_USAGE;
	check_machine(&c);
	check_kernel(&c);
	check_network(&c);
	check_build(&c);
	if (form)
		r = checkup_print_json(&c);
	else
		checkup_print(&c);
	if (fflush(stdout) || r)
		return DOCTOR_CANNOT;
	switch (checkup_grade(&c)) {
	case GRADE_FAIL:
		return DOCTOR_CANNOT;
	case GRADE_LIMIT:
		return DOCTOR_LIMITED;
	default:
		return DOCTOR_READY;
	}
}
