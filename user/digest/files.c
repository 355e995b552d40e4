/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recording.h"

/* A file's first event is among so many lines, or it has none. */
#define LINES_LOOKED_AT 100

struct file {
	const char *path;
	int64_t first; /* the time of its first event; INT64_MAX: it has none */
	size_t number; /* as the user named them */
};

static bool is_stdin(const char *path)
{
	return !strcmp(path, "-");
}

static int look(struct digest *d, struct file *file, struct fault *f)
{
	_cleanup_(recording_freep) struct recording *r = NULL;
	int n = recording_open(file->path, &r, f);
	struct recorded e;
	char *line;
	size_t len;

	if (n)
		return n;
	for (int i = 0; i < LINES_LOOKED_AT && recording_line(r, &line, &len, f) > 0; i++) {
		if (line && !recorded_read(d->reader, line, len, &e)) {
			file->first = e.time;
			break;
		}
	}
	return 0;
}

static int by_first(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static int read_one(struct digest *d, const char *path, struct fault *f)
{
	_cleanup_(recording_freep) struct recording *r = NULL;
	const char *name = is_stdin(path) ? "standard input" : path;
	int n = recording_open(path, &r, f), added = 0;
	size_t len;
	char *line;

	if (n)
		return n;
	while (!added && (n = recording_line(r, &line, &len, f)) > 0) {
		if (line)
			added = digest_line(d, line, len, name, recording_number(r));
		else
			digest_broken(d, name, recording_number(r));
	}
	if (n < 0 && !added)
		digest_unread(d, name, *f->reason ? f->reason : strerror(-n));
	return added;
}

int files_read(struct digest *d, char **paths, struct fault *f)
{
	_cleanup_(freep) struct file *v = NULL;
	size_t n = 0, i;
	int r = 0;

	while (paths[n])
		n++;
	v = calloc(n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (i = 0; i < n && !r; i++) {
		v[i] = (struct file){ paths[i], INT64_MAX, i };
		/* standard input is read once, and so last */
		if (!is_stdin(paths[i]) && n > 1)
			r = look(d, &v[i], f);
	}
	if (!r)
		qsort(v, n, sizeof(*v), by_first);
	for (i = 0; i < n && !r; i++)
		r = read_one(d, v[i].path, f);
	return r;
}
