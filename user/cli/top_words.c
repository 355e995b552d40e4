/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "curses.h"

#ifdef HAVE_ncursesw
#include <langinfo.h>
#include <string.h>

#include "base/text_wrap.h"
#include "base/util.h"
#include "top_words.h"

#define WORDS_MAX 2048

static bool utf8;

void top_words_begin(void)
{
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
}

bool top_is_utf8(void)
{
	return utf8;
}

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

void top_put_safe(const struct curses *c, int y, int x, int width, const char *safe)
{
	WINDOW *w = *c->screen;

	if (y < 0 || y >= c->getmaxy(w) || width <= 0 || c->wmove(w, y, x) == ERR)
		return;
	c->waddnstr(w, safe, (int)text_bytes_of(safe, (size_t)width));
}

void top_put(const struct curses *c, int y, int x, int width, const char *raw)
{
	char safe[WORDS_MAX];

	make_safe(raw, safe);
	top_put_safe(c, y, x, width, safe);
}

void top_put_ends(const struct curses *c, int y, int width, const char *raw)
{
	int begin = width / 3, rest = width - begin - 3, columns;
	char safe[WORDS_MAX];

	make_safe(raw, safe);
	top_put_safe(c, y, 0, width, safe);
	columns = (int)text_columns(safe);
	if (rest < 4 || columns <= width)
		return;
	top_put_safe(c, y, begin, 3, "...");
	top_put_safe(c, y, begin + 3, rest, safe + text_bytes_of(safe, (size_t)(columns - rest)));
}

void top_put_right(const struct curses *c, int y, int x, int width, const char *raw)
{
	char safe[WORDS_MAX];
	int columns;

	make_safe(raw, safe);
	columns = (int)text_columns(safe);
	top_put_safe(c, y, columns < width ? x + width - columns : x, width, safe);
}

void top_put_wrapped(const struct curses *c, int y, int lines, int width, const char *raw)
{
	char safe[WORDS_MAX];
	const char *s = safe;

	make_safe(raw, safe);
	for (; *s && lines; lines--, y++) {
		size_t all = text_bytes_of(s, (size_t)width), len = all;

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
#endif
