/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command in a cgroup of its own. The cgroup exists before the command starts, so all its
 * traffic can be watched. The command shares our terminal and process group; signals sent to us
 * alone are passed on to it. However we end, no process of it continues unwatched.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

struct child;

/*
 * Makes the cgroup with a process in it that waits to execute argv. Call it before opening
 * descriptors that the process must not inherit. -ENODEV: cgroup v2 is not mounted. -errno of
 * making a cgroup.
 */
int child_open(struct child **ret, char *const argv[]);

/* Kills what is left and removes the cgroup. */
void child_free(struct child *c);

static inline void child_freep(struct child **c)
{
	child_free(*c);
}

const char *child_cgroup(const struct child *c); /* its directory */

/*
 * Keeps a hook of the cgroup attached after we and the last process have ended: until gone() finds
 * no socket left, or for some minutes. The kernel still retransmits for orphaned sockets of the
 * command. Takes ownership of link.
 */
typedef bool child_gone_fn(int link);
void child_hold(struct child *c, int link, child_gone_fn *gone);

/* Starts the command. Then see child_over() and child_error(). */
void child_start(struct child *c);
bool child_started(const struct child *c);

/* Adds the signals that the caller's signalfd must have beside its own; blocked. */
void child_signals(sigset_t *set);
/* Handles one of them. */
void child_signal(struct child *c, const struct signalfd_siginfo *info);

/* Ends the command: SIGTERM, at the second call SIGKILL. */
void child_stop(struct child *c);

/* Whether the command has ended; its exit status as in a shell: 128 + signal. */
bool child_over(const struct child *c);
int child_status(const struct child *c);
int child_error(const struct child *c); /* -errno of exec; 0: it succeeded */

/* Kills all processes in the cgroup, the command included. */
void child_end(struct child *c);
unsigned int child_left(const struct child *c); /* how many there were beside the command */
