/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/base/opt_file.h: a file of options of any bytes, and what it sets. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/opt_file.h"
#include "base/util.h"
#include "fuzz.h"
#include "../unit/opt_values.h"

static bool is_of(const struct opt_file *file, const char *word, size_t size)
{
	return word >= file->text && word + strlen(word) <= file->text + size;
}

static void check_entries(const struct opt_file *file, size_t size)
{
	size_t i;

	for (i = 0; i < file->n; i++) {
		const struct opt_entry *e = &file->v[i];

		REQUIRE(*e->name && is_of(file, e->name, size) && !strpbrk(e->name, " \t\r\n"));
		REQUIRE(!e->value || (*e->value && is_of(file, e->value, size)));
		REQUIRE(!e->value || !strchr(e->value, '\n'));
		REQUIRE(e->line > (i ? file->v[i - 1].line : 0));
	}
}

static int apply(const struct opt_file *file, struct values *v)
{
	static const struct opt_other others[] = { { "ttl", false },
						   { "list", true },
						   { NULL, false } };
	const struct opt opts[] = {
		OPT_GROUP_LINE("What to do"),
		OPT_FLAG(0, "now", &v->now, "at once"),
		OPT_GROUP("How"),
		OPT_FLAG('q', "quiet", &v->quiet, "say less"),
		OPT_STR('u', "unit", &v->unit, "NAME", "a unit"),
		OPT_LIST('t', "tunnel", &v->tunnels, "IF", "a tunnel"),
		OPT_MIXED('p', "pid", &v->targets, 1, true, "PID", "a process"),
		OPT_SECONDS(0, "interval", &v->interval, NSEC_PER_SEC, 60 * NSEC_PER_SEC, "SEC",
			    "a time"),
		OPT_CHOICE(0, "tc", &v->tc, modes, "MODE", "how"),
		OPT_SET(0, "drop", &v->drop, classes, "CLASS", "what"),
		OPT_END,
	};
	const struct opt_usage usage = { .synopsis = "x", .about = "x", .opts = opts };
	const struct opt_given given = { .n = 0 };
	int r;

	silence_begin();
	r = opt_file_apply(file, &usage, &given, others);
	silence_end();
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[INPUT_PATH_MAX];
	struct opt_file file = { 0 };
	struct values v = { 0 };
	struct fault f = { 0 };
	int fd = input_file(0, data, size, path), r;

	REQUIRE(!fchmod(fd, 0600));
	r = opt_file_read(&file, path, &f);
	REQUIRE(!r || ((r == -EINVAL || r == -EFBIG) && f.reason[0]));
	if (!r) {
		check_entries(&file, size);
		r = apply(&file, &v);
		REQUIRE(!r || r == -EINVAL);
		REQUIRE(!v.now); /* for the command line only */
		REQUIRE(!v.interval ||
			(v.interval >= NSEC_PER_SEC && v.interval <= 60 * NSEC_PER_SEC));
		REQUIRE(v.tc < ARRAY_SIZE(modes) - 1 && v.drop < 1U << (ARRAY_SIZE(classes) - 1));
	}
	values_clear(&v);
	opt_file_free(&file);
	return 0;
}
