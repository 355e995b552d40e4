/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands. argv[0] is the command's name, options follow. What a command returns is an enum
 * exit_code, never an errno. Its usage() gives its options to a function, and returns what that
 * does. Its check() does what comes before the command's work.
 */
#pragma once

#include "base/exit.h"
#include "base/opt.h"

int cmd_doctor(int argc, char **argv);
int cmd_doctor_usage(opt_use_fn *use, void *arg);
int cmd_check_config(int argc, char **argv);
int cmd_check_config_usage(opt_use_fn *use, void *arg);
int cmd_guard(int argc, char **argv);
int cmd_guard_check(int argc, char **argv);
int cmd_guard_usage(opt_use_fn *use, void *arg);
int cmd_help(int argc, char **argv);
int cmd_help_usage(opt_use_fn *use, void *arg);
int cmd_replay(int argc, char **argv);
int cmd_replay_usage(opt_use_fn *use, void *arg);
int cmd_report(int argc, char **argv);
int cmd_report_usage(opt_use_fn *use, void *arg);
int cmd_run(int argc, char **argv);
int cmd_run_usage(opt_use_fn *use, void *arg);
int cmd_schema(int argc, char **argv);
int cmd_schema_usage(opt_use_fn *use, void *arg);
int cmd_status(int argc, char **argv);
int cmd_status_usage(opt_use_fn *use, void *arg);
int cmd_top(int argc, char **argv);
int cmd_top_usage(opt_use_fn *use, void *arg);
int cmd_test(int argc, char **argv);
int cmd_test_usage(opt_use_fn *use, void *arg);
int cmd_version(int argc, char **argv);
int cmd_version_usage(opt_use_fn *use, void *arg);
int cmd_watch(int argc, char **argv);
int cmd_watch_check(int argc, char **argv);
int cmd_watch_usage(opt_use_fn *use, void *arg);

/* For the shells: what may stand in the place of the last word. No command of a user's. */
int cmd_complete(int argc, char **argv);

struct cmd {
	const char *name, *help;
	int (*run)(int argc, char **argv);
	int (*usage)(opt_use_fn *use, void *arg);
};

/* Ends with a row without a name. */
extern const struct cmd cmds[];

/* NULL: there is none of that name. */
const struct cmd *cmd_find(const char *name);

/* Logs that there is none, and what was meant. Returns EXIT_USAGE. */
int cmd_unknown(const char *name);
