/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "digests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct digest *d;
static uint64_t number;

void begin(void)
{
	number = 0;
	digest_free(d);
	d = NULL;
	setenv("TZ", "UTC", 1);
	CHECK_INT(digest_open(&d), 0);
}

void add_line(const char *line)
{
	char *copy = strdup(line);

	CHECK_INT(digest_line(d, copy, strlen(copy), "events.json", ++number), 0);
	free(copy);
}

void add(const char *run, unsigned int sequence, const char *action, const char *members)
{
	char *line;

	if (asprintf(&line,
		     "{\"@timestamp\":\"2026-01-02T10:00:%02u.500000000Z\",\"event\":{\"action\":"
		     "\"%s\",\"dataset\":\"leakaudit\",\"sequence\":%u},\"agent\":{\"id\":\"%s\"},"
		     "\"host\":{\"name\":\"vm\"}%s}",
		     sequence % 60, action, sequence, run, members) < 0)
		return;
	add_line(line);
	free(line);
}

void add_flow(const char *run, unsigned int sequence, const char *state, const char *cls,
	      unsigned int left, unsigned int dropped)
{
	char *members;

	if (asprintf(&members,
		     ",\"process\":{\"pid\":7,\"name\":\"curl\"},\"source\":{\"packets\":%u,"
		     "\"bytes\":%u},\"observer\":{\"egress\":{\"interface\":{\"name\":\"eth0\"}}},"
		     "\"leakaudit\":{\"class\":\"%s\",\"flow\":\"%s\",\"flow_id\":\"" FLOW "\","
		     "\"outcome\":\"left\",\"hook\":\"cgroup\",\"dropped\":{\"packets\":%u,"
		     "\"bytes\":%u}}",
		     left, 100 * left, cls, state, dropped, 100 * dropped) < 0)
		return;
	add(run, sequence, "leak", members);
	free(members);
}

void add_summary(const char *run, unsigned int sequence, unsigned int left, const char *complete)
{
	char *members;

	if (asprintf(&members,
		     ",\"leakaudit\":{\"complete\":%s,\"summary\":{\"leaks\":{\"packets\":%u,"
		     "\"bytes\":%u},\"refused\":3,\"dropouts\":{\"down\":false}}}",
		     complete, left, 100 * left) < 0)
		return;
	add(run, sequence, "summary", members);
	free(members);
}
