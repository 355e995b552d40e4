/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The metrics as text. leakaudit-metrics(7) has each name. */
#pragma once

#include "metrics.h"
#include "openmetrics.h"

/* Asks the source. 0; -ENOMEM. */
int metrics_text(struct openmetrics *o, enum openmetrics_format format,
		 const struct metrics_source *source);

/* The same of what is there. */
int metrics_write(struct openmetrics *o, enum openmetrics_format format, const struct metrics *m);
