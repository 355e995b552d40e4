/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output kafka, and librdkafka's mock cluster, which is a real server of the protocol. */
#define _GNU_SOURCE
#include "sinks.h"

#ifdef HAVE_rdkafka
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <poll.h>

#include "base/library.h"
#include "base/util.h"
#include "records.h"
#include "delivery/rdkafka.h"

#define EVENTS 3000
#define PARTITIONS 4

#define FUNCTIONS(X)                    \
	X(conf_new)                     \
	X(conf_set)                     \
	X(new)                          \
	X(destroy)                      \
	X(poll_set_consumer)            \
	X(topic_partition_list_new)     \
	X(topic_partition_list_add)     \
	X(topic_partition_list_destroy) \
	X(assign)                       \
	X(consumer_poll)                \
	X(consumer_close)               \
	X(message_destroy)              \
	X(mock_cluster_new)             \
	X(mock_cluster_destroy)         \
	X(mock_cluster_bootstraps)      \
	X(mock_topic_create)            \
	X(mock_topic_set_error)         \
	X(mock_push_request_errors)     \
	X(mock_broker_set_down)         \
	X(mock_broker_set_up)

static struct {
#define FIELD(f) __typeof__(rd_kafka_##f) *f;
	FUNCTIONS(FIELD)
#undef FIELD
} kafka;

static bool load(void)
{
	static const struct library_function v[] = {
#define ROW(f) { "rd_kafka_" #f, (void **)&kafka.f },
		FUNCTIONS(ROW)
#undef ROW
			{ 0 }
	};

	return library_load(RDKAFKA_LIBRARY, v);
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *brokers)
{
	rd_kafka_conf_t *conf = kafka.conf_new();
	char why[256];

	kafka.conf_set(conf, "log_level", "0", why, sizeof(why));
	if (brokers) {
		kafka.conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why));
		kafka.conf_set(conf, "group.id", "test", why, sizeof(why));
		kafka.conf_set(conf, "auto.offset.reset", "earliest", why, sizeof(why));
	}
	return kafka.new(type, conf, why, sizeof(why));
}

static unsigned char seen[EVENTS];
static unsigned int distinct, doubles;
static bool ordered = true;

