/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "curses.h"

#ifdef HAVE_ncursesw
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/util.h"
#include "top.h"

#define WORDS_MAX 2048
/* Lines above the table, and its head. */
#define REASON_LINES 2
#define TABLE_AT (6 + REASON_LINES)

enum { RED = 1, GREEN, YELLOW, BLUE };
static bool coloured, utf8;

void top_begin(const struct curses *c)
{
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	coloured = text_coloured(STDOUT_FILENO) && c->has_colors();
	if (!coloured)
		return;
	c->start_color();
	c->use_default_colors();
	c->init_pair(RED, COLOR_RED, -1);
	c->init_pair(GREEN, COLOR_GREEN, -1);
	c->init_pair(YELLOW, COLOR_YELLOW, -1);
	c->init_pair(BLUE, COLOR_BLUE, -1);
}

static int colour(const struct curses *c, int pair)
{
	return coloured ? c->COLOR_PAIR(pair) : 0;
}

/* --- words --- */

/* What a terminal acts on is escaped, and what it cannot show. */
static void make_safe(const char *raw, char safe[WORDS_MAX])
{
	char half[WORDS_MAX];
	struct text t;

	text_init(&t, utf8 ? safe : half, WORDS_MAX);
	text_escape(&t, raw, false);
	if (utf8)
		return;
	text_init(&t, safe, WORDS_MAX);
	for (const char *s = half; *s; s++)
		text_add(&t, *s & 0x80 ? "\\x%02x" : "%c", (unsigned char)*s);
}

/* The bytes of so many columns; whole code points. */
static size_t bytes_of(const char *s, size_t columns)
{
	size_t at = 0, len;

	for (; s[at] && columns; columns--) {
		text_rune(s + at, &len);
		at += len;
	}
	return at;
}

/* Draws words that are safe, cut to the width. */
static void put_safe(const struct curses *c, int y, int x, int width, const char *safe)
{
	WINDOW *w = *c->screen;

	if (y < 0 || y >= c->getmaxy(w) || width <= 0 || c->wmove(w, y, x) == ERR)
		return;
	c->waddnstr(w, safe, (int)bytes_of(safe, (size_t)width));
}

static void put(const struct curses *c, int y, int x, int width, const char *raw)
{
	char safe[WORDS_MAX];

	make_safe(raw, safe);
	put_safe(c, y, x, width, safe);
}

/* The same; of what has no room the middle is left out: of a path its end tells most. */
static void put_ends(const struct curses *c, int y, int width, const char *raw)
{
	int begin = width / 3, rest = width - begin - 3, columns;
	char safe[WORDS_MAX];

	make_safe(raw, safe);
	put_safe(c, y, 0, width, safe);
	columns = (int)text_columns(safe);
	if (rest < 4 || columns <= width)
		return;
	put_safe(c, y, begin, 3, "...");
	put_safe(c, y, begin + 3, rest, safe + bytes_of(safe, (size_t)(columns - rest)));
}

/* The same to the right edge of the column. */
static void put_right(const struct curses *c, int y, int x, int width, const char *raw)
{
	char safe[WORDS_MAX];
	int columns;

	make_safe(raw, safe);
	columns = (int)text_columns(safe);
	put_safe(c, y, columns < width ? x + width - columns : x, width, safe);
}

/* Wraps words into at most so many lines. */
static void put_wrapped(const struct curses *c, int y, int lines, int width, const char *raw)
{
	char safe[WORDS_MAX];
	const char *s = safe;

	make_safe(raw, safe);
	for (; *s && lines; lines--, y++) {
		size_t all = bytes_of(s, (size_t)width), len = all;

		while (s[all] && lines > 1 && len && s[len] != ' ')
			len--;
		len = len ?: all;
		if (c->wmove(*c->screen, y, 0) == ERR)
			return;
		c->waddnstr(*c->screen, s, (int)len);
		s += len;
		s += *s == ' ';
	}
}

/* --- above the table --- */

static int look_of(const char *word)
{
	static const struct {
		const char *word;
		int pair;
	} looks[] = {
		{ "safe", GREEN },    { "guarded", GREEN },   { "stopped", BLUE },
		{ "waiting", BLUE },  { "leaking", RED },     { "leaked", RED },
		{ "unguarded", RED }, { "unprotected", RED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i].word, word))
			return looks[i].pair;
	return YELLOW;
}

static void draw_title(const struct curses *c, const struct top_view *v, const struct top_state *s,
		       int width)
{
	char right[64], now[16];
	time_t t = s->answered ?: time(NULL);
	struct text words;

	strftime(now, sizeof(now), "%T", localtime(&t));
	text_init(&words, right, sizeof(right));
	if (s->paused)
		text_add(&words, "PAUSED  ");
	if (v->n > 1)
		text_add(&words, "%zu of %zu  ", v->at + 1, v->n);
	text_add(&words, "%s", now);
	c->wattrset(*c->screen, (int)A_BOLD);
	put_ends(c, 0, width - (int)words.len - 2, v->title[0] ? v->title : "leakaudit top");
	c->wattrset(*c->screen, 0);
	put(c, 0, width - (int)words.len, (int)words.len, right);
}

