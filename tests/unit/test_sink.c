/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sinks whose readers are slow or gone. Always: no write waits, each line that
 * arrives is whole, and what arrived plus what is counted as lost is what was
 * sent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sinks.h"

static void test_pipe_not_read(void)
{
	uint64_t sent = 5000, lost, written, arrived;
	struct sink *s;
	int p[2];

	CHECK(make_pipe(p, 4096));
	redirect(p[1]);
	s = open_sink("json");
	for (uint64_t i = 0; i < sent; i++)
		CHECK(send_one(s, i, 200) <= 0);
	CHECK(sink_want_write(s) && sink_lost(s) > 0 && sink_lost(s) < sent);
	CHECK(sink_fd(s) >= 0);
	CHECK_INT(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0); /* it is not ours alone */
	CHECK_INT(said_lines(), 1);
	lost = sink_lost(s);
	CHECK_INT(sink_flush(s, 50), -EAGAIN);
	CHECK_INT(sink_lost(s), lost);

	/* the reader wakes up: what was queued arrives, in order */
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	arrived = 0;
	for (int i = 0; i < 1000 && sink_want_write(s); i++) {
		arrived += whole_lines(p[0]);
		sink_pump(s);
	}
	arrived += whole_lines(p[0]);
	written = sink_written(s);
	CHECK_INT(sink_flush(s, 50), 0);
	CHECK_INT(written + sink_lost(s), sent);
	CHECK_INT(arrived, written);
	sink_free(s);
	restore();
	close(p[0]);
	close(p[1]);
}

/* The summary still finds room in a queue that leaks have filled. */
static void test_reserve(void)
{
	struct record r = { .action = RECORD_SUMMARY };
	struct sink *s;
	int p[2];

	CHECK(make_pipe(p, 4096));
	redirect(p[1]);
	s = open_sink("json");
	while (send_one(s, 0, 0) == 0) /* shorter than the summary */
		;
	CHECK_INT(sink_write(s, &r), 0);
	sink_free(s);
	restore();
	close(p[0]);
	close(p[1]);
}

/* Lines beyond PIPE_BUF go in pieces; nothing else may come between them. */
static void test_partial_writes(void)
{
	uint64_t sent = 60, arrived;
	struct sink *s;
	int p[2], out[2];
	char buf[1000];
	ssize_t n;

	CHECK(make_pipe(p, 4096));
	CHECK(make_pipe(out, 1 << 20));
	redirect(p[1]);
	s = open_sink("json");
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	for (uint64_t i = 0; i < sent; i++) {
		CHECK_INT(send_one(s, i, i % 3 ? 10 : 30000), 0);
		n = read(p[0], buf, sizeof(buf));
		if (n > 0)
			CHECK_INT(write(out[1], buf, n), n);
	}
	for (int i = 0; i < 5000 && (n = read(p[0], buf, sizeof(buf))) > 0; i++) {
		CHECK_INT(write(out[1], buf, n), n);
		sink_pump(s);
	}
	CHECK(!sink_want_write(s));
	close(out[1]);
	arrived = whole_lines(out[0]);
	CHECK_INT(arrived, sent);
	CHECK_INT(sink_written(s), sent);
	sink_free(s);
	restore();
	close(p[0]);
	close(p[1]);
	close(out[0]);
}

static void test_closed_pipe(void)
{
	struct sink *s;
	int p[2];

	CHECK(make_pipe(p, 4096));
	redirect(p[1]);
	s = open_sink("json");
	CHECK_INT(send_one(s, 0, 10), 0);
	CHECK_INT(whole_lines((fcntl(p[0], F_SETFL, O_NONBLOCK), p[0])), 1);
	close(p[0]);
	for (int i = 1; i < 100; i++)
		CHECK_INT(send_one(s, i, 10), -EPIPE);
	CHECK_INT(sink_written(s), 1);
	CHECK_INT(sink_lost(s), 99);
	CHECK_INT(sink_fd(s), -1);
	CHECK_INT(said_lines(), 1);
	CHECK_INT(sink_flush(s, 1000), -EPIPE);
	sink_free(s);
	/* closed before we even start */
	s = open_sink("json");
	CHECK_INT(send_one(s, 0, 10), -EPIPE);
	CHECK_INT(sink_lost(s), 1);
	sink_free(s);
	restore();
	close(p[1]);
}

