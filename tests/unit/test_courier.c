/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs with connections, and their receivers: these go, come back, and are real sockets. Each
 * event arrives at least once or is counted as lost, each line is whole, and their order is kept.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/util.h"
#include "sinks.h"

#define EVENTS_MAX 20000

/* What receivers have got, all of one test together. */
static struct {
	unsigned char times[EVENTS_MAX];
	unsigned int distinct, lines;
	int64_t last; /* of this connection */
	bool ordered, whole;
	size_t len;
	char buf[1 << 20];
} got;

static int listener = -1, conn = -1;

static void forget(void)
{
	memset(&got, 0, sizeof(got));
	got.ordered = got.whole = true;
	got.last = -1;
}

static int listen_tcp(uint16_t *port)
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

static int bind_unix(const char *path, int type)
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

/* Accepts, and reads what is there, but at most so many bytes. */
static void receive(size_t most)
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

static void receive_datagrams(unsigned int most)
{
	ssize_t n;

	while (most-- && (n = recv(listener, got.buf, sizeof(got.buf), 0)) > 0)
		note(got.buf, (size_t)n);
}

static void stop(void)
{
	closep(&conn);
	closep(&listener);
	conn = listener = -1;
}

/* Goes on for so long, or until all have arrived. */
static void run(struct sink *s, unsigned int expected, int ms, bool datagrams)
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

static unsigned int sent;

static void send_some(struct sink *s, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		CHECK(send_one(s, sent++, 300) <= 0);
}

static void check_all(struct sink *s)
{
	CHECK_INT(got.distinct + sink_lost(s), sent);
	CHECK(got.whole);
	CHECK(got.ordered);
}

static void spec_of(char spec[256], uint16_t port, const char *options)
{
	snprintf(spec, 256, "tcp:localhost:%u%s", port, options);
}

/* Its receiver is killed with what it has not read, and comes again. */
static void test_receiver_returns(void)
{
	char spec[256], options[100];
	uint16_t port = 0;
	struct sink *s;

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	snprintf(options, sizeof(options), ",spool=%s/returns", test_dir());
	spec_of(spec, port, options);
	redirect(-1);
	s = open_sink(spec);
	send_some(s, 1000);
	run(s, 500, 2000, false);
	send_some(s, 3000);
	receive(100000); /* much is left */
	stop();
	send_some(s, 3000);
	sink_pump(s);
	CHECK_INT(said_lines(), 1);
	CHECK(got.distinct < 3000);
	CHECK_INT(listen_tcp(&port), 0);
	send_some(s, 1000);
	run(s, sent, 4000, false);
	CHECK_INT(said_lines(), 2);
	check_all(s);
	CHECK_INT(sink_lost(s), 0);
	CHECK(got.lines < sent + sent / 2); /* not all of it again */
	CHECK_INT(sink_flush(s, 100), 0);
	sink_free(s);
	restore();
	stop();
}

/* Without a spool on disk 1 MiB waits; what is past it is counted. */
static void test_bound(void)
{
	char spec[256];
	uint16_t port = 0;
	struct sink *s;

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	stop();
	spec_of(spec, port, "");
	redirect(-1);
	s = open_sink(spec);
	send_some(s, 5000);
	CHECK(sink_lost(s) > 3000 && sink_lost(s) < 4500);
	CHECK(sink_want_write(s));
	CHECK_INT(listen_tcp(&port), 0);
	run(s, sent - (unsigned int)sink_lost(s), 4000, false);
	check_all(s);
	sink_flush(s, 100);
	CHECK(!sink_want_write(s));
	sink_free(s);
	restore();
	stop();
}

/* Whoever can wait loses nothing, however slowly its receiver begins: memory holds 1 MiB. */
static void test_pace(void)
{
	char spec[256];
	uint16_t port = 0;
	struct sink *s;
	int status = -1;
	pid_t reader;

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	reader = fork();
	if (!reader) {
		poll(NULL, 0, 300);
		for (int64_t end = ktime_ms() + 20000; got.distinct < 15000 && ktime_ms() < end;) {
			receive(SIZE_MAX);
			poll(NULL, 0, 1);
		}
		_exit(got.distinct != 15000 || !got.ordered || !got.whole);
	}
	spec_of(spec, port, "");
	redirect(-1);
	s = open_sink(spec);
	while (s && sent < 15000) {
		CHECK_INT(send_one(s, sent++, 500), 0);
		sink_pace(s, 10000);
	}
	CHECK_INT(sink_flush(s, 10000), 0);
	CHECK(waitpid(reader, &status, 0) == reader && !status);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	restore();
	stop();
}

