/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of many short rounds. On a machine that does other things as well the median says what it
 * costs, the minimum what it can cost. */
#ifndef LEAKAUDIT_BENCH_SERIES_H
#define LEAKAUDIT_BENCH_SERIES_H

#include <stddef.h>

#define SERIES_MAX 2000

struct series {
	double v[SERIES_MAX];
	size_t n;
};

void series_add(struct series *s, double value);
/* Not a number where there is no value. Both put the values in order. */
double series_median(struct series *s);
double series_min(struct series *s);

/* In a word. "at best": what it costs without the disturbance of others. */
const char *verdict(double median, double least, double target);

#endif