/* What is not known now is not said to be so. */
static void draw_verdict(const struct curses *c, const struct top_view *v,
			 const struct top_state *s, int width)
{
	char word[sizeof(v->word)], reason[128], at[16];
	int pair = s->error ? YELLOW : look_of(v->word);

	snprintf(word, sizeof(word), "%s", s->error ? "unknown" : v->word);
	for (size_t i = 0; word[i]; i++)
		word[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32 : word[i]);
	c->wattrset(*c->screen, (int)A_BOLD | colour(c, pair));
	put(c, 1, 0, width, word);
	c->wattrset(*c->screen, 0);
	if (!s->error) {
		put_wrapped(c, 2, REASON_LINES, width, v->reason);
		return;
	}
	strftime(at, sizeof(at), "%T", localtime(&s->answered));
	if (s->error == -ENOENT)
		snprintf(reason, sizeof(reason), "nothing is watched or guarded here any more");
	else if (s->error == -ECONNREFUSED)
		snprintf(reason, sizeof(reason), "the run has died without ending in order");
	else
		snprintf(reason, sizeof(reason), "no answer since %s; what is below is as of then",
			 s->answered ? at : "the start");
	put_wrapped(c, 2, REASON_LINES, width, reason);
}

/* Of the buckets that one column stands for: 0 to 8. What is not nothing is seen. */
static unsigned int height_of(uint64_t n, uint64_t most)
{
	if (!n)
		return 0;
	/* several buckets may have more than the largest one */
	return n >= most ? 8 : 1 + (unsigned int)((double)n / (double)most * 7);
}

static uint64_t sum_of(const uint64_t *v, size_t from, size_t to)
{
	uint64_t sum = 0;

	for (; from < to; from++)
		sum += v[from];
	return sum;
}

