/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options as a table. The parser and --help read the same rows:
 *
 *	const struct opt opts[] = {
 *		OPT_GROUP("What is watched"),
 *		OPT_STR   (0, "unit", &cfg.unit, "NAME", "a systemd unit"),
 *		OPT_CHOICE(0, "tc", &cfg.tc, tc_modes, "MODE", "how to attach to TC"),
 *		OPT_END
 *	};
 *
 * Written as "--name value" or "--name=value"; names are exact. "--" ends the
 * options. "--help" and "-h" are understood without a row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define OPT_MAX 96 /* options of a command */

enum opt_type {
	OPT_T_END,
	OPT_T_GROUP,
	OPT_T_FLAG,
	OPT_T_STR,
	OPT_T_LIST,
	OPT_T_MIXED,
	OPT_T_SIZE,
	OPT_T_SECONDS,
	OPT_T_CHOICE,
	OPT_T_SET,
};

/* The values of an option that may be repeated, in their order. */
struct opt_list {
	const char **v;
	size_t n;
};

/* The values of several options together, in their order: of each, which option it belongs to. */
struct opt_mixed {
	struct opt_of {
		unsigned int kind;
		const char *value;
	} * v;
	size_t n;
};

struct opt {
	enum opt_type type;
	char letter; /* the letter of -x, or 0 */
	const char *name;
	union {
		const void *target;
		bool *flag;
		const char **str;
		struct opt_list *list;
		struct opt_mixed *mixed;
		uint64_t *number; /* bytes, nanoseconds or a plain number */
		unsigned int *choice; /* index into choices */
		uint32_t *set; /* bit n for choices[n] */
	};
	const char *
		arg; /* name of the value in --help: what kind of thing it is, for completion too */
	const char *help; /* NULL: not listed, a former name of another row */
	uint64_t min, max;
	unsigned int kind; /* of struct opt_of */
	const char *const *choices; /* ends with NULL */
};

/* clang-format off */
#define OPT_GROUP(title) { .type = OPT_T_GROUP, .help = (title) }
/* of options that only a command line has, no file */
#define OPT_GROUP_LINE(title) { .type = OPT_T_GROUP, .help = (title), .max = true }
#define OPT_FLAG(c, n, p, h) \
	{ .type = OPT_T_FLAG, .letter = (c), .name = (n), .flag = (p), .help = (h) }
#define OPT_STR(c, n, p, a, h) \
	{ .type = OPT_T_STR, .letter = (c), .name = (n), .str = (p), .arg = (a), .help = (h) }
#define OPT_LIST(c, n, p, a, h) \
	{ .type = OPT_T_LIST, .letter = (c), .name = (n), .list = (p), .arg = (a), .help = (h) }
/* several: whether it may be repeated, for --help */
#define OPT_MIXED(c, n, p, k, several, a, h) \
	{ .type = OPT_T_MIXED, .letter = (c), .name = (n), .mixed = (p), .kind = (k), .max = (several), .arg = (a), .help = (h) }
/* 64K, 1M; the target is in bytes */
#define OPT_SIZE(c, n, p, lo, hi, a, h) \
	{ .type = OPT_T_SIZE, .letter = (c), .name = (n), .number = (p), .min = (lo), .max = (hi), .arg = (a), .help = (h) }
/* 5, 0.25; the target and the limits are in nanoseconds */
#define OPT_SECONDS(c, n, p, lo, hi, a, h) \
	{ .type = OPT_T_SECONDS, .letter = (c), .name = (n), .number = (p), .min = (lo), .max = (hi), .arg = (a), .help = (h) }
#define OPT_CHOICE(c, n, p, list, a, h) \
	{ .type = OPT_T_CHOICE, .letter = (c), .name = (n), .choice = (p), .choices = (list), .arg = (a), .help = (h) }
/* --name or --name=all sets every bit; --name=x,y sets those named. "--name x" is not a form. */
#define OPT_SET(c, n, p, list, a, h) \
	{ .type = OPT_T_SET, .letter = (c), .name = (n), .set = (p), .choices = (list), .arg = (a), .help = (h) }
#define OPT_END { .type = OPT_T_END }
/* clang-format on */

struct opt_usage {
	const char *synopsis; /* "watch [OPTION]..." */
	const char *about; /* a sentence or a few lines */
	const struct opt *opts;
	const char *operand; /* what an operand is, as struct opt's arg. NULL: there is none */
	/* operands are a command and its options: our options end at the first operand */
	bool command;
};

/* Is given the options of a command, whose targets are valid until it returns. */
typedef int opt_use_fn(void *arg, const struct opt_usage *u);

/*
 * An opt_use_fn; arg is a struct opt_line. Parses argv[1..]. Moves operands to the front of
 * argv[1..] and sets *operands to them (they end with NULL). If operands is NULL, an operand is an
 * error. Returns 0; 1 after --help was printed (exit 0); -EINVAL for a wrong command line (exit 2);
 * -ENOMEM. Unlike other library files this one logs errors, since only it knows the wrong word and
 * what would be right.
 */
struct opt_line {
	int argc;
	char **argv;
	char ***operands;
};
int opt_parse_line(void *arg, const struct opt_usage *u);

/* Notes the targets of options that are given, for who asks whether one of that target was. */
struct opt_given {
	const void *v[OPT_MAX];
	size_t n;
};
int opt_parse_noting(const struct opt_line *l, const struct opt_usage *u, struct opt_given *given);
bool opt_given(const struct opt_given *given, const void *target);

/* Prints the text of --help to stdout. */
void opt_help(const struct opt_usage *u);

void opt_list_free(struct opt_list *l);
void opt_mixed_free(struct opt_mixed *m);

/*
 * Returns the entry of a NULL-terminated list that is most similar to what was typed. NULL: none is
 * near enough to be what was meant.
 */
const char *opt_nearest(const char *typed, const char *const *valid);

/* Adds "the nearest is 'x'" or, where nothing is near, "there are x, y and z". */
void opt_say_instead(struct text *t, const char *typed, const char *const *valid);
