/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "leakaudit complete -- WORD...": the words behind "leakaudit" on a command line, of which the
 * last is to be completed. Prints a line for each word that may stand there: itself, a TAB, what it
 * is. If it is a word of a command to run: a TAB and the number of words before that command.
 */
#include <stdio.h>
#include <string.h>

#include "base/opt_complete.h"
#include "cmd.h"
#include "things.h"

struct question {
	const char *const *words;
	size_t n;
	struct opt_offers *to;
};

/* Up to where a description is one sentence's first part, which has room beside the word. */
static void print_help(const char *help)
{
	const char *end = help + strcspn(help, ":;(");

	while (end > help && end[-1] == ' ')
		end--;
	printf("\t%.*s", (int)(end - help), help);
}

static void print_offer(struct opt_offers *o, const char *head, const char *word, const char *help)
{
	size_t len = strlen(head), typed = strlen(o->typed);

	if (strncmp(head, o->typed, MIN(len, typed)) ||
	    (typed > len && strncmp(word, o->typed + len, typed - len)))
		return;
	if (strpbrk(word, "\t\n"))
		return;
	printf("%s%s", head, word);
	if (help && *help)
		print_help(help);
	putchar('\n');
}

static int answer(void *arg, const struct opt_usage *u)
{
	const struct question *q = arg;

	return opt_complete(u, q->words, q->n, q->to);
}

static void offer_commands(struct opt_offers *to)
{
	things_offer(to, "", "COMMAND");
	to->offer(to, "", "--help", "print the commands");
	to->offer(to, "", "--version", "print the version");
}

int cmd_complete(int argc, char **argv)
{
	struct opt_offers to = { .offer = print_offer, .things = things_offer };
	const struct cmd *c;
	int at;

	if (argc < 3 || strcmp(argv[1], "--"))
		return EXIT_USAGE;
	to.typed = argv[argc - 1];
	if (argc == 3) {
		offer_commands(&to);
	} else {
		struct question q = { (const char *const *)argv + 3, (size_t)argc - 3, &to };

		c = cmd_find(argv[2]);
		if (!c)
			return EXIT_USAGE;
		at = c->usage(answer, &q);
		if (at >= 0)
			printf("\t%d\n", at + 1);
	}
	return fflush(stdout) ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
