/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A spool's directory: a file for each segment, named by the number of its first message; one with
 * the number of the first message that has not arrived; and one that is locked by whoever has it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/util.h"
#include "output_file.h"
#include "spool_priv.h"

#define NAME_SIZE sizeof("0123456789abcdef.spool")
#define MAGIC "leakaudit spool1"
#define KIND_SIZE 16
#define SEGMENT_MOST (64U << 20) /* no file of ours is larger */

struct file_head {
	char magic[sizeof(MAGIC) - 1];
	char kind[KIND_SIZE];
};

struct mark {
	uint64_t arrived;
	uint32_t crc;
	uint32_t unused;
};

struct spool_disk {
	int dir, lock, mark;
	uint64_t marked;
	char kind[KIND_SIZE];
};

static void name_of(const struct segment *g, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%016" PRIx64 ".spool", g->first);
}

/* Opens a file that nobody else could have put there. */
static int open_own(const struct spool_disk *d, const char *name, int flags)
{
	_cleanup_(closep) int fd =
		openat(d->dir, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1 || (st.st_uid && st.st_uid != geteuid()))
		return -EPERM;
	return take_fd(&fd);
}

static int open_directory(struct spool_disk *d, const char *dir, struct fault *f)
{
	struct stat st;
	int r = output_dir_open(dir, &d->dir, f);

	if (r)
		return fault_unsaid(f, r, "cannot open the spool '%s': %s", dir, strerror(-r));
	if (fstat(d->dir, &st))
		return -errno;
	if ((st.st_uid && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH)) {
		fault_say(f, -EPERM, "others can write to the spool '%s'", dir);
		return fault_help(f, -EPERM, "chown root '%s' and chmod 700 '%s', or name another",
				  dir, dir);
	}
	d->lock = open_own(d, "lock", O_RDWR | O_CREAT);
	if (d->lock < 0)
		return fault_say(f, d->lock, "cannot write to the spool '%s': %s", dir,
				 strerror(-d->lock));
	if (flock(d->lock, LOCK_EX | LOCK_NB)) {
		fault_say(f, -EBUSY, "the spool '%s' is in use by another output or run", dir);
		return fault_help(f, -EBUSY, "name a directory for each: spool=DIR");
	}
	return 0;
}

static int read_mark(struct spool_disk *d, const char *dir, struct fault *f)
{
	struct mark m;

	d->mark = open_own(d, "arrived", O_RDWR | O_CREAT);
	if (d->mark < 0)
		return fault_say(f, d->mark, "cannot use '%s/arrived': %s", dir,
				 strerror(-d->mark));
	if (pread(d->mark, &m, sizeof(m), 0) == sizeof(m) &&
	    m.crc == crc32(0, (const Bytef *)&m.arrived, sizeof(m.arrived)))
		d->marked = m.arrived;
	return 0;
}

void spool_disk_arrived(struct spool_disk *d, uint64_t number)
{
	struct mark m = { .arrived = number };

	if (number == d->marked)
		return;
	m.crc = (uint32_t)crc32(0, (const Bytef *)&m.arrived, sizeof(m.arrived));
	if (pwrite(d->mark, &m, sizeof(m), 0) == sizeof(m))
		d->marked = number;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_segment(const struct dirent *e)
{
	return strlen(e->d_name) == NAME_SIZE - 1 && strspn(e->d_name, "0123456789abcdef") == 16 &&
	       !strcmp(e->d_name + 16, ".spool");
}

static int check_kind(const struct spool_disk *d, int fd, const char *dir, struct fault *f)
{
	struct file_head h;

	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.magic, MAGIC, sizeof(MAGIC) - 2))
		return 0; /* what is damaged is found when it is read */
	if (memcmp(h.magic, MAGIC, sizeof(h.magic))) {
		fault_say(f, -EINVAL, "the spool '%s' is of another version of leakaudit", dir);
		return fault_help(f, -EINVAL,
				  "have that one bring what is in it, or name another directory");
	}
	if (!memcmp(h.kind, d->kind, KIND_SIZE))
		return 0;
	fault_say(f, -EINVAL, "the spool '%s' has messages of another kind of output: %.*s", dir,
		  KIND_SIZE, h.kind);
	return fault_help(f, -EINVAL, "name another directory, or empty this one");
}

static int found(struct spool *s, const char *name, const char *dir, struct fault *f)
{
	_cleanup_(closep) int fd = open_own(s->disk, name, O_RDONLY);
	struct segment *g;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return fault_say(f, fd < 0 ? fd : -errno, "cannot read '%s/%s': %s", dir, name,
				 strerror(fd < 0 ? -fd : errno));
	r = check_kind(s->disk, fd, dir, f);
	g = r ? NULL : calloc(1, sizeof(*g));
	if (!g)
		return r ?: -ENOMEM;
	g->fd = -1;
	g->on_disk = true;
	g->first = strtoull(name, NULL, 16);
	if (st.st_size > (off_t)sizeof(struct file_head))
		g->len = MIN((size_t)st.st_size - sizeof(struct file_head), (size_t)SEGMENT_MOST);
	g->saved = g->len;
	if (s->tail) {
		s->tail->end = g->first;
		s->tail->next = g;
	} else {
		s->head = g;
	}
	s->tail = g;
	return 0;
}

