/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "journal.h"
#include "screen.h"
#include "text.h"

/* Has room for the last lines of a verifier log. */
#define LOG_MAX 4096

/* How long to wait for a reader of stderr that is stuck. */
#define LOG_WAIT_MS 50

static const struct level {
	const char *tag, *colour;
	const char *priority; /* for the journal */
} hint = { "  try: ", BOLD, "<5>" }, levels[] = {
	[LOG_LEVEL_ERROR] = { "error: ", BOLD RED, "<3>" },
	[LOG_LEVEL_WARN] = { "warning: ", BOLD YELLOW, "<4>" },
	[LOG_LEVEL_INFO] = { "", "", "<6>" },
};

/*
 * One write for a line, so that lines of several writers do not mix. What cannot be written is
 * dropped: there is no other place for errors.
 */
static void log_write(const char *buf, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	int saved = errno;

	if (poll(&p, 1, LOG_WAIT_MS) == 1 && write(STDERR_FILENO, buf, len) < 0)
		errno = saved;
	errno = saved;
}

static struct {
	log_fn *fn;
	void *arg;
} diverted;

void log_divert(log_fn *fn, void *arg)
{
	diverted.fn = fn;
	diverted.arg = arg;
}

static void log_line(const struct level *level, const char *what)
{
	bool coloured = *level->colour && screen_coloured(STDERR_FILENO);
	char buf[LOG_MAX];
	struct text t;

	if (diverted.fn) {
		diverted.fn(diverted.arg, level->tag, what);
		return;
	}
	text_init(&t, buf, sizeof(buf) - 1); /* one byte is for the newline */
	text_add(&t, "%sleakaudit: %s%s%s", journal_has(STDERR_FILENO) ? level->priority : "",
		 coloured ? level->colour : "", level->tag, coloured ? PLAIN : "");
	text_escape(&t, what, true);
	buf[t.len] = '\n';
	log_write(buf, t.len + 1);
}

static void log_va(enum log_level level, int r, const char *fmt, va_list ap) _printf_(3, 0);

static void log_va(enum log_level level, int r, const char *fmt, va_list ap)
{
	char what[LOG_MAX];
	struct text t;

	text_init(&t, what, sizeof(what));
	text_vadd(&t, fmt, ap);
	if (r)
		text_add(&t, ": %s", strerror(abs(r)));
	log_line(&levels[level], what);
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(level, 0, fmt, ap);
	va_end(ap);
}

void log_hint(const char *fmt, ...)
{
	char what[LOG_MAX];
	struct text t;
	va_list ap;

	text_init(&t, what, sizeof(what));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	log_line(&hint, what);
}

static void log_fault_as(enum log_level level, int r, const struct fault *f)
{
	const char *line, *end;

	log_msg(level, "%s", f->reason[0] ? f->reason : strerror(abs(r)));
	for (line = f->help; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		log_hint("%.*s", (int)(end - line), line);
	}
}

int log_fault(int r, const struct fault *f)
{
	log_fault_as(LOG_LEVEL_ERROR, r, f);
	return r;
}

int log_warn_fault(int r, const struct fault *f)
{
	log_fault_as(LOG_LEVEL_WARN, r, f);
	return r;
}

int log_err_r(int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_ERROR, r, fmt, ap);
	va_end(ap);
	return r;
}

int log_warn_r(int r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_va(LOG_LEVEL_WARN, r, fmt, ap);
	va_end(ap);
	return r;
}
