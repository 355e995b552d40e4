/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run's totals, in words. */
#pragma once

#include "base/text.h"
#include "record.h"

/* Appends the message of the summary. */
void record_format_summary(struct text *t, const struct record_summary *s);
