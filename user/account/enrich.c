/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enrich.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "host/cgroup.h"
#include "host/container.h"
#include "host/proc.h"
#include "processes.h"

/* A set-associative cache: in a full set the oldest entry is replaced. */
#define WAYS 4
#define CGROUP_SETS 64

#define NAME_SIZE 256 /* NAME_MAX and a NUL: no component is longer */

struct group {
	uint64_t used; /* 0: free */
	uint64_t id;
	char *path, *unit;
	char *container, *container_name;
	const char *runtime;
	bool leak_test; /* it has the probes of one that root has begun */
};

struct enrich {
	char *mount;
	int mount_fd;
	uint64_t clock; /* counts calls */
	uint64_t changes; /* of strings that may be in use; begins with 1 */
	struct processes *processes;
	struct group groups[CGROUP_SETS][WAYS];
};

static uint32_t hash(uint64_t v)
{
	return (uint32_t)((v * 0x9e3779b97f4a7c15ULL) >> 32);
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
	int r;

	if (!e)
		return -ENOMEM;
	e->mount_fd = -1;
	e->changes = 1;
	r = processes_open(&e->processes);
	if (r)
		return r;
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
	for (i = 0; i < CGROUP_SETS * WAYS; i++)
		group_clear(&e->groups[i / WAYS][i % WAYS]);
	processes_free(e->processes);
	closep(&e->mount_fd);
	free(e->mount);
	free(e);
}

void enrich_from(struct enrich *e, const struct datapath *k, bool command_lines)
{
	processes_from(e->processes, k, command_lines);
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

	if (!container_of_cgroup("", g->path, &c))
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

/* By its name and its owner: who may not make cgroups of root's cannot make one to hide in. */
static bool is_leak_test(const struct enrich *e, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	struct stat st;

	return !strncmp(name, CGROUP_LEAK_TEST, strlen(CGROUP_LEAK_TEST)) &&
	       !fstatat(e->mount_fd, path + 1, &st, AT_SYMLINK_NOFOLLOW) && st.st_uid == 0;
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
		e->changes++;
		g->id = id;
		g->path = e->mount_fd < 0 ? NULL : read_path(e, id);
		if (g->path) {
			g->unit = copy_name(g->path, enrich_unit);
			read_container(g);
			g->leak_test = is_leak_test(e, g->path);
		}
	}
	g->used = e->clock;
	return g;
}

void enrich_process(struct enrich *e, const struct la_owner *owner, struct record_process *ret)
{
	const struct group *g;

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
	ret->version = e->changes;
	if (owner->tgid)
		processes_name(e->processes, owner, ret);
}

bool enrich_is_probe(struct enrich *e, const struct la_owner *owner)
{
	e->clock++;
	return owner->cgroup && find_group(e, owner->cgroup)->leak_test;
}

int enrich_owner(const struct enrich *e, pid_t pid, uint64_t start_ticks, struct la_owner *ret)
{
	_cleanup_(closep) int proc = proc_open(pid), cgroup = -1;
	char comm[sizeof(ret->comm) + 1], path[PATH_MAX];
	struct stat st;
	uint64_t ticks;

	*ret = (struct la_owner){ 0 };
	if (proc < 0 || proc_comm(proc, comm, sizeof(comm)) || fstat(proc, &st))
		return -ESRCH;
	if (!cgroup_of_pid((uint64_t)pid, path, sizeof(path)))
		cgroup = openat(e->mount_fd, path[1] ? path + 1 : ".",
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc_start_ticks(proc, &ticks) || ticks != start_ticks)
		return -ESRCH;
	ret->tgid = (uint32_t)pid;
	ret->uid = st.st_uid;
	ret->start_ns = proc_ns_of_ticks(start_ticks);
	ret->cgroup = cgroup < 0 ? 0 : cgroup_id(cgroup);
	memcpy(ret->comm, comm, strnlen(comm, sizeof(ret->comm)));
	return 0;
}

pid_t enrich_pid(struct enrich *e, const struct la_owner *owner)
{
	return owner->tgid ? (pid_t)processes_pid(e->processes, owner) : 0;
}

bool enrich_ended(struct enrich *e, const struct la_owner *owner, uint64_t ktime)
{
	return owner->tgid && processes_ended(e->processes, owner, ktime);
}
