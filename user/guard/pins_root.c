/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds a bpffs for guards: one that outlives us and that no other user can change. */
#include "pins.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#define BPFFS "/sys/fs/bpf"
#define FIRST "/proc/1/mountinfo"

struct place {
	char *path; /* path of bpffs, later of our directory in it */
	size_t size;
	struct fault *fault;
};

/* --- which bpffs --- */

/* The list also has mounts that are hidden by another one. */
static bool is_bpffs(const char *path)
{
	struct statfs fs;

	return !statfs(path, &fs) && (uint32_t)fs.f_type == BPF_FS_MAGIC;
}

static bool find_bpffs(const struct place *p)
{
	FILE *f = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	bool found = false;

	while (f && (m = getmntent(f))) {
		if (strcmp(m->mnt_type, "bpf") || (found && strcmp(m->mnt_dir, BPFFS)) ||
		    !is_bpffs(m->mnt_dir))
			continue;
		snprintf(p->path, p->size, "%s", m->mnt_dir);
		found = true;
	}
	if (f)
		endmntent(f);
	return found;
}

/*
 * Whether process 1 has the bpffs of dev mounted (0: any bpffs). Its mountinfo may be readable
 * where its root and namespaces are not. 0; -ENODEV: no; else unknown.
 */
static int first_has(dev_t dev)
{
	_cleanup_(freep) char *line = NULL;
	FILE *f = fopen(FIRST, "re");
	unsigned int major, minor;
	size_t size = 0;
	int r = -ENODEV;

	if (!f)
		return -errno;
	while (r && getline(&line, &size, f) > 0)
		if (strstr(line, " - bpf ") && sscanf(line, "%*u %*u %u:%u", &major, &minor) == 2 &&
		    (!dev || dev == makedev(major, minor)))
			r = 0;
	fclose(f);
	return r;
}

static int unknown(const struct place *p, int r)
{
	fault_say(p->fault, r,
		  "cannot read " FIRST
		  ", and so not tell whether a guard would outlive this mount namespace: %s",
		  strerror(-r));
	return fault_help(
		p->fault, r, "%s",
		r == -EACCES || r == -EPERM
			? "users other than root need CAP_SYS_PTRACE"
			: "run it with the host's /proc: nsenter -t 1 -m -p leakaudit ...");
}

/*
 * Pins end with the last mount of their bpffs, and a mount namespace ends with its last process. So
 * the bpffs must be mounted in the namespace of process 1, which stays.
 */
static int check_lasting(const struct place *p)
{
	struct stat st;
	int r = stat(p->path, &st) ? -errno : first_has(st.st_dev);

	if (r == -ENODEV) {
		fault_say(p->fault, r,
			  "the bpffs at %s is not mounted for process 1 and ends with this mount "
			  "namespace: a guard in it would not last",
			  p->path);
		return fault_help(p->fault, r,
				  "run it in the mount namespace of process 1: nsenter -t 1 -m "
				  "leakaudit ..., or bind the host's " BPFFS " here");
	}
	return r ? unknown(p, r) : 0;
}

/* If we are process 1, the namespaces end with us. */
static int check_not_first(const struct place *p)
{
	if (getpid() != 1)
		return 0;
	fault_say(p->fault, -ECHILD,
		  "this is process 1 of its pid namespace: a guard would end with it");
	return fault_help(p->fault, -ECHILD,
			  "run it among the host's processes, e.g. docker run --pid host");
}

static int mount_bpffs(const struct place *p)
{
	int r;

	snprintf(p->path, p->size, "%s", BPFFS);
	if (mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=700")) {
		r = -errno;
		fault_say(p->fault, r, "cannot mount bpffs at " BPFFS ": %s", strerror(-r));
		return fault_help(p->fault, r,
				  "guards are pinned there: mount -t bpf bpf " BPFFS " as root");
	}
	r = check_lasting(p);
	if (r)
		umount2(BPFFS, MNT_DETACH);
	return r;
}

