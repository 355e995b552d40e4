/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people, on stderr only: stdout belongs to events. Bytes that a terminal would act on
 * are escaped.
 */
#pragma once

#include "fault.h"
#include "util.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO };

void log_msg(enum log_level level, const char *fmt, ...) _printf_(2, 3);

/* Logs a line with what the user can do about the error before it. */
void log_hint(const char *fmt, ...) _printf_(1, 2);

/*
 * Logs what is wrong, and each hint on a line of its own. Without a text in f, logs the text of the
 * errno r. Returns r.
 */
int log_fault(int r, const struct fault *f);
int log_warn_fault(int r, const struct fault *f);

/*
 * From now on, lines go to fn and not to stderr; NULL: to stderr again. tag: "error: ", "warning:
 * ", "  try: " or "".
 */
typedef void log_fn(void *arg, const char *tag, const char *what);
void log_divert(log_fn *fn, void *arg);

#define log_err(...) log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_msg(LOG_LEVEL_INFO, __VA_ARGS__)

/* Appends ": " and the text of the errno r (of either sign). Returns r. */
int log_err_r(int r, const char *fmt, ...) _printf_(2, 3);
int log_warn_r(int r, const char *fmt, ...) _printf_(2, 3);
