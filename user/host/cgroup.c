/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/grow.h"

/* enum fid_type of fs/kernfs: FILEID_KERNFS. The handle is the 64-bit id. */
#define FILEID_KERNFS 0xfe

/* Far deeper than trees of systemd or a container engine. Each level holds an open directory. */
#define DEPTH_MAX 64

union handle {
	struct file_handle h;
	char room[sizeof(struct file_handle) + sizeof(uint64_t)];
};

static bool has_magic(int fd, unsigned long magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (unsigned long)fs.f_type == magic;
}

bool cgroup_is_v2(int fd)
{
	return has_magic(fd, CGROUP2_SUPER_MAGIC);
}

bool cgroup_is_v1(int fd)
{
	return has_magic(fd, CGROUP_SUPER_MAGIC);
}

static void closefile(FILE **f)
{
	if (*f)
		endmntent(*f);
}

static int add_mount(struct cgroup_mounts *m, const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* The mount may be hidden by another file system, or not accessible to us. */
	if (fd < 0 || !cgroup_is_v2(fd))
		return 0;
	if (!GROW(m->v, m->n))
		return -ENOMEM;
	m->v[m->n].path = strdup(path);
	if (!m->v[m->n].path)
		return -ENOMEM;
	m->v[m->n++].fd = take_fd(&fd);
	return 0;
}

int cgroup_mounts(struct cgroup_mounts *ret)
{
	_cleanup_(closefile) FILE *f = setmntent("/proc/self/mounts", "re");
	struct cgroup_mounts m = { 0 };
	struct mntent ent;
	char buf[2 * PATH_MAX];
	int r = 0;

	if (!f)
		return -errno;
	while (r == 0 && getmntent_r(f, &ent, buf, sizeof(buf))) {
		if (strcmp(ent.mnt_type, "cgroup2") == 0)
			r = add_mount(&m, ent.mnt_dir);
	}
	if (r < 0) {
		cgroup_mounts_clear(&m);
		return r;
	}
	*ret = m;
	return 0;
}

void cgroup_mounts_clear(struct cgroup_mounts *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->v[i].path);
		close(m->v[i].fd);
	}
	free(m->v);
	*m = (struct cgroup_mounts){ 0 };
}

bool cgroup_is_below(const char *path, const char *mount)
{
	size_t n = strlen(mount);

	return strncmp(path, mount, n) == 0 && (!path[n] || path[n] == '/');
}

const struct cgroup_mount *cgroup_mount_of(const struct cgroup_mounts *m, const char *path)
{
	const struct cgroup_mount *best = NULL;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (path && cgroup_is_below(path, m->v[i].path) &&
		    (!best || strlen(m->v[i].path) > strlen(best->path)))
			best = &m->v[i];
	}
	for (i = 0; i < m->n && !best; i++) {
		if (cgroup_id(m->v[i].fd) == CGROUP_ROOT_ID)
			best = &m->v[i];
	}
	return best ? best : &m->v[0];
}

uint64_t cgroup_id(int fd)
{
	union handle h = { .h = { .handle_bytes = sizeof(uint64_t) } };
	struct stat st;
	uint64_t id;
	int mount_id;

	if (!cgroup_is_v2(fd))
		return 0;
	if (name_to_handle_at(fd, "", &h.h, &mount_id, AT_EMPTY_PATH) == 0 &&
	    h.h.handle_bytes == sizeof(id)) {
		memcpy(&id, h.h.f_handle, sizeof(id));
		return id;
	}
	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

int cgroup_open_id(int mount_fd, uint64_t id)
{
	union handle h = { .h = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	int fd;

	memcpy(h.h.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(mount_fd, &h.h, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cgroup_path(int fd, const char *mount, char *buf, size_t size)
{
	char link[64], path[PATH_MAX];
	size_t skip = strlen(mount);
	ssize_t n;
	int len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return -errno;
	path[n] = '\0';
	/* The path of a removed cgroup would end with " (deleted)". */
	if (faccessat(fd, "cgroup.procs", F_OK, 0) < 0)
		return -errno;
	/* The mount point may be "/" itself. */
	if (skip == 1)
		skip = 0;
	if (strncmp(path, mount, skip) != 0 || (path[skip] && path[skip] != '/'))
		return -EXDEV;
	len = snprintf(buf, size, "%s", path[skip] ? path + skip : "/");
	return (size_t)len < size ? 0 : -ENAMETOOLONG;
}

int cgroup_parse(char *text)
{
	char *line, *end;

	for (line = text; line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		if (!end)
			return -ENAMETOOLONG;
		*end = '\0';
		memmove(text, line + 3, strlen(line + 3) + 1);
		return 0;
	}
	return *text ? -EXDEV : -ESRCH;
}

int cgroup_of_pid(uint64_t pid, char *buf, size_t size)
{
	_cleanup_(closep) int fd = -1;
	char name[64];
	ssize_t n;
	size_t len = 0;

	snprintf(name, sizeof(name), "/proc/%llu/cgroup", (unsigned long long)pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return cgroup_parse(buf);
}

struct walk {
	cgroup_fn *fn;
	void *arg;
	char path[PATH_MAX];
};

static int visit(struct walk *w, int fd, size_t len, unsigned int depth);

static int visit_child(struct walk *w, int dirfd, const char *name, size_t len, unsigned int depth)
{
	_cleanup_(closep) int fd =
		openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t n = strlen(name);
	int r;

	if (fd < 0)
		return 0; /* removed */
	if (len + n + 2 > sizeof(w->path))
		return 0;
	if (len && w->path[len - 1] != '/')
		w->path[len++] = '/';
	memcpy(w->path + len, name, n + 1);
	r = visit(w, fd, len + n, depth + 1);
	w->path[len] = '\0';
	return r;
}

/* Its links are its name, its "." and the ".." of each directory in it: kernfs counts them. */
static bool has_directories(int fd)
{
	struct stat st;

	return fstat(fd, &st) || st.st_nlink != 2;
}

static int visit(struct walk *w, int fd, size_t len, unsigned int depth)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	struct dirent *e;
	int copy, r;

	r = w->fn(w->arg, fd, w->path);
	if (r || depth == DEPTH_MAX)
		return r == CGROUP_SKIP ? 0 : r;
	if (!has_directories(fd))
		return 0;
	/* Not dup(): it would share the file offset of the caller's descriptor. */
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return 0;
	dir = fdopendir(copy);
	if (!dir) {
		close(copy);
		return -ENOMEM;
	}
	while (r == 0 && (e = readdir(dir))) {
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0)
			r = visit_child(w, fd, e->d_name, len, depth);
		/* the visit of a child has appended to it */
		w->path[len] = '\0';
	}
	return r;
}

int cgroup_walk(int fd, const char *top, cgroup_fn *fn, void *arg)
{
	_cleanup_(freep) struct walk *w = malloc(sizeof(*w));
	size_t len = strlen(top);

	if (!w || len >= sizeof(w->path))
		return w ? -ENAMETOOLONG : -ENOMEM;
	w->fn = fn;
	w->arg = arg;
	memcpy(w->path, top, len + 1);
	return visit(w, fd, len, 0);
}