static rd_kafka_t *consumer(const char *brokers, const char *topic)
{
	rd_kafka_t *c = client(RD_KAFKA_CONSUMER, brokers);
	rd_kafka_topic_partition_list_t *all = kafka.topic_partition_list_new(PARTITIONS);

	for (int i = 0; i < PARTITIONS; i++)
		kafka.topic_partition_list_add(all, topic, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
	kafka.assign(c, all);
	kafka.topic_partition_list_destroy(all);
	return c;
}

static void end_consumer(rd_kafka_t *c)
{
	kafka.consumer_close(c);
	kafka.destroy(c);
}

/* All that the topic has. The key of events without a speaker is empty: one partition has them. */
static void consume(const char *brokers, int ms)
{
	rd_kafka_t *c = consumer(brokers, "leaks");
	int64_t end = ktime_ms() + ms, last[PARTITIONS] = { -1, -1, -1, -1 };
	rd_kafka_message_t *m;

	while (distinct < EVENTS && ktime_ms() < end) {
		m = kafka.consumer_poll(c, 100);
		if (m && !m->err) {
			const char *at = memmem(m->payload, m->len, "\"sequence\":", 11);
			int64_t n = at ? atoll(at + 11) : -1;

			if (CHECK(n >= 0 && n < EVENTS) && CHECK(m->partition < PARTITIONS)) {
				doubles += seen[n];
				distinct += !seen[n];
				seen[n] = 1;
				ordered &= n > last[m->partition];
				last[m->partition] = n;
			}
		}
		if (m)
			kafka.message_destroy(m);
	}
	end_consumer(c);
}

static void pump(struct sink *s, int ms)
{
	for (int64_t end = ktime_ms() + ms; ktime_ms() < end; poll(NULL, 0, 5))
		sink_pump(s);
}

/* The only broker goes and comes again: nothing is lost, nothing comes twice, order is kept. */
static void test_broker_returns(void)
{
	rd_kafka_t *host = load() ? client(RD_KAFKA_PRODUCER, NULL) : NULL;
	rd_kafka_mock_cluster_t *cluster;
	char spec[300], brokers[200];
	struct sink *s;
	int sent = 0;

	if (!host)
		SKIP("librdkafka is not installed");
	cluster = kafka.mock_cluster_new(host, 1);
	kafka.mock_topic_create(cluster, "leaks", PARTITIONS, 1);
	snprintf(brokers, sizeof(brokers), "%s", kafka.mock_cluster_bootstraps(cluster));
	snprintf(spec, sizeof(spec), "kafka:%s/leaks,spool=%s/kafka,size=16M", brokers, test_dir());
	redirect(-1);
	s = open_sink(spec);
	if (CHECK(s != NULL)) {
		for (; sent < EVENTS / 3; sent++)
			CHECK_INT(send_one(s, sent, 100), 0);
		pump(s, 300);
		kafka.mock_broker_set_down(cluster, 1);
		for (; sent < EVENTS; sent++)
			CHECK_INT(send_one(s, sent, 100), 0);
		sink_pace(s, 10000); /* does not wait: there is room */
		pump(s, 300);
		CHECK(sink_written(s) < EVENTS);
		kafka.mock_broker_set_up(cluster, 1);
		CHECK_INT(sink_flush(s, 10000), 0);
		CHECK_INT(sink_written(s), EVENTS);
		CHECK_INT(sink_lost(s), 0);
		sink_free(s);
	}
	restore();
	consume(brokers, 5000);
	CHECK_INT(distinct, EVENTS);
	CHECK_INT(doubles, 0);
	CHECK(ordered);
	kafka.mock_cluster_destroy(cluster);
	kafka.destroy(host);
}

/* One message, which is the event's line and nothing else. */
static void check_only_message(const char *brokers, const struct record *r)
{
	rd_kafka_t *c = consumer(brokers, "hostile");
	size_t len = strlen(line(r)) - 1; /* without its end */
	int messages = 0;

	for (int64_t end = ktime_ms() + 5000; ktime_ms() < end;) {
		rd_kafka_message_t *m = kafka.consumer_poll(c, messages ? 200 : 100);

		if (!m && messages)
			break;
		if (m && !m->err && ++messages)
			CHECK(m->len == len && !memcmp(m->payload, line(r), len));
		if (m)
			kafka.message_destroy(m);
	}
	CHECK_INT(messages, 1);
	end_consumer(c);
}

/* What would end a line, a string or a script is in one message. */
static void test_hostile_names(void)
{
	rd_kafka_t *host = load() ? client(RD_KAFKA_PRODUCER, NULL) : NULL;
	struct record r = dns_leak();
	rd_kafka_mock_cluster_t *cluster;
	char spec[300], label[256];
	struct sink *s;

	if (!host)
		SKIP("librdkafka is not installed");
	cluster = kafka.mock_cluster_new(host, 1);
	kafka.mock_topic_create(cluster, "hostile", PARTITIONS, 1);
	snprintf(spec, sizeof(spec), "kafka:%s/hostile", kafka.mock_cluster_bootstraps(cluster));
	memset(label, '"', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	r.leak.process.name = "a\n\"\\\xff</script>\xed\xa0\x80";
	r.leak.process.unit = r.leak.ifname = "\r\n\n{}\033[2J";
	r.leak.dns_name = r.leak.process.cgroup_path = label;
	redirect(-1);
	s = open_sink(spec);
	if (CHECK(s != NULL)) {
		CHECK_INT(sink_write(s, &r), 0);
		CHECK_INT(sink_flush(s, 10000), 0);
		sink_free(s);
	}
	restore();
	check_only_message(kafka.mock_cluster_bootstraps(cluster), &r);
	kafka.mock_cluster_destroy(cluster);
	kafka.destroy(host);
}

/* Once, by its name and with what helps; what was to go there waits, and goes when it is there. */
static void test_no_such_topic(void)
{
	rd_kafka_t *host = load() ? client(RD_KAFKA_PRODUCER, NULL) : NULL;
	rd_kafka_mock_cluster_t *cluster;
	char spec[400], config[200];
	struct sink *s;
	FILE *f;

	if (!host)
		SKIP("librdkafka is not installed");
	snprintf(config, sizeof(config), "%s/kafka.conf", test_dir());
	f = fopen(config, "we");
	CHECK(f && fputs("topic.metadata.propagation.max.ms=100\n", f) >= 0 && !fclose(f));
	cluster = kafka.mock_cluster_new(host, 1);
	kafka.mock_topic_set_error(cluster, "mistyped", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
	snprintf(spec, sizeof(spec), "kafka:%s/mistyped,config=%s",
		 kafka.mock_cluster_bootstraps(cluster), config);
	redirect(-1);
	s = open_sink(spec);
	if (CHECK(s != NULL)) {
		CHECK_INT(send_one(s, 1, 100), 0);
		pump(s, 3500);
		CHECK_INT(said_lines(), 1);
		CHECK(has_said("the brokers have no topic 'mistyped': create it there"));
		CHECK_INT(sink_lost(s), 0);
		kafka.mock_topic_set_error(cluster, "mistyped", RD_KAFKA_RESP_ERR_NO_ERROR);
		CHECK_INT(sink_flush(s, 10000), 0);
		CHECK_INT(sink_written(s), 1);
		sink_free(s);
	}
	restore();
	kafka.mock_cluster_destroy(cluster);
	kafka.destroy(host);
}

#define API_PRODUCE 0 /* of Kafka's protocol */

/* The brokers have forgotten who we are, for which librdkafka gives up for good: it is begun anew,
 * and nothing is lost. */
static void test_fatal(void)
{
	rd_kafka_t *host = load() ? client(RD_KAFKA_PRODUCER, NULL) : NULL;
	rd_kafka_mock_cluster_t *cluster;
	struct sink *s;
	char spec[300];

	if (!host)
		SKIP("librdkafka is not installed");
	cluster = kafka.mock_cluster_new(host, 1);
	kafka.mock_topic_create(cluster, "fatal", 1, 1);
	snprintf(spec, sizeof(spec), "kafka:%s/fatal", kafka.mock_cluster_bootstraps(cluster));
	redirect(-1);
	s = open_sink(spec);
	if (CHECK(s != NULL)) {
		for (int i = 0; i < 3; i++) {
			CHECK_INT(send_one(s, i, 100), 0);
			CHECK_INT(sink_flush(s, 10000), 0);
			kafka.mock_push_request_errors(
				cluster, API_PRODUCE, 1,
				RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
		}
		CHECK_INT(sink_written(s), 3);
		CHECK_INT(sink_lost(s), 0);
		sink_free(s);
	}
	restore();
	kafka.mock_cluster_destroy(cluster);
	kafka.destroy(host);
}

/* Nobody is there: it is said, the end does not wait for ever, and the spool keeps them. */
static void test_nobody(void)
{
	char spec[300];
	struct sink *s;

	if (!load())
		SKIP("librdkafka is not installed");
	snprintf(spec, sizeof(spec), "kafka:127.0.0.1:1/leaks,spool=%s/nobody", test_dir());
	for (int run = 0; run < 2; run++) {
		redirect(-1);
		s = open_sink(spec);
		CHECK(s && send_one(s, 1, 100) == 0);
		for (int i = 0; i < 100 && !said_lines(); i++)
			pump(s, 200);
		CHECK_INT(said_lines(), 1);
		CHECK(sink_flush(s, 100) < 0);
		CHECK_INT(sink_lost(s), 0);
		CHECK(!sink_want_write(s));
		sink_free(s);
		restore();
	}
}
#else
static void test_broker_returns(void)
{
	SKIP("this build lacks librdkafka");
}

static void test_hostile_names(void)
{
	SKIP("this build lacks librdkafka");
}

static void test_no_such_topic(void)
{
	SKIP("this build lacks librdkafka");
}

static void test_fatal(void)
{
	SKIP("this build lacks librdkafka");
}

static void test_nobody(void)
{
	CHECK(!open_sink("kafka:127.0.0.1:1/leaks"));
}
#endif

UNIT_MAIN("kafka", { "broker_returns", test_broker_returns },
	  { "hostile_names", test_hostile_names }, { "no_such_topic", test_no_such_topic },
	  { "fatal", test_fatal }, { "nobody", test_nobody })
