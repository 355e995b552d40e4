/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/digest: a file of recorded events, of any bytes, from its lines to what is shown of them. */
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "digest/files.h"
#include "digest/show.h"
#include "fuzz.h"

static int on_value(void *arg, const struct json_value *v)
{
	(void)arg;
	REQUIRE(v->type != JSON_STRING || !v->value[v->len]);
	REQUIRE(v->type != JSON_STRING || strlen(v->value) == v->len);
	return 0;
}

/* What is JSON by another reader is JSON by ours. */
static void read_lines(const uint8_t *data, size_t size)
{
	const uint8_t *end;
	char *line;

	for (; size; size -= (size_t)(end - data), data = end) {
		end = memchr(data, '\n', size) ?: data + size;
		end += end == data;
		line = malloc((size_t)(end - data));
		memcpy(line, data, (size_t)(end - data));
		if (json_is_valid((const char *)data, (size_t)(end - data)))
			REQUIRE(!json_read(line, (size_t)(end - data), on_value, NULL));
		free(line);
	}
}

/* Everything prints, and of a page each "<" is one that we have written. */
static void look_at(const char *s, bool page)
{
	size_t n;

	for (; *s; s += n) {
		int32_t rune = text_rune(s, &n);

		REQUIRE(rune == '\n' || text_printable(rune));
		REQUIRE(!page || *s != '<' || strchr("!abcdefghijklmnopqrstuvwxyz/", s[1]));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(digest_freep) struct digest *d = NULL;
	char path[INPUT_PATH_MAX], *all = NULL;
	struct fault f = { 0 };
	size_t len = 0;
	FILE *to;

	read_lines(data, size);
	input_file(0, data, size, path);
	REQUIRE(!digest_open(&d));
	if (files_read(d, (char *[]){ path, path, NULL }, &f)) { /* one that is compressed */
		REQUIRE(f.reason[0]);
		return 0;
	}
	digest_end(d);
	to = open_memstream(&all, &len);
	show_text(d, 80, false, to);
	fclose(to);
	look_at(all, false);
	free(all);
	to = open_memstream(&all, &len);
	show_page(d, to);
	fclose(to);
	look_at(all, true);
	free(all);
	return 0;
}
