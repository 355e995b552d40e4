/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict of a leak test in a few sentences: what goes where by default, and what else may. */
#pragma once

#include "base/text.h"
#include "report.h"

enum verdict_word { VERDICT_SAFE, VERDICT_BY_DEFAULT, VERDICT_NOT_PROVEN, VERDICT_NOT_SAFE };

/* "Safe", "Not safe". */
const char *verdict_name(enum verdict_word v);

/* Adds the sentences, and returns what they come to. */
enum verdict_word verdict_say(struct text *t, const struct probe_sheet *s);
