/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks a file by the commands themselves: each parses it as if it were to run, and what it logs
 * then is the error. What it names, by the kind of a row's value, is looked for.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "base/log.h"
#include "base/opt_find.h"
#include "check_config.h"
#include "cmd.h"
#include "config.h"
#include "host/runner.h"
#include "host/scope.h"
#include "report/sink.h"
#include "things.h"

/* What of the file system a unit may write to: LogsDirectory= and RuntimeDirectory=. */
#define UNIT_LOGS "/var/log/leakaudit/"
#define UNIT_RUN "/run/leakaudit/"

struct making {
	struct check *check;
	struct opt_file file;
	struct run_of *run; /* of which command */
	bool guard;
	int error;
};

/* --- words --- */

static int add_word(struct words *words, const char *fmt, ...) _printf_(2, 3);

static int add_word(struct words *words, const char *fmt, ...)
{
	va_list ap;
	int r;

	if (!GROW(words->v, words->n))
		return -ENOMEM;
	va_start(ap, fmt);
	r = vasprintf(&words->v[words->n], fmt, ap);
	va_end(ap);
	if (r < 0)
		return -ENOMEM;
	words->n++;
	return 0;
}

/* Both commands say the same of a line that both know. */
static void say_once(struct making *m, struct words *words, const char *what)
{
	for (size_t i = 0; i < words->n; i++)
		if (!strcmp(words->v[i], what))
			return;
	m->error = add_word(words, "%s", what) ?: m->error;
}

static void free_words(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->v[i]);
	free(words->v);
}

/* --- what is wrong --- */

static void take_line(void *arg, const char *tag, const char *what)
{
	struct making *m = arg;

	if (strstr(tag, "error"))
		say_once(m, &m->check->errors, what);
}

static void check_line(struct making *m, const char *name)
{
	struct check *c = m->check;
	char option[16], *argv[] = { (char *)name, option,
				     (char *)(c->instance ?: (const char *)c->path), NULL };

	snprintf(option, sizeof(option), "--%s", c->instance ? "instance" : "config");
	log_divert(take_line, m);
	if (m->guard)
		cmd_guard_check(3, argv);
	else
		cmd_watch_check(3, argv);
	log_divert(NULL, NULL);
}

/* --- what is not there --- */

static void warn(struct making *m, unsigned int line, const char *what)
{
	char full[4096];

	if (line)
		snprintf(full, sizeof(full), "%s:%u: %s", m->check->path, line, what);
	else
		snprintf(full, sizeof(full), "%s", what);
	say_once(m, &m->check->warnings, full);
}

static void warn_missing(struct making *m, unsigned int line, const char *kind, const char *what,
			 const char *word)
{
	char nearest[256], text[512];

	if (things_has(kind, word, nearest, sizeof(nearest)))
		return;
	snprintf(text, sizeof(text), "no %s is called %s%s%s%s", what, word,
		 *nearest ? " (the nearest is " : "", nearest, *nearest ? ")" : "");
	warn(m, line, text);
}

static void look_for_scope(struct making *m, const struct opt_entry *e, enum scope_by by)
{
	_cleanup_(scope_freep) struct scope *s = NULL;
	struct fault f = { 0 };

	if (scope_open(&s, by, e->value, &f))
		warn(m, e->line, f.reason);
}

/* Whether who is talked to may be on another machine. */
static bool leaves_machine(const char *output)
{
	static const char *const talk[] = { "http:", "tcp:", "syslog:", "otlp:" };
	static const char *const here[] = { "127.0.0.1", "[::1]", "localhost", "unix:" };
	const char *to = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(talk); i++)
		if (!strncmp(output, talk[i], strlen(talk[i])))
			to = output + strlen(talk[i]);
	/* a socket's path; a port alone, at which one is asked here */
	if (!to || to[0] == '/' || to[strcspn(to, ":,")] != ':')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(here); i++)
		if (strstr(to, here[i]))
			return false;
	return true;
}

