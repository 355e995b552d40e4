/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text formats of Prometheus: OpenMetrics 1.0, and the older one (0.0.4) that the textfile
 * collector of node_exporter reads. They differ in the names that TYPE and HELP have, and in the
 * end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum openmetrics_format { OPENMETRICS_1_0, OPENMETRICS_PLAIN };

enum openmetrics_type { OPENMETRICS_COUNTER, OPENMETRICS_GAUGE, OPENMETRICS_INFO };

/* name without a suffix that its type gives it: _total, _info. */
struct openmetrics_family {
	const char *name;
	enum openmetrics_type type;
	const char *help;
};

/* A text that grows. A failed allocation is remembered. */
struct openmetrics {
	enum openmetrics_format format;
	const struct openmetrics_family *family; /* the one whose samples come now */
	char *buf;
	size_t len, size;
	bool failed;
};

void openmetrics_free(struct openmetrics *o);
void openmetrics_reset(struct openmetrics *o, enum openmetrics_format format);

/* Begins a family. All its samples come before the next one's. */
void openmetrics_family(struct openmetrics *o, const struct openmetrics_family *family);

/* A label without a value is left out. */
struct openmetrics_label {
	const char *name, *value;
};

void openmetrics_sample(struct openmetrics *o, const struct openmetrics_label *labels, size_t n,
			uint64_t value);
/* The same of ns, as seconds. */
void openmetrics_seconds(struct openmetrics *o, const struct openmetrics_label *labels, size_t n,
			 uint64_t ns);

/* 0; -ENOMEM. */
int openmetrics_end(struct openmetrics *o);