/* From the start to now: what leaked, or else what was stopped. */
static void draw_timeline(const struct curses *c, const struct top_view *v, int y, int width)
{
	static const char *const bars[] = { " ",      "\u2581", "\u2582", "\u2583", "\u2584",
					    "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const plain[] = { " ", ".", ".", ":", ":", "|", "|", "#", "#" };
	size_t columns = MIN((size_t)MAX(width - 10, 1), v->n_buckets), i;
	uint64_t most = 1;

	for (i = 0; i < v->n_buckets; i++)
		most = MAX(most, v->left[i] + v->dropped[i]);
	put(c, y, 0, 9, "timeline");
	for (i = 0; i < columns; i++) {
		size_t from = i * v->n_buckets / columns, to = (i + 1) * v->n_buckets / columns;
		uint64_t left = sum_of(v->left, from, to), dropped = sum_of(v->dropped, from, to);
		unsigned int h = height_of(left ?: dropped, most);

		c->wattrset(*c->screen, colour(c, left ? RED : YELLOW));
		put_safe(c, y, 10 + (int)i, 1, utf8 ? bars[h] : plain[h]);
	}
	c->wattrset(*c->screen, 0);
}

static void draw_label(const struct curses *c, int y, int width, const char *label,
		       const char *words)
{
	c->wattrset(*c->screen, (int)A_BOLD);
	put(c, y, 0, 9, label);
	c->wattrset(*c->screen, 0);
	put(c, y, 10, width - 10, words);
}

/* --- the table --- */

struct column {
	const char *title;
	int width; /* 0: what is left */
	bool right;
	void (*get)(const struct top_row *r, struct text *t);
};

static void get_program(const struct top_row *r, struct text *t)
{
	text_str(t, r->program);
}

static void get_of(const struct top_row *r, struct text *t)
{
	text_str(t, r->of);
}

static void get_kind(const struct top_row *r, struct text *t)
{
	text_str(t, r->kind);
}

static void get_line(const struct top_row *r, struct text *t)
{
	text_str(t, r->line);
}

static void get_to(const struct top_row *r, struct text *t)
{
	text_add(t, "%s%s%s", r->name, r->name[0] ? " " : "", r->to);
}

static void get_packets(const struct top_row *r, struct text *t)
{
	text_number(t, r->packets);
}

static void get_bytes(const struct top_row *r, struct text *t)
{
	text_bytes(t, r->bytes);
}

static void get_stopped(const struct top_row *r, struct text *t)
{
	text_number(t, r->stopped);
}

/* The time of day of an RFC 3339 time, which is UTC, here. */
static void get_last(const struct top_row *r, struct text *t)
{
	struct tm tm = { 0 };
	char buf[16];
	time_t at;

	if (!strptime(r->last, "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	at = timegm(&tm);
	strftime(buf, sizeof(buf), "%T", localtime(&at));
	text_str(t, buf);
}

static const struct column programs[] = {
	{ "PROGRAM", 22, false, get_program }, { "OF", 0, false, get_of },
	{ "KIND", 8, false, get_kind },	       { "LINE", 9, false, get_line },
	{ "LEAKED", 8, true, get_packets },    { "BYTES", 9, true, get_bytes },
	{ "STOPPED", 8, true, get_stopped },   { 0 },
};

static const struct column flows[] = {
	{ "PROGRAM", 20, false, get_program }, { "DESTINATION", 0, false, get_to },
	{ "KIND", 8, false, get_kind },	       { "LINE", 8, false, get_line },
	{ "LEAKED", 7, true, get_packets },    { "BYTES", 8, true, get_bytes },
	{ "LAST", 8, true, get_last },	       { 0 },
};

/* Names have more room on a wide screen. */
static int width_of(const struct column *v, int width)
{
	return v->right || width < 120 ? v->width : v->width + v->width / 2;
}

static int rest_of(const struct column *v, int width)
{
	int rest = width + 1;

	for (; v->title; v++)
		rest -= width_of(v, width) + 1;
	return MAX(rest, 4);
}

/* r: NULL: the head. */
static void draw_row(const struct curses *c, const struct column *v, int y, int width,
		     const struct top_row *r)
{
	int x = 0, rest = rest_of(v, width);
	char buf[256];
	struct text t;

	for (; v->title; v++) {
		int w = width_of(v, width) ?: rest;

		text_init(&t, buf, sizeof(buf));
		if (r)
			v->get(r, &t);
		else
			text_str(&t, v->title);
		if (v->right)
			put_right(c, y, x, MIN(w, width - x), buf);
		else
			put(c, y, x, MIN(w, width - x), buf);
		x += w + 1;
	}
}

static void draw_table(const struct curses *c, const struct top_view *v, struct top_state *s,
		       int height, int width)
{
	const struct column *columns = s->choice.flows ? flows : programs;
	const struct top_row *rows[TOP_ROWS_MAX];
	size_t n = top_rows(v, &s->choice, rows), room = (size_t)MAX(height - TABLE_AT - 2, 0), i;

	s->scroll = MIN(s->scroll, n > room ? n - room : 0);
	c->wattrset(*c->screen, (int)A_REVERSE);
	for (i = 0; i < (size_t)width; i++)
		put_safe(c, TABLE_AT, (int)i, 1, " ");
	draw_row(c, columns, TABLE_AT, width, NULL);
	c->wattrset(*c->screen, 0);
	for (i = 0; i < room && s->scroll + i < n; i++)
		draw_row(c, columns, TABLE_AT + 1 + (int)i, width, rows[s->scroll + i]);
	if (!n)
		put(c, TABLE_AT + 1, 0, width,
		    s->choice.filter[0] ? "nothing passes the filter"
					: "nobody leaks, and nothing was stopped");
}

/* --- below --- */

static void draw_foot(const struct curses *c, const struct top_state *s, int y, int width)
{
	char buf[256];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	if (s->editing)
		text_add(&t, "filter: %s_   Enter: done  Esc: none", s->choice.filter);
	else
		text_add(&t, "q quit  p pause  v %s  s sort: %s  / filter%s%s  Tab next  h help",
			 s->choice.flows ? "programs" : "flows", top_sort_name(s->choice.sort),
			 s->choice.filter[0] ? ": " : "", s->choice.filter);
	c->wattrset(*c->screen, (int)A_BOLD);
	put(c, y, 0, width - 1, buf); /* the last corner would scroll */
	c->wattrset(*c->screen, 0);
}

static void draw_help(const struct curses *c, int y, int width)
{
	static const char *const words[] = {
		"q  quit            p  pause, and go on      Tab  the next run or guard",
		"v  programs or flows                        /    filter by words; Esc: none",
		"s  the next way to sort, or by a letter:",
	};
	char buf[160];
	struct text t;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		put(c, y + (int)i, 0, width, words[i]);
	text_init(&t, buf, sizeof(buf));
	for (size_t i = 0; i < TOP_SORT_MAX; i++)
		text_add(&t, "   %c %s", top_sort_key((enum top_sort)i),
			 top_sort_name((enum top_sort)i));
	put(c, y + (int)ARRAY_SIZE(words), 0, width, buf);
	put(c, y + (int)ARRAY_SIZE(words) + 1, 0, width, "arrows, Page Up and Down: scroll");
}

void top_draw(const struct curses *c, const struct top_view *v, struct top_state *s)
{
	int height = c->getmaxy(*c->screen), width = c->getmaxx(*c->screen);
	int y = 2 + REASON_LINES;

	c->werase(*c->screen);
	draw_title(c, v, s, width);
	draw_verdict(c, v, s, width);
	draw_label(c, y++, width, "tunnels", v->tunnels);
	draw_label(c, y++, width, "traffic", v->sums);
	draw_label(c, y++, width, "losses", v->losses);
	draw_timeline(c, v, y++, width);
	if (s->help)
		draw_help(c, TABLE_AT + 1, width);
	else
		draw_table(c, v, s, height, width);
	draw_foot(c, s, height - 1, width);
	c->wrefresh(*c->screen);
}
#endif