/* What a run could not bring is brought by the next one. */
static void test_next_run(void)
{
	char spec[256], options[100];
	uint16_t port = 0;
	struct sink *s;

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	snprintf(options, sizeof(options), ",spool=%s/next,size=2M", test_dir());
	spec_of(spec, port, options);
	redirect(-1);
	s = open_sink(spec);
	send_some(s, 1000);
	run(s, 1000, 2000, false);
	stop();
	send_some(s, 2000);
	CHECK_INT(sink_flush(s, 10), -EAGAIN);
	CHECK(!sink_want_write(s));
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	CHECK_INT(listen_tcp(&port), 0);
	s = open_sink(spec);
	run(s, sent, 4000, false);
	check_all(s);
	CHECK(got.lines < sent + 1000);
	sink_flush(s, 100);
	sink_free(s);
	/* all has arrived: there is nothing for a third one */
	forget();
	s = open_sink(spec);
	run(s, 1, 200, false);
	CHECK_INT(got.lines, 0);
	sink_free(s);
	restore();
	stop();
}

static void test_unix_stream(void)
{
	char path[100], spec[120];
	struct sink *s;

	forget();
	sent = 0;
	snprintf(path, sizeof(path), "%s/stream", test_dir());
	snprintf(spec, sizeof(spec), "unix:%s", path);
	redirect(-1);
	s = open_sink(spec); /* before its receiver is there */
	send_some(s, 500);
	CHECK_INT(bind_unix(path, SOCK_STREAM), 0);
	run(s, sent, 3000, false);
	send_some(s, 700);
	receive(50000);
	stop();
	send_some(s, 100);
	CHECK_INT(bind_unix(path, SOCK_STREAM), 0);
	run(s, sent, 4000, false);
	check_all(s);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	restore();
	stop();
}

/* A local syslog daemon that restarts. */
static void test_datagrams(void)
{
	char path[100], spec[120];
	struct sink *s;

	forget();
	sent = 0;
	snprintf(path, sizeof(path), "%s/log", test_dir());
	snprintf(spec, sizeof(spec), "syslog:%s", path);
	CHECK_INT(bind_unix(path, SOCK_DGRAM), 0);
	redirect(-1);
	s = open_sink(spec);
	send_some(s, 300);
	run(s, 200, 2000, true);
	send_some(s, 50);
	receive_datagrams(3);
	stop();
	send_some(s, 300);
	CHECK_INT(bind_unix(path, SOCK_DGRAM), 0);
	got.last = -1;
	run(s, sent, 4000, true);
	check_all(s);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	restore();
	stop();
}

static void test_udp_returns(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	char spec[120];
	struct sink *s;

	forget();
	sent = 0;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(listener, (struct sockaddr *)&a, len), 0);
	CHECK_INT(getsockname(listener, (struct sockaddr *)&a, &len), 0);
	snprintf(spec, sizeof(spec), "syslog:127.0.0.1:%u/udp", ntohs(a.sin_port));
	redirect(-1);
	s = open_sink(spec);
	send_some(s, 50); /* what a socket's buffer holds */
	run(s, sent, 2000, true);
	stop();
	send_some(s, 50);
	listener = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	CHECK_INT(bind(listener, (struct sockaddr *)&a, len), 0);
	got.last = -1;
	run(s, sent, 4000, true);
	check_all(s);
	CHECK_INT(sink_lost(s), 0);
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

static void test_usage(void)
{
	static const char *const wrong[] = {
		"tcp",
		"tcp:host",
		"tcp:host:0",
		"tcp:host:70000",
		"tcp:::1:5",
		"tcp:[::1:5",
		"tcp::5",
		"tcp:h:5,spol=/x",
		"tcp:h:5,size=1",
		"syslog:h:514",
		"syslog:h/udp",
		"syslog:/dev/log,ca=/x",
		"unix",
		"syslog:h:5/tls,ca=/none",
	};
	struct fault f;
	struct sink *s;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		fault_clear(&f);
		CHECK(sink_open(wrong[i], STDOUT_FILENO, &s, &f) < 0);
		CHECK(f.reason[0]);
	}
}

UNIT_MAIN("courier", { "receiver_returns", test_receiver_returns }, { "bound", test_bound },
	  { "pace", test_pace }, { "next_run", test_next_run }, { "unix_stream", test_unix_stream },
	  { "datagrams", test_datagrams }, { "udp_returns", test_udp_returns },
	  { "no_such_host", test_no_such_host }, { "usage", test_usage })