/* -ENOENT: there is no bpffs, and no message. */
static int hidden_bpffs(const struct place *p)
{
	int r = first_has(0);

	if (r)
		return r == -ENODEV ? -ENOENT : unknown(p, r);
	fault_say(p->fault, -ENXIO,
		  "no bpffs is mounted in this mount namespace (as ip netns exec leaves it), but "
		  "process 1 has one");
	return fault_help(p->fault, -ENXIO,
			  "run it in the mount namespace of process 1: nsenter -t 1 -m leakaudit "
			  "..., or bind the host's " BPFFS " here");
}

/* --- its owner --- */

/* Why others could change the directory, or NULL. */
static const char *fault_of(int fd, bool shared)
{
	struct statfs fs;
	struct stat st;

	if (fstat(fd, &st) || fstatfs(fd, &fs))
		return strerror(errno);
	if ((uint32_t)fs.f_type != BPF_FS_MAGIC)
		return "it is not in bpffs";
	if (st.st_uid)
		return "it belongs to another user";
	if (st.st_mode & (S_IWGRP | S_IWOTH) && !(shared && st.st_mode & S_ISVTX))
		return "other users can write to it";
	return NULL;
}

/* shared: others may have entries of their own there. *why is NULL only with -ENOENT. */
static int open_directory(const char *path, bool shared, const char **why)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*why = NULL;
	if (fd < 0) {
		int r = -errno;

		*why = r == -ENOENT ? NULL : strerror(-r);
		return r;
	}
	*why = fault_of(fd, shared);
	return *why ? -EPERM : take_fd(&fd);
}

int pins_mkdir(const char *path)
{
	if (mkdir(path, 0700))
		return -errno;
	/* the user may become another one's later (systemd's DynamicUser=): root must own it */
	if (!geteuid() || !chown(path, 0, 0))
		return 0;
	rmdir(path);
	return -EPERM;
}

int pins_open(const char *dir)
{
	const char *why;

	return open_directory(dir, false, &why);
}

/*
 * In a bpffs that all may write to, another user may have made our directory, and could rename and
 * unlink its contents.
 */
static int check_ours(const struct place *p, size_t parent)
{
	_cleanup_(closep) int fd = -1, up = -1;
	const char *why;

	p->path[parent] = '\0';
	up = open_directory(p->path, true, &why);
	if (up < 0) {
		fault_say(p->fault, up, "guards in %s could be lifted by others: %s", p->path,
			  why ?: "it is gone");
		return fault_help(p->fault, up, "chown root %s; chmod 1755 %s", p->path, p->path);
	}
	p->path[parent] = '/';
	fd = open_directory(p->path, false, &why);
	if (fd >= 0 || !why)
		return MIN(fd, 0);
	fault_say(p->fault, fd, "guards in %s could be lifted by others: %s", p->path, why);
	return fault_help(p->fault, fd, "find out who made it, and remove it: rm -r %s", p->path);
}

int pins_root(char *path, size_t size, bool make, struct fault *fault)
{
	const struct place p = { path, size, fault };
	size_t parent;
	int r;

	fault_clear(fault);
	r = make ? check_not_first(&p) : 0;
	if (!r && find_bpffs(&p))
		r = check_lasting(&p);
	else if (!r)
		r = make ? mount_bpffs(&p) : hidden_bpffs(&p);
	if (r)
		return r;
	parent = strlen(path);
	if (parent + sizeof("/leakaudit") > size)
		return fault_say(fault, -ENAMETOOLONG, "bpffs is mounted too deep: %s", path);
	strcpy(path + parent, "/leakaudit");
	r = make ? pins_mkdir(path) : 0;
	if (r && r != -EEXIST) {
		fault_say(fault, r, "cannot make %s: %s", path, strerror(-r));
		return !geteuid() ? r
				  : fault_help(fault, r,
					       "users other than root need CAP_DAC_OVERRIDE and "
					       "CAP_CHOWN");
	}
	return check_ours(&p, parent);
}
