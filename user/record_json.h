/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record as one JSON object; its shape is described in record_json.c. */
#pragma once

#include "json.h"
#include "record.h"

void record_json(struct json *j, const struct record *r);

/* One of its members: key: {packets,bytes} */
void record_put_sum(struct json *j, const char *key, uint64_t packets, uint64_t bytes);