static void test_dev_full(void)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct sink *s;

	redirect(fd);
	for (int from_path = 0; from_path < 2; from_path++) {
		s = open_sink(from_path ? "json:/dev/full" : "json");
		for (int i = 0; i < 4000; i++)
			CHECK(send_one(s, i, 200) <= 0);
		CHECK_INT(sink_written(s), 0);
		CHECK(sink_want_write(s) && sink_lost(s) > 0);
		CHECK_INT(sink_fd(s), -1); /* epoll would refuse it */
		CHECK_INT(sink_flush(s, 1000), -ENOSPC);
		sink_free(s);
	}
	CHECK_INT(said_lines(), 4); /* once each, however many are lost; what is left at the end */
	restore();
	close(fd);
}

static void test_socket(void)
{
	uint64_t sent = 5000, arrived = 0;
	struct sink *s;
	int p[2];

	CHECK_INT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p), 0);
	redirect(p[1]);
	s = open_sink("json");
	for (uint64_t i = 0; i < sent; i++)
		CHECK(send_one(s, i, 300) <= 0);
	CHECK(sink_want_write(s) && sink_lost(s) > 0);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	CHECK_INT(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0);
	for (int i = 0; i < 1000 && sink_want_write(s); i++) {
		arrived += whole_lines(p[0]);
		sink_pump(s);
	}
	arrived += whole_lines(p[0]);
	CHECK_INT(arrived + sink_lost(s), sent);
	close(p[0]);
	CHECK(send_one(s, sent, 10) < 0);
	sink_free(s);
	restore();
	close(p[1]);
}

static void test_watch(void)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC), p[2];
	struct epoll_event e;
	struct sink *s;
	char buf[4096];

	CHECK(make_pipe(p, 4096));
	redirect(p[1]);
	s = open_sink("json");
	CHECK_INT(send_one(s, 0, 10), 0);
	CHECK_INT(sink_watch(s, epfd, s), 0);
	CHECK_INT(epoll_wait(epfd, &e, 1, 0), 0); /* nothing queued */
	for (int i = 0; i < 100; i++)
		CHECK(send_one(s, i, 10) <= 0);
	CHECK_INT(sink_watch(s, epfd, s), 0);
	CHECK_INT(sink_watch(s, epfd, s), 0);
	CHECK_INT(epoll_wait(epfd, &e, 1, 0), 0); /* full */
	CHECK(read(p[0], buf, sizeof(buf)) > 0);
	CHECK_INT(epoll_wait(epfd, &e, 1, 1000), 1);
	CHECK(e.data.ptr == s);
	close(p[0]);
	sink_pump(s);
	CHECK_INT(sink_watch(s, epfd, s), 0);
	CHECK_INT(epoll_wait(epfd, &e, 1, 0), 0); /* dead, and quiet */
	sink_free(s);
	restore();
	close(p[1]);
	close(epfd);
}

/* Output that the inherited description must serve: no /proc to reopen it by. */
static void test_without_proc(void)
{
	uint64_t arrived = 0;
	struct sink *s;
	int p[2];

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0)
		SKIP("needs root to hide /proc");
	CHECK(make_pipe(p, 4096));
	redirect(p[1]);
	s = open_sink("json");
	for (int i = 0; i < 3000; i++)
		CHECK(send_one(s, i, i % 50 ? 300 : 9000) <= 0);
	CHECK(sink_want_write(s));
	CHECK_INT(fcntl(p[1], F_GETFL) & O_NONBLOCK, 0);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	FILE *all = tmpfile();
	char buf[4096];
	ssize_t n;

	while ((n = read(p[0], buf, sizeof(buf))) > 0) {
		fwrite(buf, 1, n, all);
		sink_pump(s);
	}
	fflush(all);
	lseek(fileno(all), 0, SEEK_SET);
	arrived = whole_lines(fileno(all));
	fclose(all);
	CHECK(!sink_want_write(s));
	CHECK_INT(arrived + sink_lost(s), 3000);
	sink_free(s);
	restore();
	close(p[0]);
	close(p[1]);
	umount("/proc");
}

UNIT_MAIN("sink", { "pipe_not_read", test_pipe_not_read }, { "reserve", test_reserve },
	  { "partial_writes", test_partial_writes }, { "closed_pipe", test_closed_pipe },
	  { "dev_full", test_dev_full }, { "socket", test_socket }, { "watch", test_watch },
	  { "without_proc", test_without_proc })
