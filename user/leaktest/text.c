/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table for people: one line for all bindings of a probe with the same result, and each remedy
 * once.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#include "report.h"
#include "base/text.h"

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

#define WIDTH_MAX 100
#define SPAN_MAX 3 /* bindings in one line: not bound, and two of one interface */
#define COLUMNS 5 /* "why" follows and takes the rest of the line */
#define CELL_MAX 96
#define WORDS_MAX 1280 /* of a remedy with the kinds that it is for, if none of its bytes prints */
#define WHY_LEAST 16 /* columns; with fewer left "why" gets its own line, */
#define WHY_BELOW 10 /* from this column on */

struct table {
	bool coloured;
	size_t width; /* columns of the terminal */
	size_t column[COLUMNS];
};

static const char *colour_of(enum probe_status v)
{
	switch (v) {
	case PROBE_PASS:
		return GREEN;
	case PROBE_EXEMPT:
		return DIM;
	case PROBE_UNKNOWN:
		return YELLOW;
	case PROBE_FAIL:
		break;
	}
	return BOLD RED;
}

/* In capitals if the user should act. */
static const char *word_of(enum probe_status v)
{
	return v == PROBE_FAIL ? "FAIL" : probe_status_name(v);
}

static void add_bound(struct text *t, const struct probe *p)
{
	if (t->len)
		text_add(t, ", ");
	if (probe_is_unbound(p->kind) && p->family) {
		text_add(t, "to ");
		text_addr(t, &p->to, p->family);
	} else if (p->how == PROBE_FREE) {
		text_add(t, "no");
	} else {
		text_escape(t, p->ifname, false);
		text_add(t, "%s", p->how == PROBE_SOURCE ? "'s address" : "");
	}
}

/* The number of rows from this one on that differ only in their binding. */
static size_t alike(const struct probe_row *row, size_t left)
{
	size_t n = 1;

	while (n < left && n < SPAN_MAX && row[n].probe.kind == row->probe.kind &&
	       row[n].probe.family == row->probe.family &&
	       row[n].result.status == row->result.status &&
	       !strcmp(row[n].result.path, row->result.path) &&
	       !strcmp(row[n].result.why, row->result.why))
		n++;
	return n;
}

static void fill(const struct probe_row *row, size_t n, char cell[COLUMNS][CELL_MAX])
{
	struct text t;
	size_t i;

	snprintf(cell[0], CELL_MAX, "%s", row->probe.kind->name);
	snprintf(cell[1], CELL_MAX, "%s",
		 row->probe.family == 6	  ? "ipv6"
		 : row->probe.family == 4 ? "ipv4"
					  : "-");
	text_init(&t, cell[2], CELL_MAX);
	for (i = 0; i < n; i++)
		add_bound(&t, &row[i].probe);
	text_init(&t, cell[3], CELL_MAX);
	text_escape(&t, row->result.path[0] ? row->result.path : "-", false);
	snprintf(cell[4], CELL_MAX, "%s", word_of(row->result.status));
}

static size_t screen_width(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col ? MIN(w.ws_col, WIDTH_MAX)
								     : WIDTH_MAX;
}

static const char *const titles[COLUMNS] = { "kind", "family", "bound", "path", "result" };

static void measure(struct table *t, const struct probe_sheet *s)
{
	char cell[COLUMNS][CELL_MAX];
	size_t i, k, columns, n;

	for (k = 0; k < COLUMNS; k++)
		t->column[k] = strlen(titles[k]);
	for (i = 0; i < s->n; i += n) {
		n = alike(&s->v[i], s->n - i);
		fill(&s->v[i], n, cell);
		for (k = 0; k < COLUMNS; k++) {
			columns = text_columns(cell[k]);
			t->column[k] = MAX(t->column[k], columns);
		}
	}
}

/* Writes words, wrapped at the width, with a hanging indent at column. */
static void put_wrapped(const char *raw, size_t column, size_t width)
{
	char safe[WORDS_MAX];
	const char *words = safe;
	size_t at = column, len;
	struct text t;

	text_init(&t, safe, sizeof(safe));
	text_escape(&t, raw, false);
	for (; *words; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		if (at > column && at + 1 + len > width) {
			printf("\n%*s", (int)column, "");
			at = column;
		}
		printf("%s%.*s", at > column ? " " : "", (int)len, words);
		at += len + (at > column);
	}
	putchar('\n');
}

/* Whether "why" fits on the line from this column on. */
static bool has_room(const struct table *t, size_t at)
{
	return t->width >= at + WHY_LEAST;
}

