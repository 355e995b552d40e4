/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that leakaudit does on this machine: runs, by their sockets, and guards, by their pins. */
#pragma once

#include <stdbool.h>

#include "base/json_tree.h"
#include "guard/entry.h"

#define SURVEY_MAX 256

struct survey_run {
	char socket[64]; /* its name */
	int error; /* of asking it */
	char *text;
	struct json_tree tree; /* of the text, which it has changed */
	char *json; /* the same, unchanged, without its braces */
	size_t len;
};

struct survey_guard {
	char name[PINS_NAME_MAX + 8];
	struct guard_entry entry;
};

#define SURVEY_WATCH_UNIT "leakaudit@"
#define SURVEY_GUARD_UNIT "leakaudit-guard@"

/* One that systemd is to run. */
struct survey_unit {
	char name[256]; /* its instance */
	bool guard;
};

/* What does not hold though it should. */
struct survey_problem {
	char what[320]; /* "watch 4711", "guard host", a unit; "": nothing is there at all */
	char why[512];
	char remedy[768];
	bool leaks; /* something has left */
};

struct survey {
	struct survey_run *runs;
	size_t n_runs;
	struct survey_guard *guards;
	size_t n_guards;
	struct survey_unit *units;
	size_t n_units;
	struct survey_problem *problems;
	size_t n_problems;
};

/*
 * Reads what there is; names: of guards, and pids of runs, ending with NULL: only these. -ENOENT:
 * one of them is not there, which f says. -EACCES, -EPERM, -ENOMEM.
 */
int survey_open(struct survey *s, char *const *names, struct fault *f);
void survey_close(struct survey *s);

/* survey_units.c: finds the units. -ENOMEM. And whether the run is that unit's. */
int survey_units(struct survey *s);
bool survey_is_unit(const struct survey_run *run, const struct survey_unit *unit);

/* survey_judge.c: fills in the problems. */
int survey_judge(struct survey *s);

/* survey_text.c: 80 columns, if names are not long. */
void survey_print(const struct survey *s);
