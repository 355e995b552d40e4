/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report for people: the verdict, a paragraph for all probes with the same result for the same
 * reason, and each remedy once.
 */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "report.h"
#include "base/screen.h"
#include "base/text.h"
#include "base/text_wrap.h"
#include "verdict.h"

#define WIDTH_MAX 80
#define SPAN_MAX 3 /* bindings in one line: not bound, and two of one interface */
#define CELLS 5
#define CELL_MAX 96
#define WORDS_MAX 1280 /* of a remedy with the kinds that it is for, if none of its bytes prints */
#define CHANGE_BELOW 19 /* of a change: behind its time and status */
#define BELOW 9 /* the column under the reason: behind "unknown  " */

struct page {
	bool coloured;
	size_t width; /* columns of the terminal */
};

/* Probes of one kind with the same result that differ only in their binding. */
struct span {
	const struct probe_row *row;
	size_t n;
	bool told;
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

static void fill(const struct probe_row *row, size_t n, char cell[CELLS][CELL_MAX])
{
	struct text t;
	size_t i;

	snprintf(cell[0], CELL_MAX, "%s", row->probe.kind->name);
	snprintf(cell[1], CELL_MAX, "%s",
		 row->probe.family == 6	  ? "ipv6"
		 : row->probe.family == 4 ? "ipv4"
					  : "");
	text_init(&t, cell[2], CELL_MAX);
	for (i = 0; i < n; i++)
		add_bound(&t, &row[i].probe);
	text_init(&t, cell[3], CELL_MAX);
	text_escape(&t, row->result.path, false);
	snprintf(cell[4], CELL_MAX, "%s", word_of(row->result.status));
}

/* Whether only their kinds differ. */
static bool is_same(const struct span *a, const struct span *b)
{
	char one[CELLS][CELL_MAX], other[CELLS][CELL_MAX];
	size_t i;

	if (strcmp(a->row->result.why, b->row->result.why))
		return false;
	fill(a->row, a->n, one);
	fill(b->row, b->n, other);
	for (i = 1; i < CELLS; i++)
		if (strcmp(one[i], other[i]))
			return false;
	return true;
}

/* Writes a span, with the kinds of those behind it that are the same. */
static void put_span(const struct page *p, struct span *v, size_t n)
{
	char cell[CELLS][CELL_MAX], words[WORDS_MAX];
	struct text t;
	size_t i;

	fill(v->row, v->n, cell);
	printf("%s%-*s%s", p->coloured ? colour_of(v->row->result.status) : "", BELOW, cell[4],
	       p->coloured ? PLAIN : "");
	text_init(&t, words, sizeof(words));
	text_add(&t, "%s%s%s%s", cell[1], *cell[1] && *cell[3] ? ", " : "", cell[3],
		 *cell[1] || *cell[3] ? ": " : "");
	text_str(&t, v->row->result.why);
	text_wrap(words, BELOW, p->width);
	text_init(&t, words, sizeof(words));
	for (i = 0; i < n; i++) {
		if (v[i].told || !is_same(v, &v[i]))
			continue;
		text_add(&t, "%s%s", i ? ", " : "", v[i].row->probe.kind->name);
		v[i].told = true;
	}
	text_add(&t, "; bound: %s", cell[2]);
	printf("%*s", BELOW, "");
	text_wrap(words, BELOW, p->width);
}

/* The worst first. */
static int put_spans(const struct page *p, const struct probe_sheet *s)
{
	_cleanup_(freep) struct span *v = calloc(s->n + 1, sizeof(*v));
	size_t n = 0, i;
	int status;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < s->n; i += v[n++].n)
		v[n] = (struct span){ &s->v[i], alike(&s->v[i], s->n - i), false };
	for (status = PROBE_FAIL; status >= PROBE_PASS; status--)
		for (i = 0; i < n; i++)
			if (!v[i].told && (int)v[i].row->result.status == status)
				put_span(p, &v[i], n - i);
	return 0;
}

