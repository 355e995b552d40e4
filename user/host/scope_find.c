/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scope_find.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Units listed in the message if a name is not unique. */
#define UNITS_SHOWN 8

/* --- the hierarchy --- */

static int use_mount(struct scope_finder *f, const struct cgroup_mount *m)
{
	struct scope *s = f->scope;

	free(s->mount);
	closep(&s->mount_fd);
	s->mount = strdup(m->path);
	s->mount_fd = fcntl(m->fd, F_DUPFD_CLOEXEC, 0);
	if (!s->mount)
		return -ENOMEM;
	return s->mount_fd < 0 ? -errno : 0;
}

/* --- --cgroup --- */

static bool is_v1_dir(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && cgroup_is_v1(fd);
}

static int explain_open(struct scope_finder *f, const char *arg, int r)
{
	const char *mount = f->scope->mount;

	switch (r) {
	case -ENOENT:
		if (is_v1_dir(arg)) {
			fault_say(f->fault, -EXDEV,
				  "'%s' is a cgroup of version 1: its traffic cannot be audited",
				  arg);
			return fault_help(f->fault, -EXDEV,
					  "name one below %s, or use --pid or --unit", mount);
		}
		if (arg[0] == '/' && !access(arg, F_OK)) {
			fault_say(f->fault, -EXDEV, "'%s' is not a cgroup", arg);
			return fault_help(f->fault, -EXDEV, "name one below %s", mount);
		}
		fault_say(f->fault, r, "no cgroup '%s' below %s", arg, mount);
		return fault_help(f->fault, r,
				  "'systemd-cgls' lists them; --unit and --pid find them by name");
	case -ENOTDIR:
		fault_say(f->fault, r, "'%s' is a file of a cgroup", arg);
		return fault_help(f->fault, r, "name its directory");
	case -EACCES:
	case -EPERM:
		fault_say(f->fault, r, "not permitted to open cgroup '%s'", arg);
		return fault_help(f->fault, r, "run as root");
	default:
		return fault_say(f->fault, r, "cannot open cgroup '%s': %s", arg, strerror(-r));
	}
}

/* Opens the path below the mount, relative to the mount's directory. */
static int open_below(struct scope_finder *f, const char *path)
{
	while (*path == '/')
		path++;
	f->scope->fd =
		openat(f->scope->mount_fd, *path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->scope->fd < 0 ? -errno : 0;
}

static int find_cgroup(struct scope_finder *f, const char *arg)
{
	const struct cgroup_mount *m = cgroup_mount_of(&f->mounts, arg);
	int r;

	if (strlen(arg) >= PATH_MAX)
		return fault_say(f->fault, -ENAMETOOLONG, "the path is too long for a cgroup");
	if (!*arg) {
		fault_say(f->fault, -EINVAL, "--cgroup is empty");
		return fault_help(f->fault, -EINVAL, "name a cgroup below %s", m->path);
	}
	r = use_mount(f, m);
	if (r < 0)
		return r;
	r = open_below(f, cgroup_is_below(arg, m->path) ? arg + strlen(m->path) : arg);
	if (r < 0)
		return explain_open(f, arg, r);
	if (!cgroup_is_v2(f->scope->fd)) {
		fault_say(f->fault, -EXDEV, "'%s' is not a cgroup of version 2", arg);
		return fault_help(f->fault, -EXDEV, "name one below %s", m->path);
	}
	return 0;
}

/* --- --unit --- */

struct unit_search {
	const char *name;
	int fd; /* directory of the first unit found */
	unsigned int found;
	char list[384]; /* one line each */
};

static int match_unit(void *arg, int fd, const char *path)
{
	struct unit_search *s = arg;
	const char *base = strrchr(path, '/');
	size_t used = strlen(s->list);

	if (!base || strcmp(base + 1, s->name) != 0)
		return 0;
	if (s->found++ == 0) {
		s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		if (s->fd < 0)
			return -errno;
	}
	if (s->found <= UNITS_SHOWN)
		snprintf(s->list + used, sizeof(s->list) - used, "%s--cgroup %s", used ? "\n" : "",
			 path);
	return CGROUP_SKIP;
}

static bool has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), k = strlen(suffix);

	return n > k && strcmp(s + n - k, suffix) == 0;
}

static bool is_unit_name(const char *name)
{
	static const char *const types[] = { ".service", ".scope", ".slice",
					     ".socket",	 ".mount", ".swap" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (has_suffix(name, types[i]))
			return true;
	}
	return false;
}

#define UNIT_NAME_MAX (NAME_MAX + 1)

static int unit_name(struct scope_finder *f, const char *arg, char name[UNIT_NAME_MAX])
{
	if (!*arg || strchr(arg, '/')) {
		fault_say(f->fault, -EINVAL, "'%s' is not the name of a unit", arg);
		return fault_help(f->fault, -EINVAL, "use --cgroup for a path");
	}
	if (snprintf(name, UNIT_NAME_MAX, "%s%s", arg, is_unit_name(arg) ? "" : ".service") >=
	    UNIT_NAME_MAX)
		return fault_say(f->fault, -EINVAL, "the unit's name is too long");
	return 0;
}

