/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Maps ids to names. The names of a process are cached, so that they are known after its end. A pid
 * that was reused is told apart by the start time. The caches are bounded.
 */
#pragma once

#include <sys/types.h>

#include "record/record.h"
#include "base/util.h"

struct datapath;
struct enrich;

/* mount: of cgroup v2; NULL: there is none. */
int enrich_open(struct enrich **ret, const char *mount);
void enrich_free(struct enrich *e);

static inline void enrich_freep(struct enrich **e)
{
	enrich_free(*e);
}

/* From now on takes what the datapath has noted of processes. k must stay open. */
void enrich_from(struct enrich *e, const struct datapath *k, bool command_lines);

/*
 * Fills *ret from the owner; unknown fields are 0 or NULL. The strings are valid until the next
 * call.
 */
void enrich_process(struct enrich *e, const struct la_owner *owner, struct record_process *ret);

/* Whether it is a probe of a leak test (leakaudit test) that root has begun on this machine. */
bool enrich_is_probe(struct enrich *e, const struct la_owner *owner);

/* The owner's pid in our pid namespace. 0: it is not visible there, or nothing is known of it. */
pid_t enrich_pid(struct enrich *e, const struct la_owner *owner);

/* Whether the owner has ended by now, and was not seen alive after that ktime. */
bool enrich_ended(struct enrich *e, const struct la_owner *owner, uint64_t ktime);

/* Fills *ret for a process that started then. -errno: it has ended, or is another one. */
int enrich_owner(const struct enrich *e, pid_t pid, uint64_t start_ticks, struct la_owner *ret);

/* The systemd unit in a cgroup's path. If there is none, returns false and buf is empty. */
bool enrich_unit(const char *path, char *buf, size_t size);
