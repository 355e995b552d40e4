/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enrich.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "host/cgroup.h"
#include "host/container.h"
#include "host/proc.h"

/*
 * Set-associative caches: in a full set the oldest entry is replaced. 1024 processes and 256
 * cgroups of some 100 bytes each stay far below one MiB.
 */
#define WAYS 4
#define PROCESS_SETS 256
#define CGROUP_SETS 64

#define NAME_SIZE 256 /* NAME_MAX and a NUL: no component is longer */

struct process {
	uint64_t used; /* 0: free */
	uint64_t start_ns;
	uint32_t tgid;
	char comm[17]; /* part of the key: exec() changes it together with the executable */
	char *exe;
};

struct group {
	uint64_t used;
	uint64_t id;
	char *path, *unit;
	char *container, *container_name;
	const char *runtime;
};

struct enrich {
	char *mount;
	int mount_fd;
	bool same_pids; /* our pid namespace is the one that owner.tgid counts in */
	uint64_t clock; /* counts calls */
	struct process processes[PROCESS_SETS][WAYS];
	struct group groups[CGROUP_SETS][WAYS];
};

static uint32_t hash(uint64_t v)
{
	return (uint32_t)((v * 0x9e3779b97f4a7c15ULL) >> 32);
}

static void process_clear(struct process *p)
{
	free(p->exe);
	*p = (struct process){ 0 };
}

static void group_clear(struct group *g)
{
	free(g->path);
	free(g->unit);
	free(g->container);
	free(g->container_name);
	*g = (struct group){ 0 };
}

int enrich_open(struct enrich **ret, const char *mount)
{
	_cleanup_(enrich_freep) struct enrich *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	e->mount_fd = -1;
	e->same_pids = proc_is_initial();
	if (mount) {
		e->mount = strdup(mount);
		if (!e->mount)
			return -ENOMEM;
		e->mount_fd = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (e->mount_fd < 0)
			return -errno;
	}
	*ret = take_ptr(e);
	return 0;
}

void enrich_free(struct enrich *e)
{
	size_t i;

	if (!e)
		return;
	for (i = 0; i < PROCESS_SETS * WAYS; i++)
		process_clear(&e->processes[i / WAYS][i % WAYS]);
	for (i = 0; i < CGROUP_SETS * WAYS; i++)
		group_clear(&e->groups[i / WAYS][i % WAYS]);
	closep(&e->mount_fd);
	free(e->mount);
	free(e);
}

/* --- processes --- */

/* Reads the executable's path, if the pid still is the owner's process. */
static char *read_exe(const struct enrich *e, const struct la_owner *owner)
{
	_cleanup_(closep) int proc = -1;
	char path[PATH_MAX];
	uint64_t ticks;

	if (!e->same_pids || !owner->start_ns)
		return NULL;
	proc = proc_open((pid_t)owner->tgid);
	if (proc < 0 || proc_start_ticks(proc, &ticks) < 0 ||
	    ticks != proc_ticks_of_ns(owner->start_ns))
		return NULL;
	return proc_exe(proc, path, sizeof(path)) < 0 ? NULL : strdup(path);
}

static struct process *find_process(struct enrich *e, const struct la_owner *owner,
				    const char *comm)
{
	struct process *set = e->processes[hash(owner->tgid) % PROCESS_SETS], *oldest = set, *p;

	for (p = set; p < set + WAYS; p++) {
		if (p->used && p->tgid == owner->tgid && p->start_ns == owner->start_ns &&
		    strcmp(p->comm, comm) == 0)
			break;
		if (p->used < oldest->used)
			oldest = p;
	}
	if (p == set + WAYS) {
		p = oldest;
		process_clear(p);
		p->tgid = owner->tgid;
		p->start_ns = owner->start_ns;
		memcpy(p->comm, comm, sizeof(p->comm));
	}
	p->used = e->clock;
	if (!p->exe)
		p->exe = read_exe(e, owner);
	return p;
}

/* --- cgroups --- */

static char *copy_name(const char *path, bool (*name)(const char *path, char *buf, size_t size))
{
	char buf[NAME_SIZE];

	return name(path, buf, sizeof(buf)) ? strdup(buf) : NULL;
}

static void read_container(struct group *g)
{
	char name[CONTAINER_ID_SIZE];
	struct container c;

	if (!container_of_path(g->path, &c))
		return;
	if (container_name(&c, "", g->path, name, sizeof(name)))
		g->container_name = strdup(name);
	g->container = strdup(c.id);
	g->runtime = c.runtime;
}

struct id_search {
	uint64_t id;
	char *path;
};

static int match_id(void *arg, int fd, const char *path)
{
	struct id_search *s = arg;

	if (cgroup_id(fd) != s->id)
		return 0;
	s->path = strdup(path);
	return 2; /* end the walk */
}

static char *read_path(const struct enrich *e, uint64_t id)
{
	_cleanup_(closep) int fd = cgroup_open_id(e->mount_fd, id);
	struct id_search search = { .id = id };
	char path[PATH_MAX];

	if (fd >= 0)
		return cgroup_path(fd, e->mount, path, sizeof(path)) < 0 ? NULL : strdup(path);
	/* Without the capability, or in a user namespace: search the tree, which is slower. */
	if (fd == -EPERM)
		cgroup_walk(e->mount_fd, "/", match_id, &search);
	return search.path;
}

static struct group *find_group(struct enrich *e, uint64_t id)
{
	struct group *set = e->groups[hash(id) % CGROUP_SETS], *oldest = set, *g;

	for (g = set; g < set + WAYS; g++) {
		if (g->used && g->id == id)
			break;
		if (g->used < oldest->used)
			oldest = g;
	}
	if (g == set + WAYS) {
		g = oldest;
		group_clear(g);
		g->id = id;
		g->path = e->mount_fd < 0 ? NULL : read_path(e, id);
		if (g->path) {
			g->unit = copy_name(g->path, enrich_unit);
			read_container(g);
		}
	}
	g->used = e->clock;
	return g;
}

void enrich_process(struct enrich *e, const struct la_owner *owner, struct record_process *ret)
{
	const struct process *p;
	const struct group *g;
	char comm[17] = "";

	*ret = (struct record_process){ 0 };
	e->clock++;
	if (owner->cgroup) {
		g = find_group(e, owner->cgroup);
		ret->cgroup_id = owner->cgroup;
		ret->cgroup_path = g->path;
		ret->unit = g->unit;
		ret->container = g->container;
		ret->container_name = g->container_name;
		ret->container_runtime = g->runtime;
	}
	if (!owner->tgid)
		return;
	memcpy(comm, owner->comm, strnlen(owner->comm, sizeof(owner->comm)));
	p = find_process(e, owner, comm);
	ret->pid = owner->tgid;
	ret->has_uid = true;
	ret->uid = owner->uid;
	ret->name = *p->comm ? p->comm : NULL;
	ret->executable = p->exe;
}
