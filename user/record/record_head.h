/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each line has in common, however short the rest is: when, what, who says it, and in words. */
#pragma once

#include "base/json.h"
#include "record.h"
#include "speaker.h"

/* "@timestamp", "ecs", "event", "message", "log", "agent", "host" and "tags". */
void record_put_head(struct json *j, const struct record *r);

/* The parts of it: "ecs" and the first members of "event", which stays open; those of "event" that
 * number it; and who says it, with what follows. */
void record_put_kind(struct json *j, const struct record *r);
void record_put_sequence(struct json *j, const struct record *r);
void record_put_teller(struct json *j, const struct record *r);

/* Of these, for events that are no records: "event.id", and the members of "observer". */
void record_put_id(struct json *j, const struct speaker *s, uint64_t sequence);
void record_put_sensor(struct json *j, const struct speaker *s);

/* "observer", with the interface of a leak. */
void record_put_observer(struct json *j, const struct record *r);

/* "related": the addresses of a leak. */
void record_put_related(struct json *j, const struct record_leak *l);

const char *record_direction(bool ingress); /* network.direction */
