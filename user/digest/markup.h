/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes HTML in which no name can be markup. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "core/event.h"
#include "base/util.h"

/* A text of foreign origin: what does not print is escaped as on a terminal, and then what is
 * markup. */
void markup_text(FILE *to, const char *raw);

void markup_number(FILE *to, uint64_t n); /* in groups of three digits */
void markup_bytes(FILE *to, uint64_t bytes);
void markup_duration(FILE *to, uint64_t ns);
void markup_time(FILE *to, int64_t ns);
void markup_sum(FILE *to, const struct la_sum *sum); /* "3 packets (1.2 kB)" */
