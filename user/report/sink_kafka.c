/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes events to a topic of Kafka. The key is the flow, whose events are therefore in order. A
 * message of the spool is the key, a NUL, and the event.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "depot.h"
#include "delivery/producer.h"
#include "record/record_json.h"
#include "record/speaker.h"

#define USAGE "kafka:HOST:PORT[;HOST:PORT]/TOPIC[,config=FILE]" DEPOT_USAGE

#ifdef HAVE_rdkafka
#define BUILT true

#define FLYING_MAX 8192 /* messages that librdkafka has; each is at most 8 KiB */
#define PAUSE_MS 1000
#define KEY_MAX 64

struct kafka {
	struct depot depot;
	struct producer *producer;
	struct json json;
	char *config;
	unsigned char reports[FLYING_MAX]; /* 1 + enum producer_report, by number; 0: none yet */
	unsigned int flying;
	bool again; /* one was not brought: all since then are sent again */
	int64_t pause; /* until then */
	bool said;
	struct sink *sink;
};

static void on_report(void *arg, uint64_t number, enum producer_report how, const char *why)
{
	struct kafka *k = arg;

	k->reports[number % FLYING_MAX] = (unsigned char)(1 + how);
	k->flying--;
	if (how == PRODUCER_AGAIN) {
		k->again = true;
		depot_away(k->sink, &k->depot, why);
	} else if (how == PRODUCER_REFUSED && !k->said) {
		k->said = true;
		log_warn("output %s: %s: events are lost", k->sink->spec, why);
	} else if (how == PRODUCER_ARRIVED && !k->again) {
		depot_back(k->sink, &k->depot);
	}
}

static void on_away(void *arg, const char *why)
{
	struct kafka *k = arg;

	depot_away(k->sink, &k->depot, why);
}

/* BROKERS/TOPIC, with ';' between brokers, since ',' begins an option. */
static int split(const char *target, char **brokers, char **topic, struct fault *f)
{
	const char *slash = strrchr(target, '/');

	if (!slash || slash == target || !slash[1]) {
		fault_say(f, -EINVAL, "output kafka: '%s' is no BROKERS/TOPIC", target);
		return fault_help(f, -EINVAL, USAGE);
	}
	*brokers = strndup(target, (size_t)(slash - target));
	*topic = strdup(slash + 1);
	if (!*brokers || !*topic)
		return -ENOMEM;
	for (char *c = *brokers; *c; c++)
		if (*c == ';')
			*c = ',';
	return 0;
}

static int kafka_open(struct sink *s, const char *arg, struct fault *f)
{
	_cleanup_(freep) char *brokers = NULL, *topic = NULL;
	struct kafka *k = s->own = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return -ENOMEM;
	k->sink = s;
	r = output_option_parse("kafka", arg ?: "",
				(struct output_option[]){ DEPOT_OPTIONS(&k->depot),
							  { .name = "config", .word = &k->config },
							  { 0 } },
				USAGE, &s->path, f);
	if (!r)
		r = split(s->path, &brokers, &topic, f);
	if (!r)
		r = producer_new(&k->producer, brokers, topic, k->config, f);
	if (r)
		return r;
	producer_tell(k->producer, on_report, on_away, k);
	return depot_open(&k->depot, "kafka messages", f);
}

/* In their order: those behind one that is still on its way wait for it. */
static void look_at_reports(struct sink *s, struct kafka *k)
{
	struct spool_message m;
	unsigned char *report;

	while (spool_first(k->depot.spool, &m)) {
		report = &k->reports[m.number % FLYING_MAX];
		if (*report == 1 + PRODUCER_ARRIVED)
			depot_arrived(s, &k->depot);
		else if (*report == 1 + PRODUCER_REFUSED)
			depot_refused(s, &k->depot);
		else
			break;
		*report = 0;
	}
	if (!k->again || k->flying)
		return;
	spool_back(k->depot.spool);
	memset(k->reports, 0, sizeof(k->reports));
	k->again = false;
	k->pause = ktime_ms() + PAUSE_MS;
}

