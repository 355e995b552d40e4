/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "curses.h"

#ifdef HAVE_ncursesw
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/screen.h"
#include "base/text.h"
#include "base/util.h"
#include "top.h"
#include "top_table.h"
#include "top_words.h"

#define REASON_LINES 2

/* On a screen of fewer lines some are left out above the table, so that this has rows. */
#define LINES_FOR_ALL 14
#define LINES_FOR_SUMS 10

enum { PAIR_RED = 1, PAIR_GREEN, PAIR_YELLOW, PAIR_BLUE };
static bool coloured;

void top_begin(const struct curses *c)
{
	top_words_begin();
	coloured = screen_coloured(STDOUT_FILENO) && c->has_colors();
	if (!coloured)
		return;
	c->start_color();
	c->use_default_colors();
	c->init_pair(PAIR_RED, COLOR_RED, -1);
	c->init_pair(PAIR_GREEN, COLOR_GREEN, -1);
	c->init_pair(PAIR_YELLOW, COLOR_YELLOW, -1);
	c->init_pair(PAIR_BLUE, COLOR_BLUE, -1);
}

static int colour(const struct curses *c, int pair)
{
	return coloured ? c->COLOR_PAIR(pair) : 0;
}

/* --- above the table --- */

static int look_of(const char *word)
{
	static const struct {
		const char *word;
		int pair;
	} looks[] = {
		{ "safe", PAIR_GREEN },	      { "guarded", PAIR_GREEN },
		{ "stopped", PAIR_BLUE },     { "waiting", PAIR_BLUE },
		{ "leaking", PAIR_RED },      { "leaked", PAIR_RED },
		{ "unguarded", PAIR_RED },    { "unprotected", PAIR_RED },
		{ "address-told", PAIR_RED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++)
		if (!strcmp(looks[i].word, word))
			return looks[i].pair;
	return PAIR_YELLOW;
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
	top_put_ends(c, 0, width - (int)words.len - 2, v->title[0] ? v->title : "leakaudit top");
	c->wattrset(*c->screen, 0);
	top_put(c, 0, width - (int)words.len, (int)words.len, right);
}

/* What is not known now is not said to be so. */
static void draw_verdict(const struct curses *c, const struct top_view *v,
			 const struct top_state *s, int width)
{
	char word[sizeof(v->word)], reason[128], at[16];
	int pair = s->error ? PAIR_YELLOW : look_of(v->word);

	snprintf(word, sizeof(word), "%s", s->error ? "unknown" : v->word);
	for (size_t i = 0; word[i]; i++)
		word[i] = (char)(word[i] >= 'a' && word[i] <= 'z' ? word[i] - 32
				 : word[i] == '-'		  ? ' '
								  : word[i]);
	c->wattrset(*c->screen, (int)A_BOLD | colour(c, pair));
	top_put(c, 1, 0, width, word);
	c->wattrset(*c->screen, 0);
	if (!s->error) {
		top_put_wrapped(c, 2, REASON_LINES, width, v->reason);
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
	top_put_wrapped(c, 2, REASON_LINES, width, reason);
}

static void draw_label(const struct curses *c, int y, int width, const char *label,
		       const char *words)
{
	c->wattrset(*c->screen, (int)A_BOLD);
	top_put(c, y, 0, 9, label);
	c->wattrset(*c->screen, 0);
	top_put(c, y, 10, width - 10, words);
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
	draw_label(c, y, width, "timeline", "");
	for (i = 0; i < columns; i++) {
		size_t from = i * v->n_buckets / columns, to = (i + 1) * v->n_buckets / columns;
		uint64_t left = sum_of(v->left, from, to), dropped = sum_of(v->dropped, from, to);
		unsigned int h = height_of(left ?: dropped, most);

		c->wattrset(*c->screen, colour(c, left ? PAIR_RED : PAIR_YELLOW));
		top_put_safe(c, y, 10 + (int)i, 1, top_is_utf8() ? bars[h] : plain[h]);
	}
	c->wattrset(*c->screen, 0);
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
	top_put(c, y, 0, width - 1, buf); /* the last corner would scroll */
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
		top_put(c, y + (int)i, 0, width, words[i]);
	text_init(&t, buf, sizeof(buf));
	for (size_t i = 0; i < TOP_SORT_MAX; i++)
		text_add(&t, "   %c %s", top_sort_key((enum top_sort)i),
			 top_sort_name((enum top_sort)i));
	top_put(c, y + (int)ARRAY_SIZE(words), 0, width, buf);
	top_put(c, y + (int)ARRAY_SIZE(words) + 1, 0, width, "arrows, Page Up and Down: scroll");
}

void top_draw(const struct curses *c, const struct top_view *v, struct top_state *s)
{
	int height = c->getmaxy(*c->screen), width = c->getmaxx(*c->screen);
	int y = 2 + REASON_LINES;

	c->werase(*c->screen);
	draw_title(c, v, s, width);
	draw_verdict(c, v, s, width);
	if (height >= LINES_FOR_SUMS) {
		draw_label(c, y++, width, "tunnels", v->tunnels);
		draw_label(c, y++, width, "traffic", v->sums);
	}
	if (height >= LINES_FOR_ALL) {
		draw_label(c, y++, width, "losses", v->losses);
		draw_timeline(c, v, y++, width);
	}
	if (s->help)
		draw_help(c, y + 1, width);
	else
		top_draw_table(c, v, s, y, height - y - 2, width);
	draw_foot(c, s, height - 1, width);
	c->wrefresh(*c->screen);
}
#endif
