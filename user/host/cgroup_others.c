/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup_others.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Also of what cannot be asked, as in a cgroup that was removed. */
static bool is_roots(const char *path)
{
	struct stat st;

	return stat(path, &st) || (st.st_uid == 0 && !(st.st_mode & (S_IWGRP | S_IWOTH)));
}

/* A directory says who makes cgroups below, cgroup.procs who moves processes. */
static bool only_root_changes(const char *mount, const char *path, size_t len)
{
	char dir[PATH_MAX], procs[PATH_MAX];

	if (snprintf(dir, sizeof(dir), "%s%.*s", mount, (int)len, path) >= (int)sizeof(dir) ||
	    snprintf(procs, sizeof(procs), "%s%.*s/cgroup.procs", mount, (int)len, path) >=
		    (int)sizeof(procs))
		return false;
	return is_roots(dir) && is_roots(procs);
}

size_t cgroup_roots_part(const char *mount, const char *path)
{
	size_t whole = strlen(path), part = 0, len = 0;

	while (only_root_changes(mount, path, len)) {
		part = len;
		if (len >= whole)
			break;
		len += 1 + strcspn(path + len + 1, "/");
	}
	return part;
}

bool cgroup_others_around(const char *mount, const char *path, char *buf, size_t size)
{
	const char *name = strrchr(path, '/');
	size_t around = name ? (size_t)(name - path) : 0;
	size_t part = cgroup_roots_part(mount, path);

	if (!around || part >= around)
		return false;
	part += 1 + strcspn(path + part + 1, "/");
	return snprintf(buf, size, "%.*s", (int)part, path) < (int)size;
}
