/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output otlp, and a collector that gives each answer that one may give. */
#define _GNU_SOURCE
#include "sinks.h"

#ifdef HAVE_libcurl
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "base/util.h"
#include "receiver.h"

static char request[1 << 20];
static size_t length;

/* Whether a whole request has come, which is then forgotten. */
static bool has_request(void)
{
	const char *body, *size;
	ssize_t n;

	if (conn < 0) {
		conn = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		length = 0;
	}
	if (conn < 0)
		return false;
	n = read(conn, request + length, sizeof(request) - 1 - length);
	if (!n)
		closep(&conn);
	if (!n)
		conn = -1;
	length += n > 0 ? (size_t)n : 0;
	request[length] = '\0';
	body = strstr(request, "\r\n\r\n");
	size = strstr(request, "Content-Length: ");
	if (!body || !size || length - (size_t)(body + 4 - request) < strtoul(size + 16, NULL, 10))
		return false;
	length = 0;
	return true;
}

/* Waits for a request, and answers. */
static bool answer(struct sink *s, const char *status, const char *headers, const char *body,
		   size_t len)
{
	char head[512];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status,
			 headers, len);

	for (int64_t end = ktime_ms() + 20000; !has_request(); poll(NULL, 0, 1)) {
		sink_pump(s);
		if (ktime_ms() >= end)
			return false;
	}
	return send(conn, head, (size_t)n, MSG_NOSIGNAL) == n &&
	       send(conn, body, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool plainly(struct sink *s, const char *status, const char *headers)
{
	return answer(s, status, headers, "{}", 2);
}

/* Until all is with its collector, or was refused by it. */
static bool settles(struct sink *s, uint64_t written, uint64_t lost)
{
	for (int64_t end = ktime_ms() + 20000; ktime_ms() < end; poll(NULL, 0, 1)) {
		sink_pump(s);
		if (sink_written(s) == written && sink_lost(s) == lost)
			return true;
	}
	return false;
}

static struct sink *open_otlp(void)
{
	uint16_t port = 0;
	char spec[64];

	forget();
	sent = 0;
	CHECK_INT(listen_tcp(&port), 0);
	snprintf(spec, sizeof(spec), "otlp:http://127.0.0.1:%u", port);
	redirect(-1);
	return open_sink(spec);
}

static void end(struct sink *s)
{
	sink_free(s);
	restore();
	stop();
}

/* Answers of the place or of who we are, and of whoever is no collector, lose nothing: the events
 * wait, and it is said what helps. */
static void test_wrong_place(void)
{
	static const struct {
		const char *status, *headers, *body, *said;
	} answers[] = {
		{ "404 Not Found", "", "{}", "404: no collector listens at this path" },
		{ "308 Permanent Redirect", "Location: http://127.0.0.1:1/other\r\n", "{}",
		  "308: name the URL that it leads to" },
		{ "401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "{}",
		  "401: its collector, or a proxy before it, does not let us in" },
		{ "405 Method Not Allowed", "", "", "405: what listens at this path is no coll" },
		{ "410 Gone", "", "", "410: no collector listens at this path any more" },
		{ "415 Unsupported Media Type", "", "", "415: what listens at this path takes no" },
		{ "421 Misdirected Request", "", "", "421: name the host as its collector does" },
		{ "451 Unavailable For Legal Reasons", "", "",
		  "451: a proxy before its collector" },
		{ "501 Not Implemented", "", "", "501: what listens there is no collector" },
		{ "511 Network Authentication Required", "", "", "511: the network asks for a" },
		{ "200 OK", "Content-Type: text/html\r\n", " \r\n<!DOCTYPE html><p>Log in",
		  "200: a page came and no collector's answer" },
		{ "400 Bad Request", "", "\xef\xbb\xbf<html>plain HTTP to an HTTPS port",
		  "400: a page came and no collector's answer" },
		{ "400 Bad Request", "", "Client sent an HTTP request to an HTTPS server.\n",
		  "400: it wants https://" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct sink *s = open_otlp();

		if (!CHECK(s != NULL))
			return;
		send_some(s, 3);
		CHECK(answer(s, answers[i].status, answers[i].headers, answers[i].body,
			     strlen(answers[i].body)));
		CHECK(plainly(s, "200 OK", ""));
		CHECK(settles(s, sent, 0));
		CHECK(has_said(answers[i].said) && has_said("; events wait in memory"));
		end(s);
	}
}

/* What is not of the form that the protocol wants, but says nothing else, was taken. */
static void test_taken(void)
{
	static const struct {
		const char *status, *body;
	} answers[] = { { "200 OK", "" },
			{ "202 Accepted", "ok" },
			{ "200 OK", "{\"partialSuccess\":{\"errorMessage\":\"<b>slow</b>\"}}" },
			{ "204 No Content", "" } };
	struct sink *s = open_otlp();

	for (size_t i = 0; s && i < ARRAY_SIZE(answers); i++) {
		send_some(s, 1);
		CHECK(answer(s, answers[i].status, "", answers[i].body, strlen(answers[i].body)));
		CHECK(settles(s, sent, 0));
	}
	CHECK_INT(said_lines(), 0);
	end(s);
}

/* When it is to be tried again is said as a number, or as a date. */
static void test_retry_after(void)
{
	char header[100], date[64];
	struct sink *s = open_otlp();
	time_t when = time(NULL) + 3;
	struct tm tm;

	if (!CHECK(s != NULL))
		return;
	send_some(s, 3);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&when, &tm));
	snprintf(header, sizeof(header), "Retry-After: %s\r\n", date);
	CHECK(plainly(s, "503 Service Unavailable", header));
	CHECK(plainly(s, "429 Too Many Requests", "Retry-After: 0\r\n"));
	CHECK(time(NULL) >= when - 1);
	CHECK(plainly(s, "200 OK", ""));
	CHECK(settles(s, sent, 0));
	end(s);
}

/* What it has not taken is counted as lost, also where it says so compressed. */
static void test_refused(void)
{
	static const char partial[] = "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\"}}";
	unsigned char packed[200];
	z_stream z = { .next_in = (Bytef *)partial,
		       .avail_in = sizeof(partial) - 1,
		       .next_out = packed,
		       .avail_out = sizeof(packed) };
	struct sink *s = open_otlp();

	if (!CHECK(s != NULL))
		return;
	CHECK_INT(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
	CHECK_INT(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	send_some(s, 3);
	CHECK(plainly(s, "200 OK", "")); /* the first event was alone */
	CHECK(answer(s, "200 OK", "Content-Encoding: gzip\r\n", (char *)packed, z.total_out));
	CHECK(settles(s, 1, 2));
	CHECK(has_said("its collector has refused some: 2 events are lost"));
	send_some(s, 1);
	CHECK(plainly(s, "400 Bad Request", ""));
	CHECK(settles(s, 1, 3));
	CHECK(has_said("HTTP status 400: 1 events are lost"));
	end(s);
}
#else
static void test_wrong_place(void)
{
	CHECK(!open_sink("otlp:http://127.0.0.1:4318"));
}

static void test_taken(void)
{
	SKIP("this build lacks libcurl");
}

static void test_retry_after(void)
{
	SKIP("this build lacks libcurl");
}

static void test_refused(void)
{
	SKIP("this build lacks libcurl");
}
#endif

UNIT_MAIN("sink_otlp", { "wrong_place", test_wrong_place }, { "taken", test_taken },
	  { "retry_after", test_retry_after }, { "refused", test_refused })
