/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What records say of a watched cgroup that goes and comes back: to people and in the JSON. */
#pragma once

#include "json.h"
#include "record.h"
#include "text.h"

void record_say_scope(struct text *t, const struct record_scope *s, bool back);

/* All that it adds to a line's head. */
void record_put_scope(struct json *j, const struct record_scope *s);
