/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What records say of a leak's cause and place: to people and in the JSON. */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

/* Behind the leak, in brackets; nothing where there is none. */
void record_say_cause(struct text *t, const struct record_leak *l);

/* At the end of the first message of a flow; nothing where there is none. */
void record_say_remedy(struct text *t, const struct record_leak *l);

/* Behind an interface's name; NULL: nothing. */
void record_say_netns(struct text *t, const char *netns);

/* Members of "leakaudit". */
void record_put_cause(struct json *j, const struct record_leak *l);
