/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads librdkafka when an output asks for it. */
#pragma once

#ifdef HAVE_rdkafka
#include <librdkafka/rdkafka.h>

#define RDKAFKA_FUNCTIONS(X)  \
	X(conf_new)           \
	X(conf_dup)           \
	X(conf_destroy)       \
	X(conf_set)           \
	X(conf_set_opaque)    \
	X(conf_set_dr_msg_cb) \
	X(conf_set_error_cb)  \
	X(new)                \
	X(destroy)            \
	X(purge)              \
	X(poll)               \
	X(topic_new)          \
	X(topic_destroy)      \
	X(produce)            \
	X(last_error)         \
	X(err2str)            \
	X(fatal_error)        \
	X(queue_get_main)     \
	X(queue_destroy)      \
	X(queue_io_event_enable)

struct rdkafka {
#define RDKAFKA_FIELD(function) __typeof__(rd_kafka_##function) *function;
	RDKAFKA_FUNCTIONS(RDKAFKA_FIELD)
#undef RDKAFKA_FIELD
};

/* Loads once and never unloads. NULL: the library or one of its functions is missing. */
const struct rdkafka *rdkafka_load(void);
#endif

/* The file's name, for messages about what to install. */
#define RDKAFKA_LIBRARY "librdkafka.so.1"
