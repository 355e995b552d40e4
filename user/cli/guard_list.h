/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guard --list: for people a line for each guard and what it does below, for programs an object. */
#pragma once

#include <stdbool.h>

#include "base/json.h"
#include "base/opt.h"
#include "guard/entry.h"

enum guard_list_form { GUARD_LIST_TEXT, GUARD_LIST_JSON };

/* What -o says. False: something else than text or json, which was logged. */
bool guard_list_form(const struct opt_list *outputs, enum guard_list_form *ret);

/* Returns an enum exit_code. */
int guard_list(enum guard_list_form form);

/* A guard as an object. */
void guard_list_put(struct json *j, const struct guard_entry *e);
