/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups that other users than root may change: who may, can move processes there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * How much of a cgroup's path, from the mount on, only root may change: a prefix that ends where a
 * name does.
 */
size_t cgroup_roots_part(const char *mount, const char *path);

/*
 * The cgroup around that one that somebody else may change, so that processes which he owns can
 * leave. False: there is none, or there is no room for its path.
 */
bool cgroup_others_around(const char *mount, const char *path, char *buf, size_t size);
