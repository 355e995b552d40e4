/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that reads payloads: what it may do, and what becomes of one that has ended. */
#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "payload/reader.h"
#include "unit.h"

static const struct la_addr ours[] = { { .b = { [10] = 0xff, [11] = 0xff, 198, 51, 100, 7 } } };
static const struct address_leak_addrs own = { ours, 1 };
static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\nc=IN IP4 198.51.100.7\r\n";

static enum address_leak_form ask(struct reader *r, const char *text)
{
	struct la_addr found = { 0 };
	enum address_leak_form form =
		reader_address(r, 17, (const uint8_t *)text, strlen(text), &own, &found);

	CHECK(form == ADDRESS_LEAK_NONE || addr_equal(&found, &ours[0]));
	return form;
}

/* The only child. */
static pid_t process_of_reader(void)
{
	char path[64], line[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	f = fopen(path, "re");
	if (f && !fgets(line, sizeof(line), f))
		line[0] = '\0';
	if (f)
		fclose(f);
	return atoi(line);
}

static void test_answers(void)
{
	struct reader *r;
	uint64_t start;
	int i;

	CHECK_INT(reader_open(&r), 0);
	CHECK_INT(process_of_reader(), 0); /* none is needed yet */
	CHECK_INT(ask(r, sdp), ADDRESS_LEAK_SDP);
	CHECK_INT(ask(r, "v=0\r\no=- 1 1 IN IP4 198.51.100.8\r\n"), ADDRESS_LEAK_NONE);
	start = ktime_now();
	for (i = 0; i < 1000; i++)
		CHECK_INT(ask(r, sdp), ADDRESS_LEAK_SDP);
	printf("# %" PRIu64 " us for 1000 payloads\n", (ktime_now() - start) / 1000);
	CHECK_INT(reader_lost(r), 0);
	reader_free(r);
	CHECK_INT(process_of_reader(), 0);
}

/* One payload is lost with it, and told. */
static void test_ended(void)
{
	struct reader *r;

	CHECK_INT(reader_open(&r), 0);
	CHECK_INT(ask(r, sdp), ADDRESS_LEAK_SDP);
	kill(process_of_reader(), SIGKILL);
	CHECK_INT(ask(r, sdp), ADDRESS_LEAK_NONE);
	CHECK_INT(reader_lost(r), 1);
	CHECK_INT(ask(r, sdp), ADDRESS_LEAK_SDP);
	CHECK_INT(reader_lost(r), 1);
	reader_free(r);
}

static void status_of(pid_t pid, const char *name, char *value, size_t size)
{
	char path[64], line[256], format[32];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	snprintf(format, sizeof(format), "%s:\t", name);
	value[0] = '\0';
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, format, strlen(format)))
			snprintf(value, size, "%.*s", (int)strcspn(line + strlen(format), "\n"),
				 line + strlen(format));
	if (f)
		fclose(f);
}

static void test_confined(void)
{
	static const struct {
		const char *name, *value;
	} rows[] = { { "CapPrm", "0000000000000000" },
		     { "CapEff", "0000000000000000" },
		     { "NoNewPrivs", "1" },
		     { "Seccomp", "2" } };
	unsigned int n = 0;
	struct reader *r;
	char text[64];
	DIR *dir;
	size_t i;

	CHECK_INT(reader_open(&r), 0);
	CHECK_INT(ask(r, sdp), ADDRESS_LEAK_SDP);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		status_of(process_of_reader(), rows[i].name, text, sizeof(text));
		CHECK_STR(text, rows[i].value);
	}
	snprintf(text, sizeof(text), "/proc/%d/fd", (int)process_of_reader());
	dir = opendir(text);
	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	CHECK_INT(n, 3); /* with . and .. */
	reader_free(r);
}

UNIT_MAIN("reader", { "answers", test_answers }, { "ended", test_ended },
	  { "confined", test_confined })
