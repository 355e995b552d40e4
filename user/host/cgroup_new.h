/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Creates, empties and removes a cgroup of our own. */
#pragma once

#include <sys/types.h>

/*
 * Makes a cgroup of this name (or NAME-1, ... if it is taken) and moves the process into it. It is
 * made below our own cgroup, so that its limits still apply, or below the nearest one around it
 * that only root may change; or if that fails below the mount's root. Returns its directory and
 * sets *path. -ENODEV: cgroup v2 is not mounted. Else -errno of the last attempt.
 */
int cgroup_new(const char *name, pid_t pid, char **path);

/*
 * Kills all processes in it and below and waits for their end. Returns how many there were at
 * first.
 */
unsigned int cgroup_kill(int fd);

/* Removes it and all below. 0, or -EBUSY: a process still runs there. */
int cgroup_remove(const char *path);
