/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells when no hook can still be at work that was so at a given moment: the kernel's grace period.
 * It takes some ten milliseconds, so a thread waits for it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct grace;

/* NULL: there is no thread, or nothing that the kernel could prove. */
struct grace *grace_open(void);
void grace_free(struct grace *g);

/* The number of the next period to be asked for. */
uint64_t grace_next(const struct grace *g);
/* Asks for it: what was unlinked before is not found any more by who begins from now on. */
void grace_ask(struct grace *g);
/* Whether it is over. */
bool grace_is_over(struct grace *g, uint64_t number);
