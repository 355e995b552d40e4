/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams for the journal: what is in them, hostile names, a journald that is restarted. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "records.h"
#include "record/record_tables.h"
#include "report/sink_ops.h"
#include "sinks.h"

static struct fault fault;

/* The journal's socket. */
static int listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	unlink(path);
	return bind(fd, (struct sockaddr *)&at, sizeof(at)) ? -1 : fd;
}

/* The value of a field, by the rules of the protocol; NULL: it is not there. */
static const char *field(int fd, const char *name, bool again)
{
	static char data[32768], value[16384];
	static ssize_t n;
	char *at = data, *end;
	uint64_t len;
	const char *found = NULL;

	if (!again)
		n = recv(fd, data, sizeof(data) - 1, 0);
	if (n < 0)
		return NULL;
	for (; at < data + n; at = end + 1) {
		size_t key = strcspn(at, "=\n");
		char *from = at + key + 1;

		if (at[key] == '=') {
			end = memchr(from, '\n', (size_t)(data + n - from));
		} else {
			memcpy(&len, from, sizeof(len));
			from += sizeof(len);
			end = from + le64toh(len);
		}
		if (!CHECK(end && end < data + n && *end == '\n'))
			return NULL;
		if (strlen(name) == key && !memcmp(at, name, key)) {
			snprintf(value, sizeof(value), "%.*s", (int)(end - from), from);
			found = value;
		}
	}
	return found;
}

static void test_fields(void)
{
	struct record r = dns_leak();
	char path[64], spec[80];
	struct sink *s = NULL;
	int fd;

	snprintf(path, sizeof(path), "%s/journal", test_dir());
	snprintf(spec, sizeof(spec), "journal:%s", path);
	CHECK_INT(sink_open(spec, STDOUT_FILENO, &s, &fault), -ENOENT);
	CHECK(strstr(fault.reason, "does not listen") && strstr(fault.help, "journal:SOCKET"));
	fd = listen_at(path);
	s = open_sink(spec);
	if (!CHECK(s))
		return;
	r.leak.process.name = "evil\nPRIORITY=0\nx";
	CHECK_INT(sink_write(s, &r), 0);
	CHECK_STR(field(fd, "PRIORITY", false), "3");
	CHECK_STR(field(fd, "LEAKAUDIT_PROCESS", true), "evil\nPRIORITY=0\nx");
	CHECK_STR(field(fd, "LEAKAUDIT_CLASS", true), "dns");
	CHECK_STR(field(fd, "LEAKAUDIT_NAME", true), "tracker.example");
	CHECK_STR(field(fd, "LEAKAUDIT_DESTINATION", true), "192.0.2.53");
	CHECK_STR(field(fd, "OBJECT_PID", true), "812");
	CHECK_STR(field(fd, "SYSLOG_IDENTIFIER", true), "leakaudit");
	CHECK_STR(field(fd, "MESSAGE", true), message(&r));
	CHECK_INT(strlen(field(fd, "LEAKAUDIT_EVENT", true)) + 1, strlen(line(&r)));
	CHECK(!strncmp(field(fd, "LEAKAUDIT_EVENT", true), line(&r), 1000));

	r.leak.outcome = RECORD_OUTCOME_DROPPED;
	CHECK_INT(sink_write(s, &r), 0);
	CHECK_STR(field(fd, "PRIORITY", false), "5");
	r = (struct record){ .action = RECORD_TUNNEL_DOWN };
	CHECK_INT(sink_write(s, &r), 0);
	CHECK_STR(field(fd, "PRIORITY", false), "4");
	CHECK_INT(sink_lost(s), 0);
	sink_free(s);
	close(fd);
}

/* Lines wait while it is away, and for one that does not read. */
static void test_restart(void)
{
	struct record r = dns_leak();
	char path[64], spec[80];
	struct sink *s;
	int fd, n = 0;

	snprintf(path, sizeof(path), "%s/journal", test_dir());
	snprintf(spec, sizeof(spec), "journal:%s", path);
	redirect(-1);
	fd = listen_at(path);
	s = open_sink(spec);
	CHECK_INT(sink_write(s, &r), 0);
	close(fd);
	for (int i = 0; i < 100; i++)
		CHECK_INT(sink_write(s, &r), 0);
	sink_pump(s);
	CHECK_INT(sink_flush(s, 10), -EAGAIN);
	fd = listen_at(path);
	for (int i = 0; i < 200 && sink_want_write(s); i++) {
		sink_pump(s);
		n += field(fd, "MESSAGE", false) != NULL;
	}
	while (field(fd, "MESSAGE", false))
		n++;
	CHECK_INT(n, 100);
	CHECK_INT(sink_lost(s), 0);
	CHECK_INT(said_lines(), 2); /* it was away, and is there again */
	sink_free(s);
	restore();
	close(fd);
}

/* Standard output that is the journal's: each line begins with its priority. */
static void test_stream(void)
{
	struct record r = dns_leak();
	char stream[64], got[4096];
	struct stat st;
	struct sink *s;
	int p[2];
	ssize_t n;

	CHECK(make_pipe(p, 1 << 16));
	redirect(p[1]);
	CHECK_INT(fstat(1, &st), 0);
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	s = open_sink("json");
	CHECK_INT(sink_write(s, &r), 0);
	r = (struct record){ .action = RECORD_SUMMARY, .summary.complete = true };
	CHECK_INT(sink_write(s, &r), 0);
	sink_free(s);
	CHECK_STR(sink_default(1), sink_journal_listens() ? "journal" : "json");
	setenv("JOURNAL_STREAM", "1:1", 1);
	CHECK_STR(sink_default(1), "json");
	s = open_sink("json");
	CHECK_INT(sink_write(s, &r), 0);
	sink_free(s);
	restore();
	n = read(p[0], got, sizeof(got) - 1);
	got[MAX(n, (ssize_t)0)] = '\0';
	CHECK(!strncmp(got, "<3>{\"@timestamp\"", 16));
	CHECK(strstr(got, "\n<6>{\"@timestamp\""));
	CHECK(strstr(got, "\n{\"@timestamp\""));
	close(p[0]);
	close(p[1]);
}

UNIT_MAIN("sink_journal", { "fields", test_fields }, { "restart", test_restart },
	  { "stream", test_stream })
