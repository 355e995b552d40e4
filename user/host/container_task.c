/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers of containerd, by the directory that it keeps for each task. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "component.h"
#include "container_priv.h"

struct task {
	const char *path; /* of a cgroup */
	size_t len; /* of its beginning that is to be the container's */
};

/* json_value_fn; 1: the container has that cgroup. */
static int is_cgroup(void *arg, const struct json_value *s)
{
	const struct task *t = arg;

	return s->depth == 2 && !strcmp(s->parent, "linux") && !strcmp(s->key, "cgroupsPath") &&
	       strlen(s->value) == t->len && !memcmp(s->value, t->path, t->len);
}

/* Whether a component of the path is the id of a container in that namespace of containerd. */
static bool find_in(const char *root, const char *space, const char *path, struct container *ret)
{
	struct component c;
	char file[PATH_SIZE];
	struct task t = { .path = path };

	for (c = component_next((struct component){ path, 0 }); c.len; c = component_next(c)) {
		if (c.len >= sizeof(ret->id))
			continue;
		memcpy(ret->id, c.s, c.len);
		ret->id[c.len] = '\0';
		t.len = (size_t)(c.s + c.len - path);
		snprintf(file, sizeof(file), CONTAINERD_CONFIG, root, space, ret->id);
		if (container_read_strings(file, is_cgroup, &t) <= 0)
			continue;
		ret->runtime = "containerd";
		ret->path_len = t.len;
		return true;
	}
	return false;
}

bool container_of_task(const char *root, const char *path, struct container *ret)
{
	struct dirent *space;
	bool found = false;
	char dir[PATH_SIZE];
	DIR *d;

	snprintf(dir, sizeof(dir), CONTAINERD_TASKS, root);
	d = opendir(dir);
	while (d && !found && (space = readdir(d)))
		found = *space->d_name != '.' && find_in(root, space->d_name, path, ret);
	if (d)
		closedir(d);
	return found;
}

bool container_is_task(const struct container *c)
{
	return c->runtime && !strcmp(c->runtime, "containerd") && !container_is_hash(c->id);
}