static void send_waiting(struct kafka *k)
{
	struct spool_message m, first;
	size_t key;
	int r;

	if (k->again || ktime_ms() < k->pause)
		return;
	while (spool_next(k->depot.spool, &m)) {
		if (spool_first(k->depot.spool, &first) && m.number - first.number >= FLYING_MAX)
			return;
		key = strnlen(m.data, m.len) + 1;
		r = key > m.len ? -EMSGSIZE
				: producer_send(k->producer, m.data, m.data + key, m.len - key,
						m.number);
		if (r && r != -EMSGSIZE) {
			k->pause = ktime_ms() + (r == -EAGAIN ? 0 : PAUSE_MS);
			return;
		}
		k->reports[m.number % FLYING_MAX] = r ? 1 + PRODUCER_REFUSED : 0;
		k->flying += !r;
		spool_take(k->depot.spool);
	}
}

static void kafka_pump(struct sink *s)
{
	struct kafka *k = s->own;

	producer_pump(k->producer);
	look_at_reports(s, k);
	send_waiting(k);
	depot_tick(s, &k->depot);
}

static void put_key(const struct record *r, char key[KEY_MAX])
{
	const struct record_leak *l = &r->leak;
	bool leak = r->action == RECORD_LEAK || r->action == RECORD_POSSIBLE;

	key[0] = '\0';
	if (!r->speaker)
		return;
	if (leak && l->flow.opened && l->state != RECORD_FLOW_NONE)
		speaker_flow_id(r->speaker, &l->flow, key);
	else
		snprintf(key, KEY_MAX, "%s", r->speaker->agent);
}

static int kafka_write(struct sink *s, const struct record *r)
{
	char message[KEY_MAX + (16 << 10)];
	struct kafka *k = s->own;
	const char *line;
	size_t len, key;
	int ret = record_json_line(&k->json, r, &line, &len);

	put_key(r, message);
	key = strlen(message) + 1;
	if (!ret && key + len > sizeof(message))
		ret = -EMSGSIZE;
	if (ret) {
		s->lost++;
		return ret;
	}
	memcpy(message + key, line, len - 1); /* without its newline */
	ret = depot_put(s, &k->depot, r, message, key + len - 1);
	kafka_pump(s);
	return ret;
}

static int kafka_interest(const struct sink *s, uint32_t *events)
{
	const struct kafka *k = s->own;

	*events = EPOLLIN;
	return producer_fd(k->producer);
}

static bool is_done(const struct sink *s)
{
	const struct kafka *k = s->own;

	return !spool_held(k->depot.spool);
}

static int kafka_flush(struct sink *s, unsigned int timeout_ms)
{
	struct kafka *k = s->own;

	return depot_flush(s, &k->depot, timeout_ms, is_done);
}

static int kafka_pace(struct sink *s, unsigned int timeout_ms)
{
	struct kafka *k = s->own;

	return depot_pace(s, &k->depot, timeout_ms);
}

static uint64_t kafka_waiting(const struct sink *s)
{
	const struct kafka *k = s->own;

	return spool_unsaved(k->depot.spool);
}

static void kafka_close(struct sink *s)
{
	struct kafka *k = s->own;

	if (!k)
		return;
	producer_free(k->producer);
	depot_close(s, &k->depot);
	json_free(&k->json);
	free(k->config);
	free(k);
}
#else
#define BUILT false

static int kafka_open(struct sink *s, const char *arg, struct fault *f)
{
	(void)arg;
	return sink_not_built(s, "librdkafka-dev (Fedora: librdkafka-devel)", f);
}
#define kafka_write sink_write_not_built
#define kafka_pump NULL
#define kafka_interest NULL
#define kafka_flush NULL
#define kafka_pace NULL
#define kafka_waiting NULL
#define kafka_close NULL
#endif

const struct sink_ops sink_kafka = {
	.name = "kafka",
	.library = "librdkafka",
	.built = BUILT,
	.open = kafka_open,
	.write = kafka_write,
	.pump = kafka_pump,
	.interest = kafka_interest,
	.flush = kafka_flush,
	.pace = kafka_pace,
	.waiting = kafka_waiting,
	.close = kafka_close,
};
