/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps ids to names. The names of a process are cached, so that they are known after its end. A pid
 * that was reused is told apart by the start time. The caches are bounded.
 */
#pragma once

#include "report/record.h"
#include "base/util.h"

struct enrich;

/* mount: of cgroup v2; NULL: there is none. */
int enrich_open(struct enrich **ret, const char *mount);
void enrich_free(struct enrich *e);

static inline void enrich_freep(struct enrich **e)
{
	enrich_free(*e);
}

/*
 * Fills *ret from the owner; unknown fields are 0 or NULL. The strings are valid until the next
 * call.
 */
void enrich_process(struct enrich *e, const struct la_owner *owner, struct record_process *ret);

/* The systemd unit in a cgroup's path. If there is none, returns false and buf is empty. */
bool enrich_unit(const char *path, char *buf, size_t size);
