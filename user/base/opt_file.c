/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_file.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "opt_find.h"
#include "text.h"

const struct opt *opt_file_row(const struct opt_usage *u, const char *name, bool *line_only)
{
	*line_only = false;
	for (const struct opt *o = u->opts; o->type != OPT_T_END; o++) {
		if (o->type == OPT_T_GROUP)
			*line_only = o->max;
		else if (!strcmp(o->name, name))
			return o;
	}
	return NULL;
}

static const struct opt_other *find_other(const struct opt_other *others, const char *name)
{
	for (; others->name; others++)
		if (!strcmp(others->name, name))
			return others;
	return NULL;
}

static int unknown(const struct opt_place *at, const struct opt_usage *u, const char *name,
		   const struct opt_other *others)
{
	const char *names[2 * OPT_MAX + 1], *nearest;
	bool line_only;
	size_t n = 0;

	for (const struct opt *o = u->opts; o->type != OPT_T_END && n < OPT_MAX; o++)
		if (o->type != OPT_T_GROUP && opt_file_row(u, o->name, &line_only) && !line_only)
			names[n++] = o->name;
	for (; others->name && n < 2 * OPT_MAX; others++)
		if (!others->line_only)
			names[n++] = others->name;
	names[n] = NULL;
	nearest = opt_nearest(name + strspn(name, "-"), names);
	if (nearest)
		log_err("%s:%u: there is no option '%s'; the nearest is '%s'", at->file, at->line,
			name, nearest);
	else
		log_err("%s:%u: there is no option '%s'; leakaudit.conf(5) says which there are",
			at->file, at->line, name);
	return -EINVAL;
}

/* A flag is its name alone, or says yes or no. */
static int apply_flag(const struct opt *o, const struct opt_entry *e, const struct opt_place *at)
{
	if (e->value && !strcmp(e->value, "no"))
		return 0;
	if (e->value && strcmp(e->value, "yes"))
		return opt_wrong(at, o, "takes yes or no, or stands alone");
	return opt_set(o, NULL, at);
}

static bool may_be_repeated(const struct opt *o)
{
	return o->type == OPT_T_LIST || o->type == OPT_T_SET || (o->type == OPT_T_MIXED && o->max);
}

/* The line before this one that says the same of what can be said only once. */
static const struct opt_entry *said_before(const struct opt_file *file, const struct opt_entry *e)
{
	for (const struct opt_entry *b = file->v; b < e; b++)
		if (!strcmp(b->name, e->name))
			return b;
	return NULL;
}

static int apply(const struct opt_file *file, const struct opt_entry *e, const struct opt *o)
{
	const struct opt_place at = { file->path, e->line };
	const struct opt_entry *before = may_be_repeated(o) ? NULL : said_before(file, e);

	if (before)
		return opt_wrong(&at, o, "was said before, in line %u", before->line);
	if (!opt_takes_value(o))
		return apply_flag(o, e, &at);
	if (!e->value && !opt_value_optional(o))
		return opt_wrong(&at, o, "needs a value: %s = %s", o->name, o->arg);
	return opt_set(o, e->value ?: "all", &at);
}

/* What the line is of, to *ret; NULL: another command's. */
static int find_row(const struct opt_usage *u, const struct opt_entry *e, const char *path,
		    const struct opt_other *others, const struct opt **ret)
{
	const struct opt_place at = { path, e->line };
	bool line_only;
	const struct opt *o = opt_file_row(u, e->name, &line_only);
	const struct opt_other *other = o ? NULL : find_other(others, e->name);

	if (!o && !other)
		return unknown(&at, u, e->name, others);
	if (o ? line_only : other->line_only) {
		log_err("%s:%u: '%s' is for the command line only", path, e->line, e->name);
		return -EINVAL;
	}
	*ret = o;
	return 0;
}

int opt_file_apply(const struct opt_file *file, const struct opt_usage *u,
		   const struct opt_given *given, const struct opt_other *others)
{
	const struct opt *o = NULL;
	int r, first = 0;
	size_t i;

	/* All that is wrong is told at once. */
	for (i = 0; i < file->n && first != -ENOMEM; i++) {
		r = find_row(u, &file->v[i], file->path, others, &o);
		if (!r && o && !opt_given(given, o->target))
			r = apply(file, &file->v[i], o);
		first = first ?: r;
	}
	return first;
}

int opt_file_fault(const struct opt_file *file, const char *value, int error, struct fault *f)
{
	for (size_t i = 0; file && i < file->n; i++) {
		const struct opt_entry *e = &file->v[i];

		if (e->value == value)
			return fault_at(f, error, "%s:%u", file->path, e->line);
	}
	return error;
}
