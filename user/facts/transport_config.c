/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the configuration of a mesh's daemon (nebula, tinc) for the addresses of its peers. */
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/proc.h"

/* A nebula with a thousand static hosts has 60 kB. */
#define CONFIG_MAX (256 << 10)
/* Files of one directory that are read. */
#define FILES_MAX 1024
#define ARGS_MAX 4096

typedef int parse_fn(char *text, transport_endpoint_fn *fn, void *arg);

struct config {
	int root; /* of the process's file system */
	parse_fn *parse;
	transport_endpoint_fn *fn;
	void *arg;
	int found;
};

/*
 * Only root may say it. A user's process has root's files as well, but not such with peers in them;
 * and one of another user namespace has a file system that its user has made.
 */
static bool is_roots(int fd, struct stat *st)
{
	return fstat(fd, st) == 0 && st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static bool is_in_our_userns(int proc)
{
	struct stat theirs, ours;

	return fstatat(proc, "ns/user", &theirs, 0) == 0 &&
	       stat("/proc/self/ns/user", &ours) == 0 && theirs.st_ino == ours.st_ino &&
	       theirs.st_dev == ours.st_dev;
}

/* Links lead where they lead for the process. */
static int open_within(int root, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags),
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int read_file(struct config *c, const char *path)
{
	_cleanup_(closep) int fd = open_within(c->root, path, 0);
	_cleanup_(freep) char *text = NULL;
	struct stat st;
	ssize_t n;
	int r;

	if (fd < 0)
		return fd;
	if (!is_roots(fd, &st) || !S_ISREG(st.st_mode))
		return -EPERM;
	text = malloc(CONFIG_MAX);
	if (!text)
		return -ENOMEM;
	n = read(fd, text, CONFIG_MAX - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	r = c->parse(text, c->fn, c->arg);
	c->found += r > 0 ? r : 0;
	return MIN(r, 0);
}

static int read_files(struct config *c, const char *path)
{
	int fd = open_within(c->root, path, O_DIRECTORY);
	_cleanup_(closedirp) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	unsigned int files = 0;
	char file[PATH_MAX];

	if (fd < 0)
		return fd;
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((e = readdir(dir)) && files++ < FILES_MAX)
		if (e->d_name[0] != '.' &&
		    snprintf(file, sizeof(file), "%s/%s", path, e->d_name) < (int)sizeof(file))
			read_file(c, file);
	return 0;
}

/* --- the command line --- */

struct args {
	char text[ARGS_MAX];
	ssize_t n;
};

/*
 * The value of an option, be it "-c VALUE", "-cVALUE" (of one letter), "--config VALUE" or
 * "--config=VALUE". With one dash as with two, as Go has it. NULL: it is not there.
 */
static const char *option(const struct args *a, const char *name)
{
	const char *s = a->text, *end = a->text + a->n;
	size_t len = strlen(name);

	for (; s < end; s += strlen(s) + 1) {
		const char *word = s + strspn(s, "-");

		if (word == s || word > s + 2 || strncmp(word, name, len) != 0)
			continue;
		if (word[len] == '=')
			return word + len + 1;
		if (!word[len])
			return word + len + 1 < end ? word + len + 1 : NULL;
		if (len == 1 && word == s + 1)
			return word + 1;
	}
	return NULL;
}

/* A path as the process has it, from its root on. */
static bool put_path(int proc, const char *path, char *ret, size_t size)
{
	char cwd[PATH_MAX];
	ssize_t n;

	if (*path == '/')
		return snprintf(ret, size, "%s", path) < (int)size;
	n = readlinkat(proc, "cwd", cwd, sizeof(cwd) - 1);
	if (n < 0)
		return false;
	cwd[n] = '\0';
	return snprintf(ret, size, "%s/%s", cwd, path) < (int)size;
}

static int read_nebula(struct config *c, int proc, const struct args *a)
{
	const char *given = option(a, "config");
	char path[PATH_MAX];
	int r;

	if (!given || !put_path(proc, given, path, sizeof(path)))
		return -ENOENT;
	c->parse = transport_nebula_parse;
	r = read_file(c, path);
	return r == -EPERM ? read_files(c, path) : r; /* it may be a directory of files */
}

static int read_tinc(struct config *c, int proc, const struct args *a)
{
	const char *dir = option(a, "config") ?: option(a, "c"),
		   *net = option(a, "net") ?: option(a, "n");
	char base[PATH_MAX], hosts[PATH_MAX];

	if (dir && !put_path(proc, dir, base, sizeof(base)))
		return -ENOENT;
	if (!dir)
		snprintf(base, sizeof(base), "/etc/tinc%s%.255s", net ? "/" : "", net ? net : "");
	if (snprintf(hosts, sizeof(hosts), "%s/hosts", base) >= (int)sizeof(hosts))
		return -ENAMETOOLONG;
	c->parse = transport_tinc_parse;
	return read_files(c, hosts);
}

int transport_config(const struct transport_holder *h, transport_endpoint_fn *fn, void *arg)
{
	_cleanup_(closep) int proc = proc_open((pid_t)h->tgid), root = -1;
	struct config c = { .fn = fn, .arg = arg };
	struct args args;
	uint64_t ticks;
	char comm[16];
	int r;

	if (proc < 0)
		return proc;
	if (proc_start_ticks(proc, &ticks) < 0 || ticks != h->start_ticks)
		return -ESRCH;
	if (!is_in_our_userns(proc))
		return -EPERM;
	root = openat(proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = root < 0 ? -errno : proc_comm(proc, comm, sizeof(comm));
	if (r < 0)
		return r;
	args.n = proc_command_line(proc, args.text, sizeof(args.text) - 1);
	if (args.n <= 0)
		return -ENOENT;
	args.text[args.n] = '\0';
	c.root = root;
	if (!strcmp(comm, "nebula"))
		r = read_nebula(&c, proc, &args);
	else if (!strcmp(comm, "tincd"))
		r = read_tinc(&c, proc, &args);
	else
		r = -ENOENT;
	return r < 0 ? r : c.found;
}
