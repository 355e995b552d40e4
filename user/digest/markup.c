/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "markup.h"

#include <string.h>

#include "conclusion.h"

void markup_text(FILE *to, const char *raw)
{
	static const struct {
		char c;
		const char *name;
	} names[] = { { '&', "&amp;" },
		      { '<', "&lt;" },
		      { '>', "&gt;" },
		      { '"', "&quot;" },
		      { '\'', "&#39;" } };
	char safe[4 * TOP_KEY_MAX];
	const char *s = safe;
	struct text t;
	size_t i;

	text_init(&t, safe, sizeof(safe));
	text_escape(&t, raw, false);
	for (; *s; s++) {
		for (i = 0; i < ARRAY_SIZE(names) && names[i].c != *s; i++)
			;
		if (i < ARRAY_SIZE(names))
			fputs(names[i].name, to);
		else
			fputc(*s, to);
	}
}

/* A number that stays on its line, in groups of three digits. */
void markup_number(FILE *to, uint64_t n)
{
	char digits[TEXT_DIGITS_MAX];
	size_t len = text_digits(digits, n, 1);

	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			fputc(',', to);
		fputc(digits[i], to);
	}
}

void markup_bytes(FILE *to, uint64_t bytes)
{
	char words[32];
	struct text t;

	text_init(&t, words, sizeof(words));
	text_bytes(&t, bytes);
	markup_text(to, words);
}

void markup_duration(FILE *to, uint64_t ns)
{
	char words[64];
	struct text t;

	text_init(&t, words, sizeof(words));
	text_duration(&t, ns);
	markup_text(to, words);
}

void markup_time(FILE *to, int64_t ns)
{
	char words[32];
	struct text t;

	text_init(&t, words, sizeof(words));
	conclusion_time(&t, ns);
	markup_text(to, words);
}

void markup_sum(FILE *to, const struct la_sum *sum)
{
	markup_number(to, sum->packets);
	fputs(sum->packets == 1 ? " packet (" : " packets (", to);
	markup_bytes(to, sum->bytes);
	fputc(')', to);
}
