/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sinks that write to files: made, continued, rotated, full. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sinks.h"

static struct fault fault;

static void limit_size(rlim_t n)
{
	struct rlimit l;

	getrlimit(RLIMIT_FSIZE, &l);
	l.rlim_cur = n;
	setrlimit(RLIMIT_FSIZE, &l);
}

/* A file that can't grow for a while (here by ulimit, as with a full disk):
 * the line that was begun is finished first, or taken back. */
static void test_full_file(void)
{
	const char *spec = in_dir("full");
	struct sink *s = open_sink(spec);
	struct stat st;
	int fd;

	redirect(-1);
	CHECK_INT(send_one(s, 0, 100), 0);
	limit_size(1000);
	CHECK_INT(send_one(s, 1, 1000), 0); /* queued */
	CHECK_INT(send_one(s, 2, 10), 0);
	CHECK(sink_want_write(s));
	CHECK_INT(said_lines(), 1);
	CHECK(stat(spec + 5, &st) == 0 && st.st_size == 1000);
	limit_size(RLIM_INFINITY);
	CHECK_INT(send_one(s, 3, 10), 0);
	CHECK(!sink_want_write(s));
	fd = open(spec + 5, O_RDONLY | O_CLOEXEC);
	CHECK_INT(whole_lines(fd), 4);

	CHECK(fstat(fd, &st) == 0);
	limit_size(st.st_size + 100);
	CHECK_INT(send_one(s, 4, 1000), 0);
	CHECK(sink_flush(s, 1000) < 0);
	sink_free(s);
	limit_size(RLIM_INFINITY);
	lseek(fd, 0, SEEK_SET);
	CHECK_INT(whole_lines(fd), 4);
	close(fd);
	restore();
}

static void test_file(void)
{
	const char *spec = in_dir("new");
	struct sink *s;
	struct stat st;
	int fd;

	umask(022);
	s = open_sink(spec);
	CHECK_INT(send_one(s, 1, 10), 0);
	sink_free(s);
	CHECK(stat(spec + 5, &st) == 0 && (st.st_mode & 0777) == 0640);
	/* a crash has left half a line */
	fd = open(spec + 5, O_RDWR | O_APPEND | O_CLOEXEC);
	CHECK_INT(write(fd, "{\"@timestamp\":\"\"sequence\":1 half }}", 35), 35);
	s = open_sink(spec);
	CHECK_INT(send_one(s, 2, 10), 0);
	CHECK(fcntl(sink_fd(s), F_GETFD) < 0); /* not for epoll */
	CHECK_INT(sink_flush(s, 0), 0);
	sink_free(s);
	CHECK_INT(lseek(fd, st.st_size + 35, SEEK_SET), st.st_size + 35);
	CHECK(read(fd, (char[1]){ 0 }, 1) == 1); /* the newline */
	CHECK_INT(whole_lines(fd), 1);
	close(fd);
}

/* Lines wait for sink_settle(), but not without end, and not what is no leak. */
static void test_gather(void)
{
	const char *spec = in_dir("gathered");
	struct record change = { .action = RECORD_INTERFACE };
	struct sink *s = open_sink(spec);
	struct stat st;
	int fd = open(spec + 5, O_RDONLY | O_CLOEXEC);
	uint64_t n;

	sink_gather(s);
	CHECK_INT(send_one(s, 1, 10), 0);
	CHECK(!fstat(fd, &st) && !st.st_size && sink_want_write(s));
	sink_settle(s);
	CHECK_INT(whole_lines(fd), 1);
	for (n = 2; n <= 400; n++)
		CHECK_INT(send_one(s, n, 1000), 0);
	CHECK(!fstat(fd, &st) && st.st_size > 250000);
	sink_settle(s);
	CHECK_INT(whole_lines(fd), 399);
	CHECK_INT(send_one(s, 401, 10), 0);
	CHECK_INT(sink_write(s, &change), 0);
	CHECK(!sink_want_write(s));
	CHECK_INT(sink_written(s), 402);
	sink_free(s);
	close(fd);
}

static void test_reopen(void)
{
	const char *spec = in_dir("log");
	struct sink *s = open_sink(spec);
	char moved[64];
	int fd;

	snprintf(moved, sizeof(moved), "%s/log.1", test_dir());
	CHECK_INT(send_one(s, 1, 10), 0);
	CHECK_INT(rename(spec + 5, moved), 0);
	CHECK_INT(send_one(s, 2, 10), 0);
	CHECK_INT(sink_reopen(s, &fault), 0);
	CHECK_INT(send_one(s, 3, 10), 0);
	fd = open(moved, O_RDONLY | O_CLOEXEC);
	CHECK_INT(whole_lines(fd), 2);
	close(fd);
	fd = open(spec + 5, O_RDONLY | O_CLOEXEC);
	CHECK_INT(whole_lines(fd), 1);
	close(fd);
	CHECK_INT(sink_written(s), 3);
	sink_free(s);
}

