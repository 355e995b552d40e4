/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process's entries of /proc, without mixing up two that had one pid. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

/* The directory of a process. Whatever is read through it is that process's:
 * once it is dead, reading fails, even when the pid is in use again. */
int proc_open(pid_t pid);

/* When it started, in ticks of USER_HZ since boot (field 22 of stat). */
int proc_start_ticks(int proc, uint64_t *ret);

/* Its parent (field 4 of stat), 0: none that we see. */
int proc_parent(int proc, pid_t *ret);

/* Its name of at most 15 bytes, raw. */
int proc_comm(int proc, char *buf, size_t size);

/* Calls fn with the inode of each socket that it holds; fn's nonzero return ends it. */
int proc_sockets(int proc, int (*fn)(void *arg, uint64_t inode), void *arg);

/* What the kernel's start_boottime is in these ticks. */
uint64_t proc_ticks_of_ns(uint64_t ns);

/* The executable's path, without the mark of a deleted file. */
int proc_exe(int proc, char *buf, size_t size);

/* Whether pids that we see are those of the initial pid namespace. */
bool proc_is_initial(void);

/* Calls fn for each process there is; its nonzero return ends it. */
int proc_each(int (*fn)(void *arg, pid_t pid), void *arg);
