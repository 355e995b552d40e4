/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others do to the probes before they could leave: each program on a cgroup
 * sees a packet, whatever the one before it has said of it. That our own saw one
 * on its way out does not yet mean that it would have got there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct probe_guards;

/* Those that packets of the cgroup meet just now, beside the ones that hang on
 * itself. -errno */
int probe_guards_open(struct probe_guards **ret, int cgroup);
void probe_guards_free(struct probe_guards *g);

static inline void probe_guards_freep(struct probe_guards **g)
{
	probe_guards_free(*g);
}

/* Another leakaudit has stopped all that this socket has sent: its own record says so.
 * ifindex: one that hangs at TC of this interface as well; 0: any. */
bool probe_guards_stopped(const struct probe_guards *g, uint64_t cookie, uint32_t ifindex);

/* The name of a program that is not ours, and may stop what it likes; NULL: none. */
const char *probe_guards_foreign(const struct probe_guards *g);
