/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands. argv[0] is the command's name, options follow. The return value is an enum
 * exit_code, never an errno.
 */
#pragma once

#include "base/exit.h"

int cmd_guard(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_test(int argc, char **argv);
int cmd_watch(int argc, char **argv);
