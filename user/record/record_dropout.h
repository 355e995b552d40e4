/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dropouts of tunnels in records: message and JSON. */
#pragma once

#include "base/json.h"
#include "record.h"
#include "base/text.h"

/* Appends to the tunnel's name. */
void record_add_dropout(struct text *t, const struct record_dropout *d);
void record_add_dropouts(struct text *t, const struct record_dropouts *d);

void record_put_dropout(struct json *j, const struct record_dropout *d);
void record_put_dropouts(struct json *j, const struct record_dropouts *d);
