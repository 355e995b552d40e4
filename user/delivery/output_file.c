/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/util.h"

#define LINKS_MAX 40 /* as the kernel follows */

/* O_NONBLOCK: opening a FIFO without a reader fails with -ENXIO and does not block. */
#define FLAGS (O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

struct walk {
	const char *path; /* as the user gave it */
	int dir;
	char name[NAME_MAX + 1]; /* in dir */
	char rest[PATH_MAX]; /* behind it */
	unsigned int links;
};

static bool is_ours(uid_t uid)
{
	return uid == 0 || uid == geteuid();
}

/* Takes the next name from the rest. */
static int take_name(struct walk *w)
{
	const char *from = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(from, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	if (!len)
		return -EISDIR;
	memcpy(w->name, from, len);
	w->name[len] = '\0';
	memmove(w->rest, from + len, strlen(from + len) + 1);
	return 0;
}

static int enter(struct walk *w, int dir)
{
	if (dir < 0)
		return -errno;
	closep(&w->dir);
	w->dir = dir;
	return 0;
}

/* The kernel's own links, such as /dev/stdout leads to, name what need not have a path. */
static bool is_of_proc(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

/* Puts what the link says before the rest. */
static int follow(struct walk *w, int fd, const struct stat *st, struct fault *f)
{
	char to[PATH_MAX];
	ssize_t len;
	size_t rest = strlen(w->rest);

	if (!is_ours(st->st_uid)) {
		fault_say(f, -EPERM,
			  "'%s' goes by a symbolic link of user %u ('%s'), who could have it lead "
			  "to any file",
			  w->path, st->st_uid, w->name);
		return fault_help(f, -EPERM, "name the file itself");
	}
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	len = readlinkat(fd, "", to, sizeof(to));
	if (len < 0)
		return -errno;
	if ((size_t)len + rest >= sizeof(to))
		return -ENAMETOOLONG;
	memmove(w->rest + len, w->rest, rest + 1);
	memcpy(w->rest, to, (size_t)len);
	return w->rest[0] == '/' ? enter(w, open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)) : 0;
}

/* A directory's owner may do in it what he likes, with what is his. */
static int check(const struct walk *w, int fd, struct fault *f)
{
	struct stat st, dir;

	if (fstat(fd, &st) || fstat(w->dir, &dir))
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return 0;
	if (!is_ours(st.st_uid) && st.st_uid != dir.st_uid) {
		fault_say(f, -EPERM, "'%s' belongs to user %u, and its directory to another one",
			  w->path, st.st_uid);
		return fault_help(f, -EPERM, "name another file, or move this one away");
	}
	if (S_ISREG(st.st_mode) && st.st_nlink > 1) {
		fault_say(f, -EPERM,
			  "'%s' has another name (a hard link): whoever gave it that "
			  "could have the output go to any file",
			  w->path);
		return fault_help(f, -EPERM, "name another file, or move this one away");
	}
	return 0;
}

/* found: whether there is one of that name. It may have been put there, or taken away, since. */
static int open_last(const struct walk *w, bool found, mode_t mode, struct fault *f)
{
	_cleanup_(closep) int fd =
		openat(w->dir, w->name, FLAGS | O_NOFOLLOW | (found ? 0 : O_CREAT | O_EXCL), mode);
	int r;

	if (fd < 0)
		return -errno;
	r = check(w, fd, f);
	return r ?: take_fd(&fd);
}

/* One step. 1: there is more to go. */
static int step(struct walk *w, mode_t mode, int *ret, struct fault *f)
{
	_cleanup_(closep) int fd = -1;
	struct stat st;
	bool last;
	int r = take_name(w);

	if (r)
		return r;
	last = !w->rest[0];
	fd = openat(w->dir, w->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno != ENOENT || !last))
		return -errno;
	if (fd >= 0 && fstat(fd, &st))
		return -errno;
	if (fd >= 0 && S_ISLNK(st.st_mode)) {
		if (!is_of_proc(fd))
			return follow(w, fd, &st, f) ?: 1;
		*ret = openat(w->dir, w->name, last ? FLAGS : O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (*ret < 0 || last)
			return *ret < 0 ? -errno : 0;
		return enter(w, take_fd(ret)) ?: 1;
	}
	if (!last)
		return enter(w, take_fd(&fd)) ?: 1;
	*ret = open_last(w, fd >= 0, mode, f);
	return MIN(*ret, 0);
}

int output_file_open(const char *path, mode_t mode, struct fault *f)
{
	struct walk w = { .path = path };
	int r, fd = -1;

	if (strlen(path) >= sizeof(w.rest))
		return -ENAMETOOLONG;
	strcpy(w.rest, path);
	w.dir = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w.dir < 0)
		return -errno;
	do
		r = step(&w, mode, &fd, f);
	while (r > 0);
	closep(&w.dir);
	return r ?: fd;
}

int output_dir_open(const char *path, int *ret, struct fault *f)
{
	struct walk w = { .path = path };
	int r = 0, fd = -1;

	if (strlen(path) + sizeof("/.") > sizeof(w.rest))
		return -ENAMETOOLONG;
	sprintf(w.rest, "%s/.", path); /* so that the directory itself is no last name */
	w.dir = open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (w.dir < 0)
		return -errno;
	while (!r && strcmp(w.rest + strspn(w.rest, "/"), ".")) {
		r = step(&w, 0, &fd, f);
		/* the last one is made, if those before it are there */
		if (r == -ENOENT && !strcmp(w.rest + strspn(w.rest, "/"), "."))
			r = mkdirat(w.dir, w.name, 0700)
				    ? -errno
				    : enter(&w,
					    openat(w.dir, w.name,
						   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
		r = MIN(r, 0);
	}
	*ret = r ? -1 : openat(w.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!r && *ret < 0)
		r = -errno;
	closep(&w.dir);
	return r;
}
