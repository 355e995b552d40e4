/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "top.h"

static const struct {
	char key;
	const char *name;
} sorts[] = {
#define X(sym, key, name) { key, name },
	TOP_SORTS(X)
#undef X
};

const char *top_sort_name(enum top_sort s)
{
	return sorts[s].name;
}

char top_sort_key(enum top_sort s)
{
	return sorts[s].key;
}

static bool has_word(const struct top_row *r, const char *word)
{
	return strcasestr(r->program, word) || strcasestr(r->of, word) ||
	       strcasestr(r->kind, word) || strcasestr(r->line, word) || strcasestr(r->to, word) ||
	       strcasestr(r->name, word);
}

/* Each word of the filter is somewhere in the row. */
static bool passes(const struct top_row *r, const char *filter)
{
	char words[64], *word, *rest = words;

	snprintf(words, sizeof(words), "%s", filter);
	while ((word = strsep(&rest, " ")))
		if (*word && !has_word(r, word))
			return false;
	return true;
}

static int more(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int compare(const struct top_row *a, const struct top_row *b, enum top_sort by)
{
	switch (by) {
	case TOP_SORT_PACKETS:
		return more(a->packets, b->packets);
	case TOP_SORT_STOPPED:
		return more(a->stopped, b->stopped);
	case TOP_SORT_PROGRAM:
		return strcasecmp(a->program, b->program);
	case TOP_SORT_CLASS:
		return strcmp(a->kind, b->kind);
	case TOP_SORT_LINE:
		return strcmp(a->line, b->line);
	case TOP_SORT_LAST:
		return strcmp(b->last, a->last);
	default:
		return more(a->bytes, b->bytes);
	}
}

/* What is equal is by bytes, and then as it came. */
static int by_choice(const void *x, const void *y, void *arg)
{
	const struct top_row *a = *(const struct top_row *const *)x;
	const struct top_row *b = *(const struct top_row *const *)y;
	const struct top_choice *c = arg;
	int r = compare(a, b, c->sort);

	if (!r)
		r = compare(a, b, TOP_SORT_BYTES);
	return r ? r : (a > b) - (a < b);
}

size_t top_rows(const struct top_view *v, const struct top_choice *c,
		const struct top_row *ret[TOP_ROWS_MAX])
{
	const struct top_row *rows = c->flows ? v->flows : v->programs;
	size_t n = c->flows ? v->n_flows : v->n_programs, found = 0, i;

	for (i = 0; i < n; i++)
		if (passes(&rows[i], c->filter))
			ret[found++] = &rows[i];
	qsort_r(ret, found, sizeof(*ret), by_choice, (void *)c);
	return found;
}
