/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The outputs of metrics: a file that is replaced as a whole, and a listener that only shows. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sinks.h"

static void fill(void *arg, struct metrics *ret)
{
	static int calls;

	(void)arg;
	ret->version = "1";
	ret->flows = (uint64_t)++calls;
}

static const struct metrics_source source = { .fill = fill };

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", test_dir(), name);
	return path;
}

static struct sink *open_with(const char *spec)
{
	struct sink *s = open_sink(spec);

	if (s)
		sink_set_metrics(s, &source);
	return s;
}

static int open_fails(const char *spec, const char *why)
{
	struct fault f = { 0 };
	struct sink *s = NULL;
	int r = sink_open(spec, STDOUT_FILENO, &s, &f);

	sink_free(s);
	if (!CHECK(r < 0 && strstr(f.reason, why)))
		printf("# %s: %s\n", spec, f.reason);
	return r;
}

/* --- the file --- */

static bool file_has(const char *name, const char *words)
{
	char buf[1 << 16];
	FILE *f = fopen(path_of(name), "re");
	size_t n = f ? fread(buf, 1, sizeof(buf) - 1, f) : 0;

	if (f)
		fclose(f);
	buf[n] = '\0';
	return strstr(buf, words) != NULL;
}

/* Whoever has it open reads the old one to its end, and the next one is another file. */
static void test_file_is_replaced(void)
{
	char spec[512], old[64] = "";
	struct stat first, second;
	mode_t mask = umask(0077);
	struct sink *s;
	int fd;

	snprintf(spec, sizeof(spec), "metrics:%s", path_of("m.prom"));
	s = open_with(spec);
	CHECK(access(path_of("m.prom"), F_OK) != 0);
	CHECK_INT(sink_flush(s, 0), 0);
	fd = open(path_of("m.prom"), O_RDONLY);
	CHECK(!fstat(fd, &first) && (first.st_mode & 07777) == 0644);
	CHECK_INT(sink_flush(s, 0), 0);
	CHECK(!stat(path_of("m.prom"), &second) && first.st_ino != second.st_ino);
	CHECK(read(fd, old, sizeof(old) - 1) > 0 &&
	      !strncmp(old, "# HELP leakaudit_build_info", 27));
	CHECK(file_has("m.prom", "\nleakaudit_flows_total 2\n"));
	CHECK(access(path_of("m.prom.tmp"), F_OK) != 0);
	close(fd);
	sink_free(s);
	umask(mask);
}

/* A directory that is gone is told once, and that it is back. */
static void test_file_error_is_told_and_healed(void)
{
	char spec[512], dir[128];
	struct sink *s;

	snprintf(dir, sizeof(dir), "%s", path_of("dir"));
	snprintf(spec, sizeof(spec), "metrics:%s/m.prom", dir);
	redirect(-1);
	open_fails(spec, "No such file");
	mkdir(dir, 0755);
	s = open_with(spec);
	rmdir(dir);
	for (int i = 0; i < 3; i++)
		CHECK_INT(sink_flush(s, 0), 0); /* it says itself what is wrong */
	CHECK_INT(said_lines(), 1);
	mkdir(dir, 0755);
	for (int i = 0; i < 3; i++)
		CHECK_INT(sink_flush(s, 0), 0);
	CHECK_INT(said_lines(), 2);
	sink_free(s);
	restore();
}

static void test_file_that_cannot_be(void)
{
	char spec[512];

	open_fails("metrics", "lacks the name of a file");
	open_fails("metrics:/dev/null", "no regular file");
	open_fails("metrics:/tmp/leakaudit.txt", "end in .prom");
	open_fails("metrics:.prom", "end in .prom");
	snprintf(spec, sizeof(spec), "metrics:%s", test_dir());
	open_fails(spec, "no regular file");
	/* what others have put in the way */
	CHECK_INT(symlink("/etc/passwd", path_of("l.prom.tmp")), 0);
	if (!geteuid() && !lchown(path_of("l.prom.tmp"), 65534, 65534)) {
		snprintf(spec, sizeof(spec), "metrics:%s", path_of("l.prom"));
		open_fails(spec, "symbolic link of user 65534");
	}
}

