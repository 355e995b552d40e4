/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Spools, in memory and on disk: what was put and not counted as lost is given in order until it
 * has arrived, over restarts and crashes.
 */
#define _GNU_SOURCE
#include "delivery/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "sinks.h"

static char dir[128];

static struct spool *open_spool(const char *path, uint64_t size)
{
	struct fault f = { 0 };
	struct spool *s = NULL;

	if (spool_open(&s, path, "test", size, &f))
		printf("# %s\n", f.reason);
	return s;
}

static const char *new_dir(void)
{
	static int n;

	snprintf(dir, sizeof(dir), "%s/spool%d", test_dir(), n++);
	return dir;
}

/* A message that says its number, and has a length of its own. */
static int put(struct spool *s, unsigned int number, bool important)
{
	char message[1200];
	size_t len = 10 + number * 7919 % 1000;

	memset(message, 'm', sizeof(message));
	memcpy(message, &number, sizeof(number));
	return spool_put(s, message, len, important);
}

/* The number of the next message, which is whole; -1: there is none. */
static int64_t next(struct spool *s)
{
	struct spool_message m;
	unsigned int number;

	if (!spool_next(s, &m))
		return -1;
	memcpy(&number, m.data, sizeof(number));
	CHECK_INT(m.len, 10 + number * 7919 % 1000);
	CHECK(m.len < 11 || m.data[m.len - 1] == 'm');
	return number;
}

/* As many as a disk has of these messages. */
static unsigned int drain(struct spool *s, unsigned int from)
{
	unsigned int n = 0;

	for (; next(s) >= 0; n++) {
		if (!CHECK_INT(next(s), from + n))
			break;
		spool_take(s);
		spool_arrived(s);
	}
	return n;
}

/* Against numbers that a test can keep in its head. */
static void random_steps(const char *path, unsigned int seed)
{
	struct spool *s = open_spool(path, 8 << 20);
	unsigned int arrived = 0, taken = 0, end = 0, full = 0;

	srand(seed);
	for (int i = 0; s && i < 30000; i++) {
		int dice = rand() % 1000;

		if (dice < 450) {
			if (put(s, end, true))
				full++;
			else
				end++;
		} else if (dice < 700) {
			CHECK_INT(next(s), taken < end ? (int64_t)taken : -1);
			spool_take(s);
			taken += taken < end;
		} else if (dice < 900) {
			spool_arrived(s);
			arrived += arrived < taken;
		} else if (dice < 910) {
			spool_back(s);
			taken = arrived;
		} else if (dice < 912 && path) {
			spool_free(s);
			s = open_spool(path, 8 << 20);
			taken = arrived;
		}
		if (!s || !CHECK_INT(spool_waiting(s), end - taken) ||
		    !CHECK_INT(spool_held(s), end - arrived))
			break;
	}
	if (!CHECK(s != NULL))
		return;
	CHECK(end > 5000);
	CHECK(!full || !path);
	CHECK_INT(spool_lost(s), full);
	spool_free(s);
}

static void test_memory(void)
{
	random_steps(NULL, 1);
}

static void test_disk(void)
{
	random_steps(new_dir(), 2);
	random_steps(new_dir(), 3);
}

/* Each message is either given or counted, and those that matter find room longer. */
static void test_bound(void)
{
	for (int on_disk = 0; on_disk < 2; on_disk++) {
		struct spool *s = open_spool(on_disk ? new_dir() : NULL, SPOOL_MEMORY);
		unsigned int kept = 0;

		if (!CHECK(s != NULL))
			return;
		while (!put(s, kept, false))
			kept++;
		CHECK(kept > 1000);
		CHECK_INT(put(s, kept, false), -ENOBUFS);
		CHECK_INT(put(s, kept, true), 0);
		CHECK_INT(spool_lost(s), 2);
		CHECK_INT(spool_unsaved(s), on_disk ? 0 : kept + 1);
		CHECK_INT(drain(s, 0), kept + 1);
		CHECK_INT(spool_held(s), 0);
		spool_free(s);
	}
}

static int of_segment(const struct dirent *e)
{
	return strstr(e->d_name, ".spool") != NULL;
}