/* Whether a file of it is where the unit may not write. */
static bool writes_elsewhere(const char *output)
{
	static const char *const files[] = { "text:", "json:", "pcap:", "metrics:" };
	const char *spool = strstr(output, ",spool=");
	const char *path = spool ? spool + strlen(",spool=") : NULL;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (!strncmp(output, files[i], strlen(files[i])))
			path = output + strlen(files[i]);
	return path && strcmp(path, "-") != 0 && strncmp(path, UNIT_LOGS, strlen(UNIT_LOGS)) != 0 &&
	       strncmp(path, UNIT_RUN, strlen(UNIT_RUN)) != 0;
}

/* What the unit's sandbox keeps from an output. NULL: nothing. */
static const char *say_confined(const char *output)
{
	if (leaves_machine(output))
		return "the unit may talk to this machine alone, unless a drop-in allows more: "
		       "IPAddressAllow=, see leakaudit-watch(8)";
	if (writes_elsewhere(output))
		return "the unit may write below " UNIT_LOGS " alone, unless a drop-in allows "
		       "more: ReadWritePaths=, see systemd.exec(5)";
	return NULL;
}

/* What is checked when it is used, and is an error then. */
static int check_use(const struct opt *o, const struct opt_entry *e, struct fault *f)
{
	if (!strcmp(o->arg, "SINK[:ARG]"))
		return sink_check_spec(e->value, f);
	if (!strcmp(o->arg, "CMD"))
		return runner_check(e->value, NULL, f);
	return strcmp(o->arg, "USER") ? 0 : runner_check(NULL, e->value, f);
}

static void look_for(struct making *m, const struct opt *o, const struct opt_entry *e)
{
	bool output = !strcmp(o->name, "output");
	struct fault f = { 0 };
	char text[512];

	if (!strcmp(o->arg, "IF")) {
		warn_missing(m, e->line, "IF", "interface", e->value);
	} else if (!strcmp(o->arg, "UNIT")) {
		warn_missing(m, e->line, "UNIT", "unit", e->value);
	} else if (o->type == OPT_T_MIXED) {
		look_for_scope(m, e, (enum scope_by)o->kind);
	} else if (!strcmp(o->arg, "FILE") && access(e->value, R_OK)) {
		snprintf(text, sizeof(text), "%s cannot be read: %s", e->value, strerror(errno));
		warn(m, e->line, text);
	} else if (check_use(o, e, &f)) {
		fault_at(&f, -EINVAL, "%s:%u", m->check->path, e->line);
		say_once(m, &m->check->errors, f.reason);
	} else if (m->check->instance && output && say_confined(e->value)) {
		warn(m, e->line, say_confined(e->value));
	}
}

/* --- what would run --- */

static bool is_said(const struct opt_entry *e)
{
	return !e->value || strcmp(e->value, "no");
}

static void add_option(struct making *m, const struct opt *o, const struct opt_entry *e)
{
	struct words *words = &m->run->words;
	int r = 0;

	if (!opt_takes_value(o) && is_said(e))
		r = add_word(words, "--%s", o->name);
	else if (opt_takes_value(o) && e->value)
		r = add_word(words, "--%s=%s", o->name, e->value);
	else if (opt_takes_value(o))
		r = add_word(words, "--%s", o->name);
	m->error = r ?: m->error;
}

/* A guard that does not stay reports nothing. */
static bool is_report(const struct opt *o)
{
	return !strcmp(o->name, "output") || !strncmp(o->name, "on-leak", 7);
}

/* An opt_use_fn. */
static int take_entries(void *arg, const struct opt_usage *u)
{
	struct making *m = arg;
	const struct opt *o;
	bool line_only;

	for (const struct opt_entry *e = m->file.v; e < m->file.v + m->file.n; e++) {
		o = opt_file_row(u, e->name, &line_only);
		if (!o || line_only)
			continue;
		if (!m->guard || !is_report(o))
			add_option(m, o, e);
		if (e->value && o->arg)
			look_for(m, o, e);
	}
	return 0;
}

