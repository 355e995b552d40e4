/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cgroup that is ours, from its making to its end. */
#pragma once

#include <sys/types.h>

/* Makes one of this name (or NAME-1, ... where that is taken) and puts the process
 * into it: below our own, whose limits go on holding, or where that cannot be
 * below the mount's root. Returns its directory and gives its path; -ENODEV: no
 * cgroup v2 is mounted; else the -errno of the last place. */
int cgroup_new(const char *name, pid_t pid, char **path);

/* Ends all that runs in it and below, and waits for that. Returns how many there
 * were at first. */
unsigned int cgroup_kill(int fd);

/* With those that were made below it. 0, or -EBUSY: something still runs there. */
int cgroup_remove(const char *path);