/* The path of the n-th segment from the end; "" if there is none. */
static const char *segment(int from_end)
{
	static char path[400];
	struct dirent **v;
	int n = scandir(dir, &v, of_segment, alphasort);

	path[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (i == n - 1 - from_end)
			snprintf(path, sizeof(path), "%s/%s", dir, v[i]->d_name);
		free(v[i]);
	}
	if (n >= 0)
		free(v);
	return path;
}

/* A crash of the machine leaves half of the last message. */
static void test_torn(void)
{
	struct spool *s = open_spool(new_dir(), 8 << 20);
	struct stat st;

	for (unsigned int i = 0; i < 1000; i++)
		CHECK_INT(put(s, i, true), 0);
	spool_free(s);
	CHECK_INT(stat(segment(0), &st), 0);
	CHECK_INT(truncate(segment(0), st.st_size - 5), 0);
	s = open_spool(dir, 8 << 20);
	CHECK_INT(spool_lost(s), 1);
	CHECK_INT(put(s, 999, true), 0);
	CHECK_INT(drain(s, 0), 1000);
	spool_free(s);
	CHECK_STR(segment(0), ""); /* nothing is left behind */
}

/* What a disk has damaged is told to the message: the segment's others are behind it. */
static void test_damaged(void)
{
	struct spool *s = open_spool(new_dir(), 8 << 20);
	unsigned int got = 0;
	int fd;

	for (unsigned int i = 0; i < 2000; i++)
		CHECK_INT(put(s, i, true), 0);
	spool_free(s);
	fd = open(segment(3), O_WRONLY);
	CHECK_INT(pwrite(fd, "damage", 6, 30000), 6);
	close(fd);
	s = open_spool(dir, 8 << 20);
	for (; next(s) >= 0; got++) {
		spool_take(s);
		spool_arrived(s);
	}
	CHECK(got < 1990 && got > 1500);
	CHECK_INT(got + spool_lost(s), 2000);
	spool_free(s);
}

/* The directory is a file system of 512 KiB, of this process alone. False: it cannot be made. */
static bool small_disk(void)
{
	new_dir();
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	mkdir(dir, 0700);
	return !mount("none", dir, "tmpfs", 0, "size=512k,mode=700");
}

/* A disk that is full: what waits in memory goes there when it has room. */
static void test_full_disk(void)
{
	struct spool *s;
	char file[160];
	unsigned int n = 0;
	int fd;

	if (!small_disk())
		SKIP("needs root and tmpfs");
	s = open_spool(dir, 8 << 20);
	snprintf(file, sizeof(file), "%s/other", dir);
	fd = open(file, O_CREAT | O_WRONLY, 0600);
	CHECK_INT(posix_fallocate(fd, 0, 256 << 10), 0);
	while (!put(s, n, true))
		n++;
	CHECK(n > 2000 && spool_unsaved(s) > 1500 && spool_unsaved(s) < n);
	CHECK_INT(ftruncate(fd, 0), 0);
	for (unsigned int i = 0; i < 300; i++) {
		CHECK_INT(next(s), i);
		spool_take(s);
		spool_arrived(s);
	}
	umount2(dir, MNT_DETACH);
	CHECK_INT(drain(s, 300), n - 300);
	close(fd);
	spool_free(s);
}

/* A disk that is full, and a receiver that takes all, of which it is not known yet what it has
 * read: nothing is lost, and the disk's word is kept. */
static void test_full_disk_and_a_receiver(void)
{
	struct spool *s;
	unsigned int n;

	if (!small_disk())
		SKIP("needs root and tmpfs");
	s = open_spool(dir, 8 << 20);
	CHECK_INT(spool_error(s), 0);
	for (n = 0; n < 20000; n++) {
		CHECK_INT(put(s, n, false), 0);
		CHECK_INT(next(s), n);
		spool_take(s);
	}
	CHECK_INT(spool_error(s), -ENOSPC);
	CHECK_INT(spool_lost(s), 0);
	spool_back(s);
	CHECK_INT(drain(s, 0), n);
	spool_save(s);
	CHECK_INT(spool_error(s), 0);
	spool_free(s);
	umount2(dir, MNT_DETACH);
}

/* A run ends while its disk is full, with a message of which only a part was written: it has told
 * that loss, and the next run does not tell it again. */
