/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ids to names. What a process was called is remembered, so that it keeps its
 * names after its death; pids that are used again are told apart by their
 * start time. Caches are bounded.
 */
#pragma once

#include "report/record.h"
#include "base/util.h"

struct enrich;

/* mount: of cgroup v2, NULL when there is none. */
int enrich_open(struct enrich **ret, const char *mount);
void enrich_free(struct enrich *e);

static inline void enrich_freep(struct enrich **e)
{
	enrich_free(*e);
}

/* Fills *ret from the owner; unknown fields are 0 or NULL. The strings live
 * until the next call. */
void enrich_process(struct enrich *e, const struct la_owner *owner, struct record_process *ret);

/* The systemd unit and the container that a cgroup's path names: false, and buf
 * is empty, when it names none. */
bool enrich_unit(const char *path, char *buf, size_t size);
bool enrich_container(const char *path, char *buf, size_t size);