static size_t count_targets(const struct opt_file *file)
{
	static const char *const targets[] = { "cgroup", "unit", "pid", "container" };
	size_t n = 0, i, k;

	for (i = 0; i < file->n; i++)
		for (k = 0; k < ARRAY_SIZE(targets); k++)
			n += !strcmp(file->v[i].name, targets[k]);
	return n;
}

static void add_defaults(struct making *m)
{
	_cleanup_(freep) char *unit = NULL;
	struct words *words = &m->run->words;
	const char *instance = m->check->instance;

	if (m->guard && instance)
		m->error = add_word(words, "--name=%s", instance) ?: m->error;
	if (!instance || count_targets(&m->file))
		return;
	unit = config_unit(instance, m->guard);
	if (!unit || add_word(words, "--unit=%s", unit) || (!m->guard && add_word(words, "--wait")))
		m->error = -ENOMEM;
	if (unit && !m->guard)
		warn_missing(m, 0, "UNIT", "unit", unit);
}

/* Why no guard is made by it, or NULL. */
static const char *no_guard(const struct opt_file *file)
{
	for (size_t i = 0; i < file->n; i++)
		if (!strcmp(file->v[i].name, "guard"))
			return "none: the file is for following a guard";
	return count_targets(file) > 1 ? "none: a guard is of one cgroup, and the file names more"
				       : NULL;
}

static void make_run(struct making *m, const char *name, opt_use_fn *use,
		     int (*usage)(opt_use_fn *use, void *arg))
{
	struct check *c = m->check;
	int r;

	m->guard = !strcmp(name, "guard");
	m->run = &c->runs[m->guard];
	if (c->instance)
		r = asprintf(&m->run->unit, "leakaudit%s@%s.service", m->guard ? "-guard" : "",
			     c->instance);
	else
		r = asprintf(&m->run->unit, "leakaudit %s --config %s", name, c->path);
	if (r < 0) {
		m->run->unit = NULL;
		m->error = -ENOMEM;
		return;
	}
	if (m->guard && no_guard(&m->file)) {
		m->run->why = no_guard(&m->file);
		return;
	}
	check_line(m, name);
	if (add_word(&m->run->words, "leakaudit") || add_word(&m->run->words, "%s", name))
		m->error = -ENOMEM;
	add_defaults(m);
	usage(use, m);
}

static void say_fault(struct making *m, const struct fault *f)
{
	char full[sizeof(*f) + 32];

	snprintf(full, sizeof(full), "%s%s%s", f->reason, *f->help ? "; what helps: " : "",
		 f->help);
	say_once(m, &m->check->errors, full);
}

static int read_file(struct making *m)
{
	struct check *c = m->check;
	struct fault f = { 0 };
	char nearest[256], text[512];
	int r = opt_file_read(&m->file, c->path, &f);

	if (!r || r == -ENOMEM)
		return r;
	if (r == -ENOENT && c->instance) {
		things_has("INSTANCE", c->instance, nearest, sizeof(nearest));
		snprintf(text, sizeof(text),
			 "there is no such file: the units run without options%s%s",
			 *nearest ? "; the nearest instance is " : "", nearest);
		say_once(m, &c->errors, text);
	} else {
		say_fault(m, &f);
	}
	return 0;
}

int check_make(struct check *ret, const char *instance, const char *file)
{
	struct making m = { .check = ret };
	const char *fault = instance ? config_instance_fault(instance) : NULL;

	ret->instance = instance;
	ret->path = instance ? config_path(instance) : strdup(file);
	if (!ret->path)
		return -ENOMEM;
	if (fault)
		say_once(&m, &ret->errors, fault);
	else
		m.error = read_file(&m);
	if (!m.error && !ret->errors.n)
		make_run(&m, "watch", take_entries, cmd_watch_usage);
	if (!m.error && ret->runs[0].unit)
		make_run(&m, "guard", take_entries, cmd_guard_usage);
	opt_file_free(&m.file);
	return m.error;
}

void check_free(struct check *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(c->runs); i++) {
		free_words(&c->runs[i].words);
		free(c->runs[i].unit);
	}
	free_words(&c->errors);
	free_words(&c->warnings);
	free(c->path);
}
