/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of receivers that go, refuse, do not read or do not exist, and what becomes of the
 * connection. */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/util.h"
#include "receiver.h"
#include "report/sink_ops.h"

/* One that reads what there is and closes, each time: it is not away, and is not waited for as
 * such. */
static void test_receiver_closes_each_time(void)
{
	char spec[64];
	uint16_t port = 0;
	struct sink *s;

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	snprintf(spec, sizeof(spec), "tcp:localhost:%u", port);
	redirect(-1);
	s = open_sink(spec);
	for (int i = 0; i < 8; i++) {
		send_some(s, 1);
		run(s, sent, 15000, false);
		closep(&conn);
		conn = -1;
		for (int64_t end = ktime_ms() + 5000;
		     said_lines() < 2 * (size_t)i + 1 && ktime_ms() < end; poll(NULL, 0, 1))
			sink_pump(s);
	}
	check_all(s);
	CHECK_INT(got.lines, sent);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	restore();
	stop();
}

static bool pump_until_said(struct sink *s, const char *words)
{
	for (int64_t end = ktime_ms() + 30000; !has_said(words) && ktime_ms() < end;
	     poll(NULL, 0, 1))
		sink_pump(s);
	return has_said(words);
}

/* What keeps it away changes: each reason is told once. */
static void test_each_reason_is_told(void)
{
	char path[100], spec[120];
	struct sink *s;

	snprintf(path, sizeof(path), "%s/reasons", test_dir());
	snprintf(spec, sizeof(spec), "unix:%s", path);
	redirect(-1);
	s = open_sink(spec);
	if (CHECK(s != NULL)) {
		CHECK(pump_until_said(s, "No such file or directory; events wait"));
		CHECK_INT(bind_unix(path, SOCK_DGRAM), 0);
		CHECK(pump_until_said(s, "Protocol wrong type for socket; events wait"));
		stop();
		CHECK(pump_until_said(s, "Connection refused; events wait"));
		unlink(path);
		for (int64_t end = ktime_ms() + 2500; ktime_ms() < end; poll(NULL, 0, 1))
			sink_pump(s); /* it is tried again */
		CHECK_INT(said_lines(), 3);
		sink_free(s);
	}
	restore();
}

static int fd_of(const struct sink *s)
{
	uint32_t events;

	return s->ops->interest(s, &events);
}

/* ms after which the kernel gives the connection up. */
static int patience(const struct sink *s)
{
	int ms = -1;
	socklen_t len = sizeof(ms);

	getsockopt(fd_of(s), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &len);
	return ms;
}

/* Whoever stops reading keeps his connection, however long that takes, and it is said. */
static void test_receiver_does_not_read(void)
{
	char spec[64];
	int small = 4096;
	uint16_t port = 0;
	struct sink *s;

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	CHECK_INT(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	snprintf(spec, sizeof(spec), "tcp:localhost:%u", port);
	redirect(-1);
	s = open_sink(spec);
	send_some(s, 1);
	run(s, sent, 15000, false);
	CHECK(patience(s) > 0);
	CHECK_INT(setsockopt(fd_of(s), SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	send_some(s, 500);
	CHECK(pump_until_said(s, "its receiver does not read; events wait in memory"));
	CHECK_INT(patience(s), 0);
	CHECK_INT(said_lines(), 1);
	run(s, sent, 15000, false);
	check_all(s);
	CHECK_INT(got.lines, sent);
	CHECK(pump_until_said(s, "its receiver is back; lost meanwhile: 0"));
	for (int64_t end = ktime_ms() + 10000; patience(s) <= 0 && ktime_ms() < end;
	     poll(NULL, 0, 1))
		sink_pump(s); /* it has room again */
	CHECK(patience(s) > 0);
	sink_free(s);
	restore();
	stop();
}

/* Said once, while it goes on; no name is asked for outside of this machine. */
static void test_no_such_host(void)
{
	struct sink *s;

	forget();
	sent = 0;
	redirect(-1);
	s = open_sink("tcp:no..such:1");
	if (CHECK(s != NULL)) {
		send_some(s, 1);
		for (int i = 0; i < 2000 && !said_lines(); i++) {
			sink_pump(s);
			poll(NULL, 0, 1);
		}
		CHECK_INT(said_lines(), 1);
		CHECK_INT(sink_flush(s, 10), -EAGAIN);
		sink_free(s);
	}
	restore();
}

UNIT_MAIN("conn", { "receiver_closes_each_time", test_receiver_closes_each_time },
	  { "each_reason_is_told", test_each_reason_is_told },
	  { "receiver_does_not_read", test_receiver_does_not_read },
	  { "no_such_host", test_no_such_host })