/* --- the listener --- */

static int dial(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&a, sizeof(a))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What comes back until it is closed, or for so long; the sink never keeps us waiting. */
static const char *ask(struct sink *s, const char *path, const char *request, size_t len,
		       int64_t most_ms)
{
	static char answer[1 << 16];
	struct pollfd p = { .events = POLLIN };
	size_t got = 0;
	int64_t began = ktime_ms(), before;
	ssize_t n = 1;

	p.fd = dial(path);
	if (p.fd < 0 || send(p.fd, request, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		n = 0;
	while (n > 0 && ktime_ms() - began < most_ms && got < sizeof(answer) - 1) {
		before = ktime_ms();
		sink_pump(s);
		CHECK(ktime_ms() - before < WAIT_MS);
		if (poll(&p, 1, 5) <= 0)
			continue;
		n = recv(p.fd, answer + got, sizeof(answer) - 1 - got, 0);
		got += n > 0 ? (size_t)n : 0;
		if (memmem(answer, got, "# EOF\n", 6))
			break;
	}
	answer[got] = '\0';
	close(p.fd);
	return answer;
}

static const char *ask_str(struct sink *s, const char *path, const char *request)
{
	return ask(s, path, request, strlen(request), 5000);
}

#define GOOD "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

static struct sink *listen_with(const char *options, char path[128])
{
	char spec[512];
	struct sink *s;

	snprintf(path, 128, "%s", path_of("http"));
	snprintf(spec, sizeof(spec), "http:unix:%s%s", path, options);
	s = open_with(spec);
	return s;
}

static bool can_listen;

static void note_library(void *arg, const char *sink, const char *library, bool built)
{
	(void)arg;
	(void)library;
	can_listen |= built && !strcmp(sink, "http");
}

static void test_listener(void)
{
	char path[128];
	const char *got;
	struct stat st;
	struct sink *s;

	sink_libraries(note_library, NULL);
	if (!can_listen) {
		CHECK_INT(open_fails("http:9464", "lacks libmicrohttpd"), -ENOSYS);
		SKIP("built without libmicrohttpd");
	}
	s = listen_with("", path);
	if (!CHECK(s != NULL))
		return;
	CHECK(!stat(path, &st) && (st.st_mode & 07777) == 0660);
	got = ask_str(s, path, GOOD);
	CHECK(!strncmp(got, "HTTP/1.1 200 OK\r\n", 17));
	CHECK(strstr(got, "application/openmetrics-text; version=1.0.0; charset=utf-8\r\n") !=
	      NULL);
	CHECK(strstr(got, "Content-Security-Policy: default-src 'none'") != NULL);
	CHECK(strstr(got, "nosniff\r\n") != NULL);
	CHECK(strstr(got, "\nleakaudit_flows_total ") != NULL);
	got = ask_str(s, path, "GET /metrics HTTP/1.0\r\nAccept: text/plain\r\n\r\n");
	CHECK(strstr(got, "text/plain; version=0.0.4; charset=utf-8\r\n") && !strstr(got, "# EOF"));
	got = ask_str(s, path, "HEAD /metrics HTTP/1.0\r\n\r\n");
	CHECK(!strncmp(got, "HTTP/1.", 7) && strstr(got, " 200 OK") && !strstr(got, "leakaudit_"));
	CHECK(strstr(ask_str(s, path, "GET /../etc/passwd HTTP/1.0\r\n\r\n"), " 404 ") != NULL);
	CHECK(strstr(ask_str(s, path, "DELETE /metrics HTTP/1.0\r\n\r\n"), " 405 ") != NULL);
	sink_free(s);
	CHECK(access(path, F_OK) != 0);
}

static int dial_and_wait(struct sink *s, const char *path)
{
	int fd = dial(path);

	CHECK(fd >= 0);
	sink_pump(s); /* it is taken from the queue of those that have not been accepted */
	return fd;
}

/* After each of them, and while many others wait, it answers who asks well. */
static void test_listener_is_asked_badly(void)
{
	static char long_header[1 << 17] = "GET / HTTP/1.1\r\nHost: localhost\r\nX: ";
	static const char *const bad[] = {
		"",
		"\r\n\r\n",
		"GET",
		"\x16\x03\x01\x02\x00\x01",
		"GET / HTTP/9.9\r\n\r\n",
		"GET /metrics HTTP/1.1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\nxx",
		"GET /%00%ff%0a HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET http://evil/metrics HTTP/1.1\r\n: \r\n\r\n",
	};
	int idle[48];
	char path[128];
	struct sink *s;

	if (!can_listen)
		SKIP("built without libmicrohttpd");
	s = listen_with("", path);
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		idle[i] = dial_and_wait(s, path);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ask(s, path, bad[i], strlen(bad[i]), 50);
		if (!CHECK(strstr(ask_str(s, path, GOOD), "# EOF")))
			printf("# after %zu\n", i);
	}
	memset(long_header + strlen(long_header), 'x',
	       sizeof(long_header) - strlen(long_header) - 1);
	ask(s, path, long_header, sizeof(long_header) - 1, 50);
	CHECK(strstr(ask_str(s, path, GOOD), "# EOF") != NULL);
	sink_free(s); /* with all of them */
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
		close(idle[i]);
}

static void write_token(const char *name, const char *token, mode_t mode)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	CHECK(write(fd, token, strlen(token)) == (ssize_t)strlen(token) && !fchmod(fd, mode));
	close(fd);
}

