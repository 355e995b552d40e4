/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each line has in common, however short the rest is: when, what, who says it, and in words. */
#pragma once

#include "base/json.h"
#include "record.h"

/* "@timestamp", "ecs", "event", "message", "agent" and "host". */
void record_put_head(struct json *j, const struct record *r);

/* "observer", with the interface of a leak. */
void record_put_observer(struct json *j, const struct record *r);

/* "related": the addresses of a leak. */
void record_put_related(struct json *j, const struct record_leak *l);

const char *record_direction(const struct record_leak *l); /* network.direction */
