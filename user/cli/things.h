/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Things of this machine that an option may name, by the word that --help has for its value. */
#pragma once

#include "base/opt_complete.h"

/* For struct opt_offers. Offers none if nothing is known of the kind. */
void things_offer(struct opt_offers *to, const char *head, const char *kind);
