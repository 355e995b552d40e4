/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of /proc for a process. A pid that is reused is not mistaken for it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

/*
 * Opens the directory of a process. Once the process has ended, reads through it fail, even if the
 * pid is in use again.
 */
int proc_open(pid_t pid);

/*
 * A number of the text of /proc/PID/stat, by its place in stat(5), from 4 on. The text is changed.
 * -EBADMSG: it has none there.
 */
int proc_parse_stat(char *text, unsigned int field, uint64_t *ret);

/* Start time in ticks of USER_HZ since boot (field 22 of stat). */
int proc_start_ticks(int proc, uint64_t *ret);

/* Parent (field 4 of stat). 0: none in our pid namespace. */
int proc_parent(int proc, pid_t *ret);

/* The first line of a file, without its newline; dir: or AT_FDCWD. */
int proc_line(int dir, const char *path, char *buf, size_t size);

/* Name of at most 15 bytes, raw. */
int proc_comm(int proc, char *buf, size_t size);

/* The first bytes of the arguments, each with a NUL. Returns their number; 0: it has none. */
ssize_t proc_command_line(int proc, char *buf, size_t size);

/* Calls fn with the inode of each socket that it holds. A nonzero return of fn ends it. */
int proc_sockets(int proc, int (*fn)(void *arg, uint64_t inode), void *arg);

/* Converts the kernel's start_boottime to these ticks; and them to the earliest such time. */
uint64_t proc_ticks_of_ns(uint64_t ns);
uint64_t proc_ns_of_ticks(uint64_t ticks);

/* Path of the executable, without the mark of a deleted file. */
int proc_exe(int proc, char *buf, size_t size);

/* Whether we are in the initial pid namespace. */
bool proc_is_initial(void);

/* Calls fn for each process. A nonzero return of fn ends it. */
int proc_each(int (*fn)(void *arg, pid_t pid), void *arg);