/* The line that the old file could not take moves whole to the new one. */
static void test_reopen_when_full(void)
{
	const char *spec = in_dir("rot");
	struct sink *s = open_sink(spec);
	char moved[64];
	int fd;

	redirect(-1);
	snprintf(moved, sizeof(moved), "%s/rot.1", test_dir());
	CHECK_INT(send_one(s, 1, 10), 0);
	limit_size(1000);
	CHECK_INT(send_one(s, 2, 2000), 0);
	CHECK_INT(send_one(s, 3, 10), 0);
	CHECK_INT(rename(spec + 5, moved), 0);
	limit_size(1000);
	CHECK_INT(sink_reopen(s, &fault), 0);
	limit_size(RLIM_INFINITY);
	sink_pump(s);
	fd = open(moved, O_RDONLY | O_CLOEXEC);
	CHECK_INT(whole_lines(fd), 1);
	close(fd);
	fd = open(spec + 5, O_RDONLY | O_CLOEXEC);
	CHECK_INT(whole_lines(fd), 2);
	close(fd);
	CHECK_INT(sink_written(s), 3);
	CHECK_INT(sink_lost(s), 0);
	/* a name that can't be opened: the old file stays in use */
	CHECK_INT(unlink(spec + 5), 0);
	CHECK_INT(mkdir(spec + 5, 0700), 0);
	CHECK_INT(sink_reopen(s, &fault), -EISDIR);
	CHECK_INT(send_one(s, 4, 10), 0);
	CHECK_INT(sink_written(s), 4);
	sink_free(s);
	restore();
}

/* `{ leakaudit; date; } > file`: the offset stays shared. */
static void test_stdout_to_file(void)
{
	char path[64];
	struct sink *s;
	int fd;

	snprintf(path, sizeof(path), "%s/shared", test_dir());
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(write(fd, "first\n", 6), 6);
	redirect(fd);
	s = open_sink("json");
	CHECK_INT(send_one(s, 1, 10), 0);
	CHECK_INT(sink_reopen(s, &fault), 0);
	CHECK_INT(send_one(s, 2, 10), 0);
	sink_free(s);
	CHECK_INT(write(fd, "last\n", 5), 5);
	restore();
	CHECK_INT(lseek(fd, 0, SEEK_END) - lseek(fd, -5, SEEK_END), 5);
	lseek(fd, -5, SEEK_END);
	CHECK(read(fd, path, 5) == 5 && !memcmp(path, "last\n", 5));
	CHECK_INT(ftruncate(fd, lseek(fd, 0, SEEK_END) - 5), 0);
	lseek(fd, 6, SEEK_SET);
	CHECK_INT(whole_lines(fd), 2);
	close(fd);
}

