/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_wrap.h"

#include <stdio.h>
#include <string.h>

#include "screen.h"
#include "text.h"
#include "util.h"

#define WIDTH_LEAST 40 /* a narrower terminal wraps by itself */
#define WORDS_MAX 4096
#define SPACES " \n\t"

size_t text_width(size_t most)
{
	size_t columns = screen_columns(STDOUT_FILENO);

	return columns ? MAX(MIN(columns, most), (size_t)WIDTH_LEAST) : most;
}

static void wrap(const char *raw, bool lines, size_t column, size_t width)
{
	char safe[WORDS_MAX];
	const char *words = safe;
	size_t at = column, len;
	struct text t;

	text_init(&t, safe, sizeof(safe));
	text_escape(&t, raw, lines);
	for (words += strspn(words, SPACES); *words; words += len + strspn(words + len, SPACES)) {
		len = strcspn(words, SPACES);
		if (at > column && at + 1 + len > width) {
			printf("\n%*s", (int)column, "");
			at = column;
		}
		printf("%s%.*s", at > column ? " " : "", (int)len, words);
		at += len + (at > column);
	}
	putchar('\n');
}

void text_wrap(const char *raw, size_t column, size_t width)
{
	wrap(raw, false, column, width);
}

void text_wrap_lines(const char *raw, size_t column, size_t width)
{
	wrap(raw, true, column, width);
}
