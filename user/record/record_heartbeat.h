/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sign of life: message and JSON. */
#pragma once

#include "base/json.h"
#include "base/text.h"
#include "record.h"

void record_say_heartbeat(struct text *t, const struct record_heartbeat *h);

/* Writes all members after the head of the line. */
void record_put_heartbeat(struct json *j, const struct record_heartbeat *h);
