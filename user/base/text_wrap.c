/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text_wrap.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "text.h"
#include "util.h"

#define WIDTH_LEAST 40 /* a narrower terminal wraps by itself */
#define WORDS_MAX 4096

size_t text_width(size_t most)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) || !w.ws_col)
		return most;
	return MAX(MIN(w.ws_col, most), (size_t)WIDTH_LEAST);
}

void text_wrap(const char *raw, size_t column, size_t width)
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
