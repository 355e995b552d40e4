/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as a ring might hold them -> their check, the question in them, the
 * finished record, its JSON line and its sentence. Behind the record's length (2
 * bytes) and the record come strings that a leak's names are taken from.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "payload/dns_question.h"
#include "record/record_json.h"
#include "datapath/ring.h"
#include "report/sink.h"
#include "base/text.h"
#include "base/util.h"

#define MESSAGE_MAX 2048
#define NAMES 6

static void write_record(const struct record *r)
{
	char message[MESSAGE_MAX], little[24];
	struct fault f;
	static struct json j;
	static struct sink *sink;
	const char *line;
	size_t len;

	json_reset(&j);
	record_json(&j, r);
	REQUIRE(!json_line(&j, &line, &len));
	REQUIRE(len > 1 && line[len - 1] == '\n' && !memchr(line, '\n', len - 1));
	REQUIRE(json_is_valid(line, len - 1));
	record_message(r, message, sizeof(message));
	for (const char *s = message; *s; s += len) {
		int32_t rune = text_rune(s, &len);

		REQUIRE(text_printable(rune));
	}
	record_message(r, little, sizeof(little));
	REQUIRE(strlen(little) < sizeof(little));
	if (!sink)
		REQUIRE(!sink_open("text:/dev/null", STDOUT_FILENO, &sink, &f));
	REQUIRE(!sink_write(sink, r));
}

static const char *known(const char *s)
{
	return *s ? s : NULL;
}

static void fill_process(struct record_process *p, const struct la_owner *o,
			 char *const names[NAMES])
{
	*p = (struct record_process){ .pid = o->tgid,
				      .uid = o->uid,
				      .has_uid = o->tgid & 1,
				      .cgroup_id = o->cgroup,
				      .name = known(names[0]),
				      .executable = known(names[1]),
				      .cgroup_path = known(names[2]),
				      .unit = known(names[2]),
				      .container = known(names[3]) };
}

static void leak(const struct la_event_flow *e, char *const names[NAMES])
{
	size_t skip = e->flow.key.proto == IPPROTO_TCP ? MIN(2, e->payload_len) : 0;
	struct record r = { .action = RECORD_LEAK, .time = { (time_t)e->hdr.ktime, 1 } };
	struct record_leak *l = &r.leak;
	char server[DNS_QUESTION_NAME_MAX];
	struct dns_question q;

	l->flow = e->flow;
	l->state = e->reason % (RECORD_FLOW_CLOSE + 1);
	l->cause = e->content % RECORD_CAUSE_MAX;
	l->ifname = known(names[4]);
	l->route = (struct record_route){ known(names[5]), known(names[3]) };
	l->address_inside = known(names[5]);
	fill_process(&l->process, &e->flow.owner, names);
	if (dns_question_read(e->payload + skip, e->payload_len - skip, &q)) {
		REQUIRE(memchr(q.name, 0, sizeof(q.name)) && memchr(q.type, 0, sizeof(q.type)));
		l->dns_name = q.name;
		l->dns_type = q.type;
	}
	dns_question_server(e->payload, e->payload_len, server);
	REQUIRE(memchr(server, 0, sizeof(server)));
	l->server_name = known(server);
	write_record(&r);
}

static void bypass(const struct la_event_task *e, char *const names[NAMES])
{
	struct record r = { .action = RECORD_BYPASS };

	fill_process(&r.bypass.process, &e->owner, names);
	r.bypass.netns = e->netns;
	r.bypass.cookie = e->cookie;
	r.bypass.refused = e->netns & 1;
	write_record(&r);
}

static void packet(const struct la_event_packet *e)
{
	uint8_t *copy = malloc(e->caplen); /* reads each byte that is said to be there */

	REQUIRE(copy || !e->caplen);
	memcpy(copy, e->data, e->caplen);
	free(copy);
}

static void event(const uint8_t *record, size_t size, char *const names[NAMES])
{
	const struct la_event_hdr *h = (const void *)record;

	if (ring_check(record, size)) {
		REQUIRE(ring_check(record, size) == -EPROTO);
		return;
	}
	switch (h->kind) {
	case LA_KIND_FLOW:
	case LA_KIND_INSIDE:
		leak((const void *)record, names);
		break;
	case LA_KIND_PACKET:
		packet((const void *)record);
		break;
	default:
		bypass((const void *)record, names);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	char *names[NAMES];
	uint8_t *record;
	size_t len;
	int i;

	record = input_chunk(&in, &len);
	for (i = 0; i < NAMES; i++)
		names[i] = input_string(&in);
	event(record, len, names);
	for (i = 0; i < NAMES; i++)
		free(names[i]);
	free(record);
	return 0;
}