/* The end of the last segment tells the next number. A crash may have torn its last message. */
static void find_end(struct spool *s)
{
	struct segment *g = s->tail, *before;
	size_t len = g->len;

	if (spool_disk_load(s->disk, g))
		g->end = g->first;
	s->end = g->end;
	if (len > g->len || !g->buf)
		s->lost++;
	if (g->end > g->first)
		return;
	spool_disk_remove(s->disk, g);
	for (before = s->head; before != g && before->next != g; before = before->next)
		;
	if (before == g)
		s->head = s->tail = NULL;
	else
		s->tail = before;
	if (s->tail)
		s->tail->next = NULL;
	free(g->buf);
	free(g);
}

static int find_segments(struct spool *s, const char *dir, struct fault *f)
{
	struct dirent **v;
	int n = scandirat(s->disk->dir, ".", &v, is_segment, compare), r = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		if (!r)
			r = found(s, v[i]->d_name, dir, f);
		free(v[i]);
	}
	free(v);
	if (!r && s->tail)
		find_end(s);
	return r;
}

int spool_disk_open(struct spool *s, const char *dir, const char *kind, uint64_t *arrived,
		    struct fault *f)
{
	struct spool_disk *d = s->disk = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->dir = d->lock = d->mark = -1;
	memcpy(d->kind, kind, MIN(strlen(kind), (size_t)KIND_SIZE - 1));
	r = open_directory(d, dir, f);
	if (!r)
		r = read_mark(d, dir, f);
	if (!r)
		r = find_segments(s, dir, f);
	*arrived = d->marked;
	s->end = MAX(s->end, d->marked);
	return r;
}

void spool_disk_free(struct spool_disk *d)
{
	if (!d)
		return;
	closep(&d->mark);
	closep(&d->lock);
	closep(&d->dir);
	free(d);
}

static int create(struct spool_disk *d, struct segment *g)
{
	struct file_head h;
	char name[NAME_SIZE];

	name_of(g, name);
	g->fd = open_own(d, name, O_WRONLY | O_CREAT | O_EXCL);
	if (g->fd < 0)
		return g->fd;
	g->on_disk = true;
	memcpy(h.magic, MAGIC, sizeof(h.magic));
	memcpy(h.kind, d->kind, sizeof(h.kind));
	if (pwrite(g->fd, &h, sizeof(h), 0) == sizeof(h))
		return 0;
	spool_disk_remove(d, g); /* the disk is full: the next try begins anew */
	closep(&g->fd);
	g->fd = -1;
	g->on_disk = false;
	return -ENOSPC;
}

int spool_disk_save(struct spool_disk *d, struct segment *g)
{
	int r = g->on_disk ? 0 : create(d, g);
	ssize_t n;

	while (!r && g->saved < g->len) {
		n = pwrite(g->fd, g->buf + g->saved, g->len - g->saved,
			   (off_t)(sizeof(struct file_head) + g->saved));
		if (n > 0)
			g->saved += (size_t)n;
		else if (!n || errno != EINTR)
			r = n ? -errno : -ENOSPC;
	}
	if (!r && g->next) {
		closep(&g->fd);
		g->fd = -1;
	}
	return r;
}

int spool_disk_load(struct spool_disk *d, struct segment *g)
{
	_cleanup_(closep) int fd = -1;
	char name[NAME_SIZE];
	struct file_head h;
	uint64_t n = 0;
	ssize_t got;

	name_of(g, name);
	fd = open_own(d, name, O_RDONLY);
	if (fd < 0)
		return fd;
	g->buf = malloc(g->len ?: 1);
	if (!g->buf)
		return -ENOMEM;
	got = pread(fd, g->buf, g->len, sizeof(h));
	if (pread(fd, &h, sizeof(h), 0) != sizeof(h) || memcmp(h.magic, MAGIC, sizeof(h.magic)))
		got = 0;
	g->len = spool_valid(g->buf, got > 0 ? (size_t)got : 0, g->first, &n);
	g->size = g->saved = g->len;
	g->end = g->first + n;
	return 0;
}

void spool_disk_cut(struct spool_disk *d, struct segment *g)
{
	char name[NAME_SIZE];
	uint64_t n;
	off_t whole =
		(off_t)(sizeof(struct file_head) + spool_valid(g->buf, g->saved, g->first, &n));
	_cleanup_(closep) int fd = -1;

	name_of(g, name);
	fd = open_own(d, name, O_WRONLY);
	if (fd < 0 || ftruncate(fd, whole))
		return; /* then the next run counts it once more */
}

void spool_disk_remove(struct spool_disk *d, struct segment *g)
{
	char name[NAME_SIZE];

	name_of(g, name);
	unlinkat(d->dir, name, 0);
}