static void put_rows(const struct table *t, const struct probe_row *row, size_t n)
{
	char cell[COLUMNS][CELL_MAX];
	size_t k, at = 0;

	fill(row, n, cell);
	for (k = 0; k < COLUMNS; k++) {
		bool colour = t->coloured && k == COLUMNS - 1;

		printf("%s%s%*s%s  ", colour ? colour_of(row->result.status) : "", cell[k],
		       (int)(t->column[k] - text_columns(cell[k])), "", colour ? PLAIN : "");
		at += t->column[k] + 2;
	}
	if (!has_room(t, at)) {
		at = WHY_BELOW;
		printf("\n%*s", (int)at, "");
	}
	put_wrapped(row->result.why, at, t->width);
}

static void put_titles(const struct table *t)
{
	size_t k, at = 0;

	fputs(t->coloured ? DIM : "", stdout);
	for (k = 0; k < COLUMNS; k++)
		at += (size_t)printf("%-*s  ", (int)t->column[k], titles[k]);
	printf("%s%s\n", has_room(t, at) ? "why" : "", t->coloured ? PLAIN : "");
}

static bool is_first(const struct probe_sheet *s, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (!strcmp(s->v[k].result.remedy, s->v[i].result.remedy))
			return false;
	return true;
}

/* "dns, dot, stun": the kinds that have this remedy. */
static void put_kinds(const struct probe_sheet *s, const char *remedy, struct text *t)
{
	const struct probe_kind *kind;
	size_t i;

	for (kind = probe_kinds; kind < probe_kinds + probe_n_kinds; kind++)
		for (i = 0; i < s->n; i++)
			if (s->v[i].probe.kind == kind && !strcmp(s->v[i].result.remedy, remedy)) {
				text_add(t, "%s%s", t->len ? ", " : "", kind->name);
				break;
			}
}

static void put_remedies(const struct table *t, const struct probe_sheet *s)
{
	char kinds[256], words[WORDS_MAX];
	struct text text;
	bool any = false;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const char *remedy = s->v[i].result.remedy;

		if (!*remedy || !is_first(s, i))
			continue;
		if (!any)
			printf("\n%sWhat helps%s\n", t->coloured ? BOLD : "",
			       t->coloured ? PLAIN : "");
		any = true;
		text_init(&text, kinds, sizeof(kinds));
		put_kinds(s, remedy, &text);
		text_init(&text, words, sizeof(words));
		text_add(&text, "%s: ", kinds);
		text_str(&text, remedy);
		fputs("  ", stdout);
		put_wrapped(words, 2, t->width);
	}
}

static void put_sums(const struct table *t, const struct probe_sheet *s)
{
	size_t fail = probe_sheet_count(s, PROBE_FAIL),
	       unknown = probe_sheet_count(s, PROBE_UNKNOWN);
	size_t left = 0, i;

	for (i = 0; i < s->n; i++)
		left += s->v[i].result.status == PROBE_FAIL && !s->v[i].result.stopped;
	printf("\n%s", t->coloured ? fail || unknown ? BOLD RED : GREEN : "");
	text_print("%s: %zu of %zu probes pass", s->scope, s->n - fail - unknown, s->n);
	if (fail)
		printf(", %zu would have left past the tunnel", fail);
	if (unknown)
		printf(", %zu without proof", unknown);
	printf("%s\n", t->coloured ? PLAIN : "");
	if (left)
		printf("%zu of them did leave%s.\n", left,
		       s->dropped ? ", although they should have been stopped" : "");
	else if (fail)
		printf("None of them got out: they were stopped at the interface.\n");
	if (s->routes_left)
		printf("%zu more routes lead past the tunnel, too many to be tested one by one.\n",
		       s->routes_left);
	if (s->refused)
		printf("In %u of %u rounds nothing could be sent.\n", s->refused, s->rounds);
}

static int put_sheet(const struct probe_sheet *s)
{
	struct table t = { .coloured = text_coloured(STDOUT_FILENO), .width = screen_width() };
	size_t i, n;

	measure(&t, s);
	put_titles(&t);
	for (i = 0; i < s->n; i += n) {
		n = alike(&s->v[i], s->n - i);
		put_rows(&t, &s->v[i], n);
	}
	put_remedies(&t, s);
	put_sums(&t, s);
	return fflush(stdout) ? -errno : 0;
}

static void put_change(const struct probe_row *before, const struct probe_row *now)
{
	bool coloured = text_coloured(STDOUT_FILENO);
	char cell[COLUMNS][CELL_MAX], was[COLUMNS][CELL_MAX], clock[16] = "";
	time_t seconds = time(NULL);
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fill(now, 1, cell);
	if (before)
		fill(before, 1, was);
	printf("%s  %s%-7s%s  ", clock, coloured ? colour_of(now->result.status) : "", cell[4],
	       coloured ? PLAIN : "");
	text_print("%s %s, bound: %s: %s%s%s, %s\n", cell[0], cell[1], cell[2],
		   before ? was[3] : "", before ? " -> " : "", cell[3], now->result.why);
	fflush(stdout);
}

const struct probe_format probe_format_text = { "text", put_change, put_sheet };
