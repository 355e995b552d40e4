/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "curses.h"

#ifdef HAVE_ncursesw
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/util.h"
#include "top_table.h"
#include "top_words.h"

struct column {
	const char *title;
	int width; /* 0: what is left */
	int from; /* the width of the screen that it has room on */
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

/* What leaked is what is looked for: it has room on any screen. */
static const struct column programs[] = {
	{ "PROGRAM", 22, 0, false, get_program }, { "OF", 0, 80, false, get_of },
	{ "KIND", 8, 0, false, get_kind },	  { "LINE", 9, 60, false, get_line },
	{ "LEAKED", 8, 0, true, get_packets },	  { "BYTES", 9, 50, true, get_bytes },
	{ "STOPPED", 8, 70, true, get_stopped },  { 0 },
};

static const struct column flows[] = {
	{ "PROGRAM", 20, 0, false, get_program }, { "DESTINATION", 0, 0, false, get_to },
	{ "KIND", 8, 60, false, get_kind },	  { "LINE", 8, 80, false, get_line },
	{ "LEAKED", 7, 0, true, get_packets },	  { "BYTES", 8, 70, true, get_bytes },
	{ "LAST", 8, 80, true, get_last },	  { 0 },
};

#define NARROW 80
#define WIDE 120

/* Names have more room on a wide screen, and less on a narrow one. */
static int width_of(const struct column *v, int width)
{
	if (v->right || (width >= NARROW && width < WIDE))
		return v->width;
	return width < NARROW ? MIN(v->width, width / 4) : v->width + v->width / 2;
}

struct layout {
	const struct column *columns;
	int width;
	bool of; /* a row tells of whom it is */
};

static bool is_shown(const struct layout *l, const struct column *v)
{
	return l->width >= v->from && (v->get != get_of || l->of);
}

/* What the others leave to the column without a width of its own, or to the first. */
static int rest_of(const struct layout *l, const struct column **whose)
{
	int rest = l->width + 1;
	const struct column *at;

	*whose = l->columns;
	for (at = l->columns; at->title; at++)
		if (is_shown(l, at) && !at->width)
			*whose = at;
	for (at = l->columns; at->title; at++)
		if (is_shown(l, at))
			rest -= (at == *whose ? 0 : width_of(at, l->width)) + 1;
	return MAX(rest, 4);
}

/* r: NULL: the head. */
static void draw_row(const struct curses *c, const struct layout *l, int y, const struct top_row *r)
{
	const struct column *widest, *v;
	int x = 0, rest = rest_of(l, &widest);
	char buf[256];
	struct text t;

	for (v = l->columns; v->title; v++) {
		int w = v == widest ? rest : width_of(v, l->width);

		if (!is_shown(l, v))
			continue;
		text_init(&t, buf, sizeof(buf));
		if (r)
			v->get(r, &t);
		else
			text_str(&t, v->title);
		if (v->right)
			top_put_right(c, y, x, MIN(w, l->width - x), buf);
		else
			top_put(c, y, x, MIN(w, l->width - x), buf);
		x += w + 1;
	}
}

void top_draw_table(const struct curses *c, const struct top_view *v, struct top_state *s, int y,
		    int height, int width)
{
	struct layout l = { .columns = s->choice.flows ? flows : programs, .width = width };
	const struct top_row *rows[TOP_ROWS_MAX];
	size_t n = top_rows(v, &s->choice, rows), room = (size_t)MAX(height, 0), i;

	for (i = 0; i < n; i++)
		l.of |= rows[i]->of[0] != '\0';
	s->scroll = MIN(s->scroll, n > room ? n - room : 0);
	c->wattrset(*c->screen, (int)A_REVERSE);
	for (i = 0; i < (size_t)width; i++)
		top_put_safe(c, y, (int)i, 1, " ");
	draw_row(c, &l, y, NULL);
	c->wattrset(*c->screen, 0);
	for (i = 0; i < room && s->scroll + i < n; i++)
		draw_row(c, &l, y + 1 + (int)i, rows[s->scroll + i]);
	if (!n)
		top_put(c, y + 1, 0, width,
			s->choice.filter[0] ? "nothing passes the filter"
					    : "nobody leaks, and nothing was stopped");
}
#endif