static int not_unique(struct scope_finder *f, const struct unit_search *s)
{
	fault_say(f->fault, -ENOTUNIQ, "there are %u units '%s'; choose one:", s->found, s->name);
	return fault_help(f->fault, -ENOTUNIQ, "%s%s", s->list,
			  s->found > UNITS_SHOWN ? "\n..." : "");
}

static int find_unit(struct scope_finder *f, const char *arg)
{
	char name[UNIT_NAME_MAX];
	struct unit_search s = { .name = name, .fd = -1 };
	int r = unit_name(f, arg, name);

	if (r == 0)
		r = use_mount(f, cgroup_mount_of(&f->mounts, NULL));
	if (r == 0)
		r = cgroup_walk(f->scope->mount_fd, "/", match_unit, &s);
	f->scope->fd = s.fd;
	if (r < 0)
		return r;
	if (!s.found) {
		fault_say(f->fault, -ENOENT,
			  "unit '%s' has no cgroup below %s: it is not running, or there is none "
			  "of that name",
			  name, f->scope->mount);
		return fault_help(f->fault, -ENOENT,
				  "start it ('systemctl start %s'), wait for it (watch --wait), or "
				  "see 'systemctl list-units'",
				  name);
	}
	if (s.found > 1)
		return not_unique(f, &s);
	return 0;
}

/* --- --pid --- */

static int find_pid(struct scope_finder *f, const char *arg)
{
	char path[2 * PATH_MAX];
	uint64_t pid;
	int r;

	if (parse_u64(arg, 1, INT_MAX, &pid) < 0)
		return fault_say(f->fault, -EINVAL, "'%s' is not a process id", arg);
	r = cgroup_of_pid(pid, path, sizeof(path));
	if (r == -ENOENT || r == -ESRCH || (r == 0 && has_suffix(path, " (deleted)"))) {
		fault_say(f->fault, -ESRCH, "there is no process %s", arg);
		return fault_help(f->fault, -ESRCH, "find it with 'pidof NAME' or 'pgrep NAME'");
	}
	if (r == -EXDEV) {
		fault_say(f->fault, r, "process %s is in no cgroup of version 2", arg);
		return fault_help(f->fault, r, "boot with systemd.unified_cgroup_hierarchy=1");
	}
	if (r < 0)
		return fault_say(f->fault, r, "cannot read the cgroup of process %s: %s", arg,
				 strerror(-r));
	if (strncmp(path, "/..", 3) == 0) {
		fault_say(f->fault, -EXDEV, "process %s is outside of this container's cgroups",
			  arg);
		return fault_help(f->fault, -EXDEV, "run on the host");
	}
	r = use_mount(f, cgroup_mount_of(&f->mounts, NULL));
	if (r == 0) {
		r = open_below(f, path);
		r = r < 0 ? explain_open(f, path, r) : 0;
	}
	return r;
}

int scope_find(struct scope_finder *f, enum scope_by by, const char *arg)
{
	if (f->mounts.n == 0) {
		fault_say(f->fault, -ENODEV, "no cgroup of version 2 is mounted");
		return fault_help(f->fault, -ENODEV,
				  "mount one ('mount -t cgroup2 none /sys/fs/cgroup/unified'), or "
				  "boot with systemd.unified_cgroup_hierarchy=1");
	}
	switch (by) {
	case SCOPE_CGROUP:
		return find_cgroup(f, arg);
	case SCOPE_UNIT:
		return find_unit(f, arg);
	case SCOPE_PID:
		return find_pid(f, arg);
	case SCOPE_CONTAINER:
		return use_mount(f, cgroup_mount_of(&f->mounts, NULL))
			       ?: scope_find_container(f, arg);
	case SCOPE_HOST:
		break;
	}
	return find_cgroup(f, cgroup_mount_of(&f->mounts, NULL)->path);
}

/* --- cgroups waited for --- */

/* Turns "//a/b/", on the mount or below it, into "/a/b". */
static int path_target(struct scope_finder *f, const char *arg, char **ret)
{
	const char *mount = f->scope->mount, *part;
	_cleanup_(freep) char *path = calloc(1, PATH_MAX);
	size_t n, len = 0;

	if (!path)
		return -ENOMEM;
	if (strlen(arg) >= PATH_MAX)
		return fault_say(f->fault, -ENAMETOOLONG, "the path is too long for a cgroup");
	for (part = cgroup_is_below(arg, mount) ? arg + strlen(mount) : arg; *part; part += n) {
		part += strspn(part, "/");
		n = strcspn(part, "/");
		if (!n || (n == 1 && *part == '.'))
			continue;
		if (n == 2 && !strncmp(part, "..", n)) {
			fault_say(f->fault, -EINVAL, "'%s' cannot be waited for", arg);
			return fault_help(f->fault, -EINVAL, "name it without '..'");
		}
		len += (size_t)snprintf(path + len, PATH_MAX - len, "/%.*s", (int)n, part);
	}
	*ret = take_ptr(path);
	return 0;
}

int scope_target(struct scope_finder *f, enum scope_by by, const char *arg, char **ret)
{
	char name[UNIT_NAME_MAX];
	int r;

	if (by == SCOPE_CGROUP)
		return path_target(f, arg, ret);
	r = by == SCOPE_UNIT ? unit_name(f, arg, name) : 0;
	*ret = r ? NULL : strdup(by == SCOPE_UNIT ? name : arg);
	return r ?: *ret ? 0 : -ENOMEM;
}
