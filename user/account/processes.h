/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of processes: from the kernel, where it was noted as they first used a socket, else
 * from /proc. It is cached, so that it is known after their end. A pid that was reused and a
 * program that was executed in the place of another are told apart.
 */
#pragma once

#include <stdbool.h>

#include "record/record.h"

struct datapath;
struct processes;

int processes_open(struct processes **ret);
void processes_free(struct processes *p);

static inline void processes_freep(struct processes **p)
{
	processes_free(*p);
}

/* See enrich_from(). */
void processes_from(struct processes *p, const struct datapath *k, bool command_lines);

/*
 * Fills in what is known of the process; all else in *ret is left alone. The strings are valid
 * until the next call.
 */
void processes_name(struct processes *p, const struct la_owner *owner, struct record_process *ret);

/* Its pid in our pid namespace; 0: it is not known. */
uint32_t processes_pid(struct processes *p, const struct la_owner *owner);

/* Whether it has ended by now, and was not seen alive after that ktime. */
bool processes_ended(struct processes *p, const struct la_owner *owner, uint64_t ktime);
