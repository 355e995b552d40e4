/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_wrap.h"

#include <string.h>

#include "screen.h"
#include "util.h"

#define WIDTH_LEAST 40 /* a narrower terminal wraps by itself */
#define WIDTH_ELSE 80 /* of what is not a terminal */
#define WORDS_MAX 4096
#define SPACES " \n\t"

size_t text_width(size_t most)
{
	size_t columns = screen_columns(STDOUT_FILENO) ?: WIDTH_ELSE;

	return MAX(MIN(columns, most), (size_t)WIDTH_LEAST);
}

size_t text_bytes_of(const char *s, size_t columns)
{
	size_t at = 0, len;

	for (; s[at] && columns; columns--) {
		text_rune(s + at, &len);
		at += len;
	}
	return at;
}

static size_t columns_of(const char *word, size_t len)
{
	size_t n, columns = 0;

	for (size_t at = 0; at < len; at += n, columns++)
		text_rune(word + at, &n);
	return columns;
}

void text_add_wrapped(struct text *t, const char *safe, size_t column, size_t width)
{
	const char *word = safe + strspn(safe, SPACES);
	size_t at = column, len, columns;

	for (; *word; word += len + strspn(word + len, SPACES)) {
		len = strcspn(word, SPACES);
		columns = columns_of(word, len);
		if (width && at > column && at + 1 + columns > width) {
			text_add(t, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			text_put(t, " ", 1);
			at++;
		}
		text_put(t, word, len);
		at += columns;
	}
}

void text_add_cell(struct text *t, const char *safe, size_t width)
{
	size_t columns = text_columns(safe);

	if (columns <= width)
		text_add(t, "%s%*s", safe, (int)(width - columns), "");
	else
		text_add(t, "%.*s..", (int)text_bytes_of(safe, MAX(width, (size_t)2) - 2), safe);
}

static void wrap(FILE *to, const char *raw, bool lines, size_t column, size_t width)
{
	/* Two lines hold more than a width together, so that the indents are not longer than this. */
	char safe[WORDS_MAX], wrapped[4 * WORDS_MAX];
	struct text t;

	text_init(&t, safe, sizeof(safe));
	text_escape(&t, raw, lines);
	text_init(&t, wrapped, sizeof(wrapped));
	text_add_wrapped(&t, safe, column, width);
	fputs(wrapped, to);
	fputc('\n', to);
}

void text_wrap(const char *raw, size_t column, size_t width)
{
	wrap(stdout, raw, false, column, width);
}

void text_wrap_lines(const char *raw, size_t column, size_t width)
{
	wrap(stdout, raw, true, column, width);
}

void text_wrap_to(FILE *to, const char *raw, size_t column, size_t width)
{
	wrap(to, raw, false, column, width);
}
