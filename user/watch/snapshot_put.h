/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the state of a run, as leakaudit-metrics(7) has it. */
#pragma once

#include "base/json.h"

struct watch;

/* The snapshot's sums are those of now. */
void snapshot_put(struct watch *w, struct json *j);

/* snapshot_rows.c: left, dropped and held; "leakers", "flows" and "timeline" */
struct record_ends;
void snapshot_put_ends(struct json *j, const struct record_ends *e);
void snapshot_put_leakers(struct watch *w, struct json *j);
void snapshot_put_flows(const struct watch *w, struct json *j);
void snapshot_put_timeline(const struct watch *w, struct json *j);
