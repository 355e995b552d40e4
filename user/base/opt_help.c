/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints --help from the rows that the parser reads. */
#include <stdio.h>
#include <string.h>

#include "opt.h"
#include "text.h"

#define HELP_COLUMN 30
#define HELP_WIDTH 80

/*
 * Prints words, wrapped before the width, with a hanging indent at `column`. at: the column where
 * the output is. A newline in s breaks as well.
 */
static void help_wrap(const char *s, size_t column, size_t at)
{
	size_t len;

	for (; *s; s += len + strspn(s + len, " ")) {
		len = strcspn(s, " \n");
		if (*s == '\n' || (column > at && column + 1 + len > HELP_WIDTH)) {
			printf("\n%*s", (int)at, "");
			column = at;
		}
		if (*s == '\n') {
			len = 1;
			continue;
		}
		printf("%s%.*s", column > at ? " " : "", (int)len, s);
		column += len + (column > at);
	}
	putchar('\n');
}

static void help_choices(struct text *t, const struct opt *o)
{
	const char *separator = "";

	text_add(t, o->type == OPT_T_SET ? " (all" : " (");
	if (o->type == OPT_T_SET)
		separator = ", ";
	for (const char *const *c = o->choices; *c; c++) {
		text_add(t, "%s%s", separator, *c);
		separator = ", ";
	}
	text_add(t, ")");
}

static void help_row(const struct opt *o)
{
	char left[80], right[512];
	struct text t;

	text_init(&t, left, sizeof(left));
	if (o->letter)
		text_add(&t, "  -%c, --%s", o->letter, o->name);
	else
		text_add(&t, "  --%s", o->name);
	if (o->type == OPT_T_SET)
		text_add(&t, "[=%s]", o->arg);
	else if (o->arg)
		text_add(&t, " %s", o->arg);

	text_init(&t, right, sizeof(right));
	text_add(&t, "%s", o->help);
	if (o->choices)
		help_choices(&t, o);
	if (o->type == OPT_T_LIST || (o->type == OPT_T_MIXED && o->max))
		text_add(&t, "; may be repeated");

	if (strlen(left) + 2 > HELP_COLUMN)
		printf("%s\n%*s", left, HELP_COLUMN, "");
	else
		printf("%-*s", HELP_COLUMN, left);
	help_wrap(right, HELP_COLUMN, HELP_COLUMN);
}

/* Whether rows are shown before the first group. */
static bool has_rows_of_no_group(const struct opt *o)
{
	while (o->type != OPT_T_END && o->type != OPT_T_GROUP && !o->help)
		o++;
	return o->type != OPT_T_END && o->type != OPT_T_GROUP;
}

void opt_help(const struct opt_usage *u)
{
	printf("usage: leakaudit %s\n\n", u->synopsis);
	help_wrap(u->about, 0, 0);
	if (has_rows_of_no_group(u->opts))
		printf("\nOptions:\n");
	for (const struct opt *o = u->opts; o->type != OPT_T_END; o++) {
		if (o->type == OPT_T_GROUP)
			printf("\n%s:\n", o->help);
		else if (o->help)
			help_row(o);
	}
}