static void test_token(void)
{
	char path[128], option[512];
	struct sink *s;

	if (!can_listen)
		SKIP("built without libmicrohttpd");
	write_token("token", "s3cret\n", 0600);
	snprintf(option, sizeof(option), ",token=%s", path_of("token"));
	s = listen_with(option, path);
	CHECK(strstr(ask_str(s, path, GOOD), " 401 ") != NULL);
	CHECK(strstr(ask_str(s, path,
			     "GET /metrics HTTP/1.0\r\nAuthorization: Bearer s3cre\r\n\r\n"),
		     " 401 ") != NULL);
	CHECK(strstr(ask_str(s, path,
			     "GET /events HTTP/1.0\r\nAuthorization: Basic s3cret\r\n\r\n"),
		     " 401 ") != NULL);
	CHECK(strstr(ask_str(s, path,
			     "GET /metrics HTTP/1.0\r\nAuthorization: bearer s3cret\r\n\r\n"),
		     " 200 ") != NULL);
	snprintf(option, sizeof(option), "http:unix:%s", path);
	open_fails(option, "Address already in use");
	sink_free(s);
	write_token("open", "s3cret", 0604);
	snprintf(option, sizeof(option), "http:unix:%s,token=%s", path, path_of("open"));
	open_fails(option, "can be read by everyone");
	write_token("empty", "\n", 0600);
	snprintf(option, sizeof(option), "http:unix:%s,token=%s", path, path_of("empty"));
	open_fails(option, "there is no token");
	open_fails("http", "lacks the place to listen");
	open_fails("http:9464,tokn=x", "the nearest is 'token");
	open_fails("http:example.org:80", "names are not looked up");
}

UNIT_MAIN("sink_metrics", { "file_is_replaced", test_file_is_replaced },
	  { "file_error_is_told_and_healed", test_file_error_is_told_and_healed },
	  { "file_that_cannot_be", test_file_that_cannot_be }, { "listener", test_listener },
	  { "listener_is_asked_badly", test_listener_is_asked_badly }, { "token", test_token })
