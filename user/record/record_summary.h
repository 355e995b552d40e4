/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's totals, in words. */
#pragma once

#include "base/text.h"
#include "record.h"

/*
 * Appends what has leaked: "3 packets (1.2 kB) leaked", "no leak"; or, where nothing but messages
 * through the tunnel told an exposed address, that. complete: whether all was seen.
 */
void record_say_leaks(struct text *t, const struct la_sum *left, uint64_t inside, bool complete);

/* Appends the message of the summary. */
void record_format_summary(struct text *t, const struct record_summary *s);
