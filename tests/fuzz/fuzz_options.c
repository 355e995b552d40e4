/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/base/opt.h: the words of a command line; and its numbers by themselves. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "base/opt.h"
#include "base/opt_complete.h"
#include "base/util.h"
#include "../unit/opt_values.h"

#define WORDS_MAX 24

/* Each offer is one word, with what was typed before its last value. */
static void require_offer(struct opt_offers *o, const char *head, const char *word,
			  const char *help)
{
	(void)help;
	REQUIRE(!strncmp(head, o->typed, strlen(head)) || !*o->typed || !strcmp(head, "--"));
	REQUIRE(*word);
}

static void require_things(struct opt_offers *o, const char *head, const char *kind)
{
	require_offer(o, head, kind, NULL);
}

static void complete(const struct opt_usage *u, int argc, char **argv)
{
	struct opt_offers to = { .offer = require_offer, .things = require_things };
	int at;

	if (argc < 2)
		return;
	at = opt_complete(u, (const char *const *)argv + 1, (size_t)argc - 1, &to);
	REQUIRE(at >= -1 && at < argc && (at < 0 || u->command));
}

static int parse(struct values *v, int argc, char **argv, char ***operands)
{
	const struct opt opts[] = {
		OPT_GROUP("Scope"),
		OPT_FLAG('q', "quiet", &v->quiet, "say less"),
		OPT_STR('u', "unit", &v->unit, "NAME", "a systemd unit"),
		OPT_LIST(0, "tunnel", &v->tunnels, "IF", "a tunnel"),
		OPT_MIXED('p', "pid", &v->targets, 1, true, "PID", "a process"),
		OPT_SIZE(0, "buffer", &v->buffer, 4096, 64 << 20, "SIZE", "the ring buffer"),
		OPT_SECONDS('i', "interval", &v->interval, NSEC_PER_SEC / 10, 3600 * NSEC_PER_SEC,
			    "SEC", "between two updates"),
		OPT_CHOICE(0, "tc", &v->tc, modes, "MODE", "how to attach"),
		OPT_SET(0, "drop", &v->drop, classes, "CLASS,...", "what to stop"),
		OPT_END
	};
	const struct opt_usage usage = { .synopsis = "watch [OPTION]...",
					 .about = "Watches.",
					 .opts = opts,
					 .operand = "FILE" };
	int r;

	const struct opt_usage command = { .opts = opts, .command = true };

	complete(&usage, argc, argv);
	complete(&command, argc, argv);
	silence_begin();
	r = opt_parse_line(&(struct opt_line){ argc, argv, operands }, &usage);
	silence_end();
	return r;
}

static void check(const struct values *v, int argc, char **argv, char **operands)
{
	int n = 0;

	while (operands[n])
		n++;
	REQUIRE(operands == argv + 1 && n < argc);
	REQUIRE(!v->buffer || (v->buffer >= 4096 && v->buffer <= 64 << 20));
	REQUIRE(!v->interval ||
		(v->interval >= NSEC_PER_SEC / 10 && v->interval <= 3600 * NSEC_PER_SEC));
	REQUIRE(v->tc < ARRAY_SIZE(modes) - 1 && v->drop < 1U << (ARRAY_SIZE(classes) - 1));
}

static void numbers(const char *s)
{
	uint64_t v = 7, printed;
	char text[32];

	if (!parse_u64(s, 5, 1ULL << 40, &v)) {
		REQUIRE(v >= 5 && v <= 1ULL << 40);
		snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
		REQUIRE(!parse_u64(text, 0, UINT64_MAX, &printed) && printed == v);
	} else {
		REQUIRE(v == 7);
	}
	v = 7;
	if (parse_size(s, 8, UINT64_MAX, &v))
		REQUIRE(v == 7);
	else
		REQUIRE(v >= 8);
	v = 7;
	if (parse_seconds(s, 8, UINT64_MAX, &v))
		REQUIRE(v == 7);
	else
		REQUIRE(v >= 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "watch", *argv[WORDS_MAX + 2] = { name }, *given[WORDS_MAX + 2],
	     **operands = NULL;
	struct input in = { data, size };
	struct values v = { 0 };
	int argc = 1, i, r;

	while (in.left && argc <= WORDS_MAX) {
		argv[argc] = given[argc] = input_string(&in);
		numbers(argv[argc++]);
	}
	r = parse(&v, argc, argv, &operands);
	REQUIRE(r == 0 || r == 1 || r == -EINVAL);
	if (!r)
		check(&v, argc, argv, operands);
	values_clear(&v);
	for (i = 1; i < argc; i++)
		free(given[i]);
	return 0;
}
