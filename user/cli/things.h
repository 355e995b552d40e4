/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things of this machine that an option may name, by the word that --help has for its value. */
#pragma once

#include "base/opt_complete.h"

/* For struct opt_offers. Offers none if nothing is known of the kind. */
void things_offer(struct opt_offers *to, const char *head, const char *kind);

/*
 * Whether there is a thing of that kind which the word names: an interface may be a pattern, a unit
 * without its ".service". If not, what is near to it, or "".
 */
bool things_has(const char *kind, const char *word, char *nearest, size_t size);
