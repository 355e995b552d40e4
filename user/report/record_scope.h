/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records about a watched cgroup that was removed or created again: message and JSON. */
#pragma once

#include "base/json.h"
#include "record.h"
#include "base/text.h"

void record_add_scope(struct text *t, const struct record_scope *s, bool back);

/* Writes all members after the head of the line. */
void record_put_scope(struct json *j, const struct record_scope *s);
