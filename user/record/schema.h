/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The form of all events, as JSON Schema. */
#pragma once

#include "base/json.h"

/* Writes it as one object. */
void schema_json(struct json *j);
