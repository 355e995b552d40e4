/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words for people, on stderr and nowhere else: stdout belongs to the events.
 * Bytes that a terminal could act on are escaped, whoever sent them.
 */
#pragma once

#include "fault.h"
#include "util.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO };

void log_msg(enum log_level level, const char *fmt, ...) _printf_(2, 3);

/* What the user can do about the error just logged, on a line of its own. */
void log_hint(const char *fmt, ...) _printf_(1, 2);

/* A message of several lines, which is written over: name and reason in the first,
 * remedies in the others. */
void log_lines(char *msg);

/* What is wrong and, each on a line of its own, what helps. Where nothing was said, the
 * text of the errno r. Returns r. */
int log_fault(int r, const struct fault *f);
int log_warn_fault(int r, const struct fault *f);

#define log_err(...) log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)

/* Appends ": " and the text of the errno r (of either sign); returns r. */
int log_err_r(int r, const char *fmt, ...) _printf_(2, 3);
int log_warn_r(int r, const char *fmt, ...) _printf_(2, 3);
