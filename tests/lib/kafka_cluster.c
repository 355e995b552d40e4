/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: kafka_cluster TOPIC PARTITIONS [FILE]
 *
 * A real server of Kafka's protocol: librdkafka's mock cluster, of one broker. Says "listening
 * HOST:PORT". SIGUSR1 takes the broker away, SIGUSR2 brings it again, SIGTERM ends it. What the
 * topic gets is appended to FILE, a line each.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int partitions;

static rd_kafka_t *client(rd_kafka_type_t type, const char *brokers)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *c;
	char why[256];

	rd_kafka_conf_set(conf, "log_level", "0", why, sizeof(why));
	if (brokers) {
		rd_kafka_conf_set(conf, "bootstrap.servers", brokers, why, sizeof(why));
		rd_kafka_conf_set(conf, "group.id", "reader", why, sizeof(why));
		rd_kafka_conf_set(conf, "reconnect.backoff.max.ms", "200", why, sizeof(why));
	}
	c = rd_kafka_new(type, conf, why, sizeof(why));
	if (!c) {
		fprintf(stderr, "kafka_cluster: %s\n", why);
		exit(1);
	}
	return c;
}

struct reading {
	rd_kafka_t *consumer;
	FILE *out;
};

static void *read_all(void *arg)
{
	struct reading *r = arg;

	for (;;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(r->consumer, 100);

		if (m && !m->err) {
			fwrite(m->payload, 1, m->len, r->out);
			putc('\n', r->out);
		} else if (!m) {
			fflush(r->out);
		}
		if (m)
			rd_kafka_message_destroy(m);
	}
	return NULL;
}

static void start_reading(const char *brokers, const char *topic, const char *path)
{
	rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(partitions);
	static struct reading r;
	pthread_t thread;

	r = (struct reading){ client(RD_KAFKA_CONSUMER, brokers), fopen(path, "ae") };
	for (int i = 0; i < partitions; i++)
		rd_kafka_topic_partition_list_add(all, topic, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_assign(r.consumer, all);
	rd_kafka_topic_partition_list_destroy(all);
	if (!r.out || pthread_create(&thread, NULL, read_all, &r)) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	rd_kafka_mock_cluster_t *cluster;
	sigset_t signals;
	int sig;

	if (argc < 3)
		return 2;
	partitions = atoi(argv[2]);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	cluster = rd_kafka_mock_cluster_new(client(RD_KAFKA_PRODUCER, NULL), 1);
	rd_kafka_mock_topic_create(cluster, argv[1], partitions, 1);
	printf("listening %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
	fflush(stdout);
	if (argc > 3)
		start_reading(rd_kafka_mock_cluster_bootstraps(cluster), argv[1], argv[3]);
	while (!sigwait(&signals, &sig) && sig != SIGTERM) {
		if (sig == SIGUSR1)
			rd_kafka_mock_broker_set_down(cluster, 1);
		else
			rd_kafka_mock_broker_set_up(cluster, 1);
	}
	exit(0);
}
