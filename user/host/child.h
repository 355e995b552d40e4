/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command in a cgroup of its own. It is there before it begins, so that all it
 * does can be watched; it has our terminal and process group, and what we are
 * sent alone is passed on to it. However we end, nothing of it goes on unwatched.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/signalfd.h>

struct child;

/* Makes the cgroup, with a process in it that waits to become argv. Nothing of
 * ours may be open yet that the process must not hold. -ENODEV: no cgroup v2 is
 * mounted; -errno of making a cgroup. */
int child_open(struct child **ret, char *const argv[]);

/* Ends what is left, and removes the cgroup. */
void child_free(struct child *c);

static inline void child_freep(struct child **c)
{
	child_free(*c);
}

const char *child_cgroup(const struct child *c); /* its directory */

/* A hook of the cgroup that is to outlive us and the last process, until the last
 * socket is gone as gone() tells, or for some minutes: what the kernel sends again
 * for sockets that nobody holds any more is still the command's. The link is the
 * child's from now on. */
typedef bool child_gone_fn(int link);
void child_hold(struct child *c, int link, child_gone_fn *gone);

/* The process becomes the command. See child_over() and child_error() then. */
void child_start(struct child *c);
bool child_started(const struct child *c);

/* Those that the caller's signalfd has to have beside its own; blocked. */
void child_signals(sigset_t *set);
/* One of them came. */
void child_signal(struct child *c, const struct signalfd_siginfo *info);

/* Its time is over: SIGTERM; at the second call SIGKILL. */
void child_stop(struct child *c);

/* The command has ended; its status as a shell has it: 128 + signal. */
bool child_over(const struct child *c);
int child_status(const struct child *c);
int child_error(const struct child *c); /* of exec, -errno; 0: it began */

/* Ends all that still runs in the cgroup, the command included. */
void child_end(struct child *c);
unsigned int child_left(const struct child *c); /* how many that were, beside the command */