static void test_full_disk_at_the_end(void)
{
	unsigned int n = 0, lost;
	struct spool *s;

	if (!small_disk())
		SKIP("needs root and tmpfs");
	s = open_spool(dir, 8 << 20);
	while (!put(s, n, true))
		n++;
	lost = (unsigned int)spool_unsaved(s);
	CHECK(lost > 1000 && lost < n);
	spool_free(s);
	s = open_spool(dir, 8 << 20);
	CHECK_INT(spool_lost(s), 0);
	CHECK_INT(drain(s, 0), n - lost);
	spool_free(s);
	umount2(dir, MNT_DETACH);
}

static int refused(const char *path, const char *kind)
{
	struct fault f = { 0 };
	struct spool *s = NULL;
	int r = spool_open(&s, path, kind, 1 << 20, &f);

	CHECK(!r || f.reason[0]);
	if (!r)
		spool_free(s);
	return r;
}

/* Of a version that writes it otherwise: nothing of it is touched. */
static void check_version(void)
{
	int fd = open(segment(0), O_RDWR);
	char was;

	CHECK_INT(pread(fd, &was, 1, strlen("leakaudit spool")), 1);
	CHECK_INT(pwrite(fd, "9", 1, strlen("leakaudit spool")), 1);
	CHECK_INT(refused(dir, "test"), -EINVAL);
	CHECK_INT(pwrite(fd, &was, 1, strlen("leakaudit spool")), 1);
	CHECK_INT(refused(dir, "test"), 0);
	close(fd);
}

static void test_whose(void)
{
	struct spool *s = open_spool(new_dir(), 1 << 20);
	char path[256];

	CHECK_INT(refused(dir, "test"), -EBUSY);
	CHECK_INT(put(s, 0, true), 0);
	spool_free(s);
	CHECK_INT(refused(dir, "other"), -EINVAL);
	check_version();
	CHECK_INT(chmod(dir, 0770), 0);
	CHECK_INT(refused(dir, "test"), -EPERM);
	CHECK_INT(chmod(dir, 0700), 0);
	if (!geteuid()) {
		CHECK_INT(chown(dir, 65534, 65534), 0);
		CHECK_INT(refused(dir, "test"), -EPERM);
		CHECK_INT(chown(dir, 0, 0), 0);
		snprintf(path, sizeof(path), "%s/by", test_dir());
		CHECK_INT(symlink(dir, path), 0);
		CHECK_INT(refused(path, "test"), 0);
		CHECK_INT(lchown(path, 65534, 65534), 0);
		CHECK_INT(refused(path, "test"), -EPERM);
	}
	/* a name in the directory that leads elsewhere */
	snprintf(path, sizeof(path), "%s/arrived", dir);
	unlink(segment(0));
	unlink(path);
	CHECK_INT(symlink("/etc/passwd", path), 0);
	CHECK_INT(refused(dir, "test"), -ELOOP);
}

/* What is given again takes no room from what is new: else a receiver that returns costs events. */
static void test_given_again(void)
{
	static const char message[10000];
	struct spool *s = NULL;
	struct fault f;

	if (!CHECK_INT(spool_open(&s, NULL, "test", 0, &f), 0))
		return;
	for (int i = 0; i < 90; i++) {
		CHECK_INT(spool_put(s, message, sizeof(message), true), 0);
		spool_take(s);
	}
	spool_back(s);
	CHECK_INT(spool_waiting(s), 90);
	for (int i = 0; i < 90; i++)
		CHECK_INT(spool_put(s, message, sizeof(message), true), 0);
	CHECK_INT(spool_lost(s), 0);
	for (int i = 0; i < 180; i++)
		spool_take(s);
	CHECK_INT(spool_waiting(s), 0);
	for (int i = 0; i < 104; i++)
		CHECK_INT(spool_put(s, message, sizeof(message), true), 0);
	CHECK_INT(spool_put(s, message, sizeof(message), true), -ENOBUFS);
	spool_free(s);
}

UNIT_MAIN("spool", { "memory", test_memory }, { "disk", test_disk }, { "bound", test_bound },
	  { "given_again", test_given_again }, { "torn", test_torn }, { "damaged", test_damaged },
	  { "whose", test_whose }, { "full_disk", test_full_disk },
	  { "full_disk_and_a_receiver", test_full_disk_and_a_receiver },
	  { "full_disk_at_the_end", test_full_disk_at_the_end })
