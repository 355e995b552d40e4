/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may stand in the place of a command line's last word, from the rows that the parser reads. */
#pragma once

#include "opt.h"

/*
 * Is told each word that may stand there: head and word together. Those that do not begin with what
 * was typed are told, too. help: NULL if there is none.
 */
struct opt_offers {
	const char *typed;
	void (*offer)(struct opt_offers *o, const char *head, const char *word, const char *help);
	/* Offers the things of this machine of a kind, which is a struct opt's arg. */
	void (*things)(struct opt_offers *o, const char *head, const char *kind);
};

/*
 * The words behind the command's name, at least one. Returns the index of the word that a command
 * to run begins with if it comes before the last one or is that; else -1, and all was offered.
 */
int opt_complete(const struct opt_usage *u, const char *const *words, size_t n,
		 struct opt_offers *to);
