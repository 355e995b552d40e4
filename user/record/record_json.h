/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a record as a JSON object. Names are those of Elastic Common Schema 9.4.0; fields that ECS
 * has no name for are under "leakaudit". A value that is not known is absent. 64-bit ids are
 * strings, counts are numbers. leakaudit-events(5) has the fields of each event.
 */
#pragma once

#include "base/json.h"
#include "record.h"

void record_json(struct json *j, const struct record *r);

/*
 * The same as a line of at most RECORD_LINE_MAX bytes, valid until the next call: where it would be
 * longer, its strings are shortened, and it is tagged so. 0 or -errno.
 */
int record_json_line(struct json *j, const struct record *r, const char **line, size_t *len);

void record_put_lost(struct json *j, const struct record_lost *l);

/* Writes an interface. key: NULL in a list. */
void record_put_interface(struct json *j, const char *key, const struct record_interface *i);

/* Writes a member: key: {packets,bytes}. */
void record_put_sum(struct json *j, const char *key, uint64_t packets, uint64_t bytes);

/* "process", "user" and "container". */
void record_put_process(struct json *j, const struct record_process *p);
/* "unit" and "cgroup". id 0: not known */
void record_put_cgroup(struct json *j, const char *unit, const char *path, uint64_t id);
/* Members of "leakaudit" about the place of a process, and its socket. */
void record_put_place(struct json *j, const struct record_process *p, uint64_t netns,
		      const char *netns_name);
void record_put_socket(struct json *j, uint64_t cookie);
