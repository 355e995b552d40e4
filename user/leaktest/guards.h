/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What programs of others do to probes. Each program on a cgroup sees a packet, whatever the one
 * before it has decided. So a probe that our hook saw may still be stopped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe_guards;

/*
 * Finds the programs that packets of the cgroup pass now, except those on the cgroup itself. 0 or
 * -errno.
 */
int probe_guards_open(struct probe_guards **ret, int cgroup);
void probe_guards_free(struct probe_guards *g);

static inline void probe_guards_freep(struct probe_guards **g)
{
	probe_guards_free(*g);
}

/*
 * Whether another leakaudit has stopped all packets of this socket, by its own record. ifindex:
 * also one at TC of this interface; 0: any. family: one that stops all of this family; 0: any.
 */
bool probe_guards_stopped(const struct probe_guards *g, uint64_t cookie, uint32_t ifindex,
			  uint8_t family);

/* Whether one at TC of this interface is to stop all of this family. */
bool probe_guards_claim(const struct probe_guards *g, uint32_t ifindex, uint8_t family);

/* Whether there is another leakaudit, which counts the probes as well. */
bool probe_guards_any(const struct probe_guards *g);

/* The name of a program that is not ours and may stop packets. NULL: none. */
const char *probe_guards_foreign(const struct probe_guards *g);
