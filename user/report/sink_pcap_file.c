/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sink_pcap_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/event.h"
#include "base/log.h"
#include "delivery/output_file.h"
#include "pcapng.h"

/* Larger than our largest block: the rest of a block after a crash is shorter. */
#define HALF_BLOCK_MAX (LA_SNAPLEN_MAX + PCAPNG_BLOCK_MAX)

/*
 * Refuses a file that belongs to another user or that others can access. Its mode was chosen by
 * someone, so it is not changed.
 */
static int check_private(const char *path, const struct stat *st, struct fault *f)
{
	if (st->st_uid != geteuid()) {
		fault_say(f, -EPERM, "'%s' belongs to user %u: evidence is kept for its owner only",
			  path, st->st_uid);
		return fault_help(f, -EPERM, "name another file, or move this one away");
	}
	if (st->st_mode & 077) {
		fault_say(f, -EPERM,
			  "others may read or write '%s' (mode %04o): evidence holds payload", path,
			  st->st_mode & 07777);
		return fault_help(f, -EPERM, "chmod 600 %s, or name another file", path);
	}
	return 0;
}

/* Locks the file for one writer: packets refer to interfaces described by the same writer. */
static int lock_file(const char *path, int fd, struct fault *f)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno != EWOULDBLOCK)
		return -errno;
	fault_say(f, -EBUSY, "'%s' is in use by another writer", path);
	return fault_help(f, -EBUSY, "name another file");
}

static int check_blocks(const char *path, int fd, uint64_t size, struct fault *f)
{
	_cleanup_(closep) int reader = -1;
	uint64_t end;
	char self[32];
	int r;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	reader = open(self, O_RDONLY | O_CLOEXEC);
	if (reader < 0)
		return -errno;
	r = pcapng_end(reader, &end);
	if (r == -ENOMSG) {
		fault_say(f, r, "'%s' exists and is not a pcapng file", path);
		return fault_help(f, r, "name another file");
	}
	if (r == -EBADMSG || (!r && size - end > HALF_BLOCK_MAX)) {
		fault_say(f, -EBADMSG,
			  "'%s' is damaged at byte %" PRIu64
			  ": packets after that could not be read",
			  path, end);
		return fault_help(f, -EBADMSG, "name another file, or move this one away");
	}
	if (r || end == size)
		return r;
	log_warn("'%s' ended in the middle of a packet: %" PRIu64 " bytes are cut off", path,
		 size - end);
	return ftruncate(fd, (off_t)end) ? -errno : 0;
}

static int check_file(const char *path, int fd, struct fault *f)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (isatty(fd)) {
		fault_say(f, -EINVAL, "'%s' is a terminal: packets cannot be shown there", path);
		return fault_help(f, -EINVAL, "name a file");
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	r = check_private(path, &st, f);
	if (!r)
		r = lock_file(path, fd, f);
	/* read the size again: the last writer may just have closed the file */
	if (!r && fstat(fd, &st) < 0)
		r = -errno;
	return r ?: check_blocks(path, fd, (uint64_t)st.st_size, f);
}

int pcap_file_open(const char *path, struct fault *f)
{
	_cleanup_(closep) int fd = output_file_open(path, 0600, f);
	int r;

	if (fd < 0)
		return fd;
	r = check_file(path, fd, f);
	return r < 0 ? r : take_fd(&fd);
}

bool pcap_file_is(const char *path, int fd)
{
	struct stat there, ours;

	return !stat(path, &there) && !fstat(fd, &ours) && S_ISREG(ours.st_mode) &&
	       there.st_ino == ours.st_ino && there.st_dev == ours.st_dev;
}

int pcap_file_shift(const char *path)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (strlen(path) + sizeof(".9") > sizeof(from))
		return -ENAMETOOLONG;
	for (int i = PCAP_FILES_KEPT - 1; i >= 0; i--) {
		snprintf(from, sizeof(from), i ? "%s.%d" : "%s", path, i);
		snprintf(to, sizeof(to), "%s.%d", path, i + 1);
		if (rename(from, to) && (errno != ENOENT || !i))
			return -errno;
	}
	return 0;
}
