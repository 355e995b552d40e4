/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "producer.h"

#ifdef HAVE_rdkafka
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "base/util.h"
#include "rdkafka.h"

struct producer {
	const struct rdkafka *kafka;
	rd_kafka_conf_t *conf; /* for rd_kafka_new(), which takes a copy */
	rd_kafka_t *handle; /* NULL: not yet */
	rd_kafka_topic_t *topic;
	char *topic_name;
	char why[320];
	int fd;
	unsigned int out; /* messages of which there is no report yet */
	bool fatal; /* the handle brings nothing any more */
	producer_fn *report;
	producer_away_fn *away;
	void *arg;
};

/* Of these, sending it again would change nothing. */
static bool is_final(rd_kafka_resp_err_t e)
{
	return e == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || e == RD_KAFKA_RESP_ERR_INVALID_MSG ||
	       e == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE || e == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

static bool lacks_topic(rd_kafka_resp_err_t e)
{
	return e == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || e == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
	       e == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

/* Why it has not arrived, with what helps. Valid until the next one. */
static const char *why_not(struct producer *p, rd_kafka_resp_err_t e)
{
	if (!lacks_topic(e))
		return p->kafka->err2str(e);
	snprintf(p->why, sizeof(p->why),
		 "the brokers have no topic '%s': create it there, or correct its name",
		 p->topic_name);
	return p->why;
}

static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *m, void *opaque)
{
	struct producer *p = opaque;

	(void)handle;
	p->out--;
	if (!p->report)
		return;
	p->report(p->arg, (uintptr_t)m->_private,
		  !m->err	     ? PRODUCER_ARRIVED
		  : is_final(m->err) ? PRODUCER_REFUSED
				     : PRODUCER_AGAIN,
		  m->err ? why_not(p, m->err) : NULL);
}

/* Of an idempotent producer: the brokers know another state of it, or do not allow it. */
static void on_fatal(struct producer *p, rd_kafka_t *handle)
{
	char words[256];

	p->fatal = true;
	if (p->away)
		p->away(p->arg,
			p->kafka->err2str(p->kafka->fatal_error(handle, words, sizeof(words))));
}

static void on_error(rd_kafka_t *handle, int error, const char *reason, void *opaque)
{
	struct producer *p = opaque;

	(void)handle;
	if (error == RD_KAFKA_RESP_ERR__FATAL)
		on_fatal(p, handle);
	else if (p->away && (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
			     error == RD_KAFKA_RESP_ERR__AUTHENTICATION))
		p->away(p->arg, reason);
}

static int set(struct producer *p, const char *name, const char *value, struct fault *f)
{
	char why[256];

	if (p->kafka->conf_set(p->conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return 0;
	return fault_say(f, -EINVAL, "librdkafka: %s", why);
}

static int read_config(struct producer *p, const char *path, struct fault *f)
{
	FILE *file = fopen(path, "re");
	char line[2048], *value;
	int r = 0;

	if (!file)
		return fault_say(f, -errno, "cannot read '%s': %s", path, strerror(errno));
	while (!r && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		value = strchr(line, '=');
		if (line[0] == '#' || !line[0])
			continue;
		if (value)
			*value++ = '\0';
		r = value ? set(p, line, value, f)
			  : fault_say(f, -EINVAL, "'%s' is no NAME=VALUE", line);
		if (r)
			fault_at(f, r, "%s", path);
	}
	fclose(file);
	return r;
}

/* What the file says comes last, but it cannot give up the order or the reports. */
static int configure(struct producer *p, const char *brokers, const char *config, struct fault *f)
{
	static const char *const before[][2] = {
		{ "client.id", "leakaudit" },
		{ "log_level", "0" }, /* what is wrong is told by us */
		{ "message.timeout.ms", "0" }, /* it waits, as in a spool, until it is brought */
		{ "partitioner", "murmur2_random" }, /* as Kafka's own clients do */
		{ "linger.ms", "5" },
		{ "topic.metadata.propagation.max.ms", "10000" },
	};
	int r = 0;

	p->conf = p->kafka->conf_new();
	for (size_t i = 0; !r && i < ARRAY_SIZE(before); i++)
		r = set(p, before[i][0], before[i][1], f);
	if (!r)
		r = set(p, "bootstrap.servers", brokers, f);
	if (!r && config)
		r = read_config(p, config, f);
	if (!r)
		r = set(p, "enable.idempotence", "true", f);
	p->kafka->conf_set_opaque(p->conf, p);
	p->kafka->conf_set_dr_msg_cb(p->conf, on_delivery);
	p->kafka->conf_set_error_cb(p->conf, on_error);
	return r;
}

int producer_new(struct producer **ret, const char *brokers, const char *topic, const char *config,
		 struct fault *f)
{
	struct producer *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->topic_name = strdup(topic);
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->kafka = rdkafka_load();
	if (!p->kafka) {
		fault_say(f, -ELIBACC, "cannot load %s", RDKAFKA_LIBRARY);
		r = fault_help(f, -ELIBACC, "install librdkafka (Debian: librdkafka1)");
	} else {
		r = p->topic_name && p->fd >= 0 ? configure(p, brokers, config, f) : -ENOMEM;
	}
	if (r) {
		producer_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static void end(struct producer *p)
{
	if (p->handle)
		p->kafka->purge(p->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
						   RD_KAFKA_PURGE_F_NON_BLOCKING);
	if (p->topic)
		p->kafka->topic_destroy(p->topic);
	if (p->handle) {
		p->kafka->poll(p->handle, 0); /* the reports of what was purged */
		p->kafka->destroy(p->handle);
	}
	p->topic = NULL;
	p->handle = NULL;
	p->fatal = false;
}

void producer_free(struct producer *p)
{
	if (!p)
		return;
	p->report = NULL;
	p->away = NULL;
	end(p);
	if (p->conf)
		p->kafka->conf_destroy(p->conf);
	closep(&p->fd);
	free(p->topic_name);
	free(p);
}

void producer_tell(struct producer *p, producer_fn *report, producer_away_fn *away, void *arg)
{
	p->report = report;
	p->away = away;
	p->arg = arg;
}

static int begin(struct producer *p)
{
	rd_kafka_conf_t *conf = p->kafka->conf_dup(p->conf);
	static const uint64_t one = 1;
	rd_kafka_queue_t *queue;
	char why[256];

	p->handle = p->kafka->new (RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!p->handle) {
		p->kafka->conf_destroy(conf);
		if (p->away)
			p->away(p->arg, why);
		return -EINVAL;
	}
	queue = p->kafka->queue_get_main(p->handle);
	p->kafka->queue_io_event_enable(queue, p->fd, &one, sizeof(one));
	p->kafka->queue_destroy(queue);
	p->topic = p->kafka->topic_new(p->handle, p->topic_name, NULL);
	return p->topic ? 0 : -EINVAL;
}

int producer_send(struct producer *p, const char *key, const char *data, size_t len,
		  uint64_t number)
{
	rd_kafka_resp_err_t e;
	int r;

	if (p->fatal && p->out)
		return -EBUSY;
	if (p->fatal)
		end(p);
	r = p->handle ? 0 : begin(p);
	if (r)
		return r;
	p->out++;
	if (!p->kafka->produce(p->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)data,
			       len, key, strlen(key), (void *)(uintptr_t)number))
		return 0;
	p->out--;
	e = p->kafka->last_error();
	if (lacks_topic(e) && p->away)
		p->away(p->arg, why_not(p, e));
	if (lacks_topic(e))
		return -ENOENT;
	if (e == RD_KAFKA_RESP_ERR__FATAL)
		return -EBUSY; /* on_fatal() is still to be called */
	return e == RD_KAFKA_RESP_ERR__QUEUE_FULL ? -EAGAIN : is_final(e) ? -EMSGSIZE : -EIO;
}

void producer_pump(struct producer *p)
{
	eventfd_t events;

	if (!p->handle)
		return;
	if (eventfd_read(p->fd, &events))
		events = 0;
	while (p->kafka->poll(p->handle, 0) > 0)
		;
}

int producer_fd(const struct producer *p)
{
	return p->fd;
}
#endif