static enum verdict_word put_verdict(const struct page *p, const struct probe_sheet *s)
{
	static const char *const colours[] = { GREEN, YELLOW, YELLOW, BOLD RED };
	char words[WORDS_MAX], all[WORDS_MAX + 32];
	enum verdict_word v;
	struct text t;

	text_init(&t, words, sizeof(words));
	v = verdict_say(&t, s);
	fputs(p->coloured ? colours[v] : "", stdout);
	snprintf(all, sizeof(all), "%s. %s", verdict_name(v), words);
	text_wrap(all, 0, p->width);
	printf("%s\n", p->coloured ? PLAIN : "");
	return v;
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

static void put_remedies(const struct page *t, const struct probe_sheet *s)
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
		text_wrap(words, 2, t->width);
	}
}

/* The last lines have the verdict's word again: the first ones may have left the screen. */
static void put_sums(const struct page *t, const struct probe_sheet *s, enum verdict_word v)
{
	size_t fail = probe_sheet_count(s, PROBE_FAIL),
	       unknown = probe_sheet_count(s, PROBE_UNKNOWN);
	size_t left = 0, i;
	char words[WORDS_MAX];
	struct text sum;

	for (i = 0; i < s->n; i++)
		left += s->v[i].result.status == PROBE_FAIL && !s->v[i].result.stopped;
	printf("\n%s", t->coloured ? fail || unknown ? BOLD RED : GREEN : "");
	text_init(&sum, words, sizeof(words));
	text_add(&sum, "%s. %s: %zu of %zu probes pass", verdict_name(v), s->scope,
		 s->n - fail - unknown, s->n);
	if (fail)
		text_add(&sum, ", %zu would have left past the tunnel", fail);
	if (unknown)
		text_add(&sum, ", %zu without proof", unknown);
	text_wrap(words, 0, t->width);
	fputs(t->coloured ? PLAIN : "", stdout);
	if (left)
		printf("%zu of them did leave%s.\n", left,
		       s->dropped ? ", although they should have been stopped" : "");
	else if (fail)
		printf("None of them got out: they were stopped at the interface.\n");
	if (s->watched) {
		snprintf(words, sizeof(words),
			 "Another leakaudit watches or guards these processes: its sums have the "
			 "probes as well, until it is started again.");
		text_wrap(words, 0, t->width);
	}
	if (s->routes_left)
		printf("%zu more routes lead past the tunnel, too many to be tested one by one.\n",
		       s->routes_left);
	if (s->refused)
		printf("In %u of %u rounds nothing could be sent.\n", s->refused, s->rounds);
}

static int put_sheet(const struct probe_sheet *s)
{
	struct page p = { .coloured = screen_coloured(STDOUT_FILENO),
			  .width = text_width(WIDTH_MAX) };
	enum verdict_word v;
	int r;

	if (s->further)
		putchar('\n');
	v = put_verdict(&p, s);
	r = put_spans(&p, s);
	put_remedies(&p, s);
	put_sums(&p, s, v);
	return fflush(stdout) ? -errno : r;
}

static void put_change(const struct probe_row *before, const struct probe_row *now)
{
	bool coloured = screen_coloured(STDOUT_FILENO);
	char cell[CELLS][CELL_MAX], was[CELLS][CELL_MAX], clock[16] = "", words[WORDS_MAX];
	time_t seconds = time(NULL);
	struct text t;
	struct tm tm;

	if (localtime_r(&seconds, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	fill(now, 1, cell);
	if (before)
		fill(before, 1, was);
	printf("%s  %s%-7s%s  ", clock, coloured ? colour_of(now->result.status) : "", cell[4],
	       coloured ? PLAIN : "");
	text_init(&t, words, sizeof(words));
	text_add(&t, "%s %s, bound: %s: %s%s%s, %s", cell[0], cell[1], cell[2],
		 before ? was[3] : "", before ? " -> " : "", cell[3], now->result.why);
	text_wrap(words, CHANGE_BELOW, text_width(WIDTH_MAX));
	fflush(stdout);
}

const struct probe_format probe_format_text = { "text", put_change, put_sheet };
