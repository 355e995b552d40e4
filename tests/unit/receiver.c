/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "receiver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/util.h"

struct receiver_got got;

int listener = -1, conn = -1;

void forget(void)
{
	memset(&got, 0, sizeof(got));
	got.ordered = got.whole = true;
	got.last = -1;
}

int listen_tcp(uint16_t *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(*port) };
	socklen_t len = sizeof(a);
	int one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 8) ||
	    getsockname(listener, (struct sockaddr *)&a, &len))
		return -errno;
	*port = ntohs(a.sin_port);
	return 0;
}

int bind_unix(const char *path, int type)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	listener = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) ||
	    (type == SOCK_STREAM && listen(listener, 8)))
		return -errno;
	return 0;
}

static void note(const char *line, size_t len)
{
	const char *at = memmem(line, len, "\"sequence\":", 11);
	int64_t n = at ? atoll(at + 11) : -1;

	got.lines++;
	if (n < 0 || n >= EVENTS_MAX || line[len - 1] != '}' || !memchr(line, '{', len)) {
		got.whole = false;
		return;
	}
	got.ordered &= n > got.last;
	got.last = n;
	got.distinct += !got.times[n];
	got.times[n] = 1;
}

static void take_lines(void)
{
	char *end, *from = got.buf;

	while ((end = memchr(from, '\n', got.len - (size_t)(from - got.buf)))) {
		note(from, (size_t)(end - from));
		from = end + 1;
	}
	got.len -= (size_t)(from - got.buf);
	memmove(got.buf, from, got.len);
}

void receive(size_t most)
{
	ssize_t n = 0;

	if (conn < 0) {
		conn = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		got.len = 0;
		got.last = -1;
	}
	while (conn >= 0 && most &&
	       (n = read(conn, got.buf + got.len, MIN(most, sizeof(got.buf) - got.len))) > 0) {
		got.len += (size_t)n;
		most -= MIN(most, (size_t)n);
		take_lines();
	}
	if (conn >= 0 && !n && most) {
		close(conn);
		conn = -1;
	}
}

void receive_datagrams(unsigned int most)
{
	ssize_t n;

	while (most-- && (n = recv(listener, got.buf, sizeof(got.buf), 0)) > 0)
		note(got.buf, (size_t)n);
}

void stop(void)
{
	closep(&conn);
	closep(&listener);
	conn = listener = -1;
}

void run(struct sink *s, unsigned int expected, int ms, bool datagrams)
{
	int64_t end = ktime_ms() + ms;

	while (got.distinct < expected && ktime_ms() < end) {
		sink_pump(s);
		if (datagrams)
			receive_datagrams(1000);
		else
			receive(SIZE_MAX);
		poll(NULL, 0, 1);
	}
}

unsigned int sent;

void send_some(struct sink *s, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		CHECK(send_one(s, sent++, 300) <= 0);
}

void check_all(struct sink *s)
{
	CHECK_INT(got.distinct + sink_lost(s), sent);
	CHECK(got.whole);
	CHECK(got.ordered);
}