/* Its reader comes after us, goes in the middle of a line, and returns. */
static void test_fifo(void)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC), fd;
	const char *spec = in_dir("fifo");
	struct epoll_event e;
	struct sink *s;
	int64_t lines;
	char byte;

	redirect(-1);
	CHECK_INT(mkfifo(spec + 5, 0600), 0);
	s = open_sink(spec);
	if (!CHECK(s))
		return;
	CHECK_INT(send_one(s, 1, 10), 0);
	CHECK_INT(sink_flush(s, 1), -EAGAIN);
	CHECK_INT(said_lines(), 1);
	fd = open(spec + 5, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sink_pump(s);
	CHECK_INT(whole_lines(fd), 1);
	CHECK_INT(said_lines(), 2); /* it is well again */

	/* what the pipe still holds when its reader goes, and the line that he has in part */
	for (int i = 2; i < 12; i++)
		CHECK_INT(send_one(s, (uint64_t)i, 1000), 0);
	CHECK_INT(read(fd, (char[5000]){ 0 }, 5000), 5000);
	close(fd);
	sink_pump(s);
	fd = open(spec + 5, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sink_pump(s);
	lines = whole_lines(fd);
	CHECK(lines >= 6 && lines <= 8); /* of 1200 bytes or so each */
	CHECK_INT(sink_written(s), 11);

	/* a line that does not fit at once: its first half goes with the reader */
	CHECK_INT(send_one(s, 12, 69000), 0);
	CHECK_INT(send_one(s, 13, 10), 0);
	CHECK_INT(read(fd, &byte, 1), 1);
	CHECK_INT(sink_watch(s, epfd, s), 0);
	close(fd);
	CHECK_INT(epoll_wait(epfd, &e, 1, 1000), 1);
	sink_pump(s);
	CHECK_INT(sink_watch(s, epfd, s), 0);
	CHECK_INT(epoll_wait(epfd, &e, 1, 0), 0); /* nobody to wait for */
	CHECK_INT(send_one(s, 14, 10), 0);
	fd = open(spec + 5, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	CHECK(fcntl(fd, F_SETPIPE_SZ, 1 << 20) > 0);
	sink_pump(s);
	CHECK_INT(whole_lines(fd), 3);

	/* gone while nothing waits to be written: noticed all the same */
	CHECK_INT(sink_watch(s, epfd, s), 0);
	CHECK_INT(epoll_wait(epfd, &e, 1, 0), 0);
	close(fd);
	CHECK_INT(epoll_wait(epfd, &e, 1, 1000), 1);
	sink_pump(s);
	CHECK(!sink_gone(s) && sink_fd(s) < 0);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	restore();
	close(epfd);
}

/* `: >FILE` and copytruncate, in the middle of a line that a full disk has cut. */
static void test_truncated(void)
{
	const char *spec = in_dir("cut");
	struct sink *s = open_sink(spec);
	struct stat st;
	int fd;

	redirect(-1);
	CHECK_INT(send_one(s, 1, 10), 0);
	limit_size(1000);
	CHECK_INT(send_one(s, 2, 2000), 0);
	CHECK(stat(spec + 5, &st) == 0 && st.st_size == 1000);
	CHECK_INT(truncate(spec + 5, 0), 0);
	limit_size(RLIM_INFINITY);
	CHECK_INT(send_one(s, 3, 10), 0);
	fd = open(spec + 5, O_RDONLY | O_CLOEXEC);
	CHECK_INT(whole_lines(fd), 2);
	CHECK_INT(said_lines(), 2); /* full, and well again */
	CHECK_INT(sink_lost(s), 0);
	CHECK_INT(sink_written(s), 3);
	sink_free(s);
	close(fd);

	/* of a redirection that does not append: no hole of zeros before the next line */
	fd = open(spec + 5, O_RDWR | O_TRUNC | O_CLOEXEC);
	dup2(fd, 1);
	s = open_sink("json");
	CHECK_INT(send_one(s, 1, 10), 0);
	CHECK_INT(ftruncate(fd, 0), 0);
	CHECK_INT(send_one(s, 2, 10), 0);
	CHECK_INT(send_one(s, 3, 10), 0);
	sink_free(s);
	restore();
	CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
	CHECK_INT(whole_lines(fd), 2);
	close(fd);
}

/* Where the standard output is a command's. */
static void test_stderr(void)
{
	struct sink *s = NULL;
	int p[2], err = dup(STDERR_FILENO);

	CHECK(make_pipe(p, 4096));
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	dup2(p[1], STDERR_FILENO);
	CHECK_INT(sink_open("json", STDERR_FILENO, &s, &fault), 0);
	CHECK_INT(send_one(s, 1, 10), 0);
	sink_free(s);
	CHECK_STR(sink_default(STDERR_FILENO), "json");
	dup2(err, STDERR_FILENO);
	CHECK_INT(whole_lines(p[0]), 1);
	CHECK_INT(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0); /* the command has it too */
	s = NULL;
	CHECK_INT(sink_open("pcap:-", STDERR_FILENO, &s, &fault), -EINVAL);
	CHECK(strstr(fault.reason, "it is the command's"));
	CHECK_STR(fault.help, "keep them in pcap:FILE");
	close(err);
	close(p[0]);
	close(p[1]);
}

static void test_specs(void)
{
	struct sink *s = NULL;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CHECK_INT(sink_open("jso", STDOUT_FILENO, &s, &fault), -EINVAL);
	CHECK_STR(fault.reason, "no output is called 'jso'; the nearest is 'json'");
	CHECK_INT(sink_open("", STDOUT_FILENO, &s, &fault), -EINVAL);
	CHECK_INT(sink_open("json:", STDOUT_FILENO, &s, &fault), -EINVAL);
	CHECK_INT(sink_open("json:/nowhere/at/all", STDOUT_FILENO, &s, &fault), -ENOENT);
	CHECK_STR(fault.reason,
		  "cannot open output 'json:/nowhere/at/all': No such file or directory");
	CHECK_INT(sink_open("text:/tmp", STDOUT_FILENO, &s, &fault), -EISDIR);
	CHECK(!s);
	redirect(null);
	CHECK_INT(sink_open("json", STDOUT_FILENO, &s, &fault), -EBADF);
	restore();
	close(null);
	CHECK_STR(sink_names()[0], "json");
	sink_free(NULL);
}

UNIT_MAIN("sink_file", { "specs", test_specs }, { "file", test_file }, { "gather", test_gather },
	  { "reopen", test_reopen }, { "full_file", test_full_file },
	  { "reopen_when_full", test_reopen_when_full }, { "stdout_to_file", test_stdout_to_file },
	  { "stderr", test_stderr }, { "fifo", test_fifo }, { "truncated", test_truncated })
