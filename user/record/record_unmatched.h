/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

void record_put_unmatched(struct json *j, const struct record_unmatched *u); /* a row */
void record_say_unmatched(struct text *t, const struct record_ready *r);
