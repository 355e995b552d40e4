/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Outputs with connections, and their receivers: these go, come back, and are real sockets. Each
 * event arrives at least once or is counted as lost, each line is whole, and their order is kept.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "receiver.h"

/* Closes the sink, while its receiver reads on, and closes the connection in turn. */
static void end_in_order(struct sink *s)
{
	pid_t reader = fork();

	if (!reader) {
		while (conn >= 0) {
			receive(SIZE_MAX);
			poll(NULL, 0, 1);
		}
		_exit(0);
	}
	closep(&conn);
	conn = -1;
	sink_free(s);
	waitpid(reader, NULL, 0);
}

static void spec_of(char spec[256], uint16_t port, const char *options)
{
	snprintf(spec, 256, "tcp:localhost:%u%s", port, options);
}

/* A sink to a receiver that listens; spool: its name, and more options. */
static struct sink *open_spooled(char spec[256], uint16_t *port, const char *spool)
{
	char options[100];

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(port), 0);
	snprintf(options, sizeof(options), ",spool=%s/%s", test_dir(), spool);
	spec_of(spec, *port, options);
	redirect(-1);
	return open_sink(spec);
}

/* Its receiver is killed with what it has not read, and comes again. */
static void test_receiver_returns(void)
{
	char spec[256];
	uint16_t port = 0;
	struct sink *s = open_spooled(spec, &port, "returns");

	send_some(s, 500);
	run(s, 500, 2000, false);
	send_some(s, 3000);
	receive(100000); /* much is left */
	stop();
	send_some(s, 3000);
	sink_pump(s);
	CHECK_INT(said_lines(), 1);
	CHECK(got.distinct < 3000);
	CHECK_INT(listen_tcp(&port), 0);
	send_some(s, 500);
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

/* Whoever can wait does so for five seconds in all, and not each time anew. */
static void test_pace_without_a_receiver(void)
{
	struct sink *s;
	int64_t began;

	sent = 0;
	redirect(-1);
	s = open_sink("tcp:127.0.0.1:1");
	began = ktime_ms();
	while (s && sent < 5000) {
		send_one(s, sent++, 500);
		for (int64_t end = ktime_ms() + 20000; ktime_ms() < end;)
			if (sink_pace(s, 250) != -EAGAIN)
				break;
	}
	CHECK(ktime_ms() - began >= 5000 && ktime_ms() - began < 20000);
	CHECK(sink_lost(s) > 2000);
	CHECK_INT(sink_flush(s, 10000), -ENOTCONN);
	sink_free(s);
	restore();
}

/* What a run could not bring is brought by the next one. */
static void test_next_run(void)
{
	char spec[256];
	uint16_t port = 0;
	struct sink *s = open_spooled(spec, &port, "next,size=2M");

	send_some(s, 500);
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
	end_in_order(s);
	/* all has arrived: there is nothing for a third one */
	forget();
	s = open_sink(spec);
	run(s, 1, 200, false);
	CHECK_INT(got.lines, 0);
	sink_free(s);
	restore();
	stop();
}

/* At its end all is with the receiver's kernel, and its receiver is killed before it reads that. */
static void test_unread_at_the_end(void)
{
	char spec[256];
	uint16_t port = 0;
	struct sink *s = open_spooled(spec, &port, "unread,size=2M");

	run(s, 1, 50, false); /* connects */
	send_some(s, 100);
	CHECK_INT(sink_flush(s, 2000), 0);
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	stop();
	CHECK_INT(listen_tcp(&port), 0);
	s = open_sink(spec);
	run(s, sent, 4000, false);
	check_all(s);
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
		"syslog:h:5/tls,key=/dev/null",
		"syslog:h:5/tls,cert=/dev/null",
		"syslog:h:5/tcp,cert=/dev/null",
		"otlp:https://h,ca=/none",
		"otlp:http://h:99999",
		"otlp:http://[::1",
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
	  { "pace", test_pace }, { "pace_without_a_receiver", test_pace_without_a_receiver },
	  { "next_run", test_next_run }, { "unread_at_the_end", test_unread_at_the_end },

	  { "unix_stream", test_unix_stream }, { "datagrams", test_datagrams },
	  { "udp_returns", test_udp_returns }, { "usage", test_usage })
