/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets by chance, but of the kind that finds something: sound ones of every
 * protocol, and such that are wrong in one place or in many. */
#pragma once

#include "../unit/cases.h"
#include "flight.h"
#include "random.h"

/* The cases lend their payloads and ports. */
void generate(struct random *r, const struct packet_case *cases, size_t n, struct flight *f);

/* As the case says: once, twice, or by a client that has sent something before. */
void flight_of_case(const struct packet_case *c, struct flight *f);
