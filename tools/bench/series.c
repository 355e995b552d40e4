/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "series.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void series_add(struct series *s, double value)
{
	if (s->n < SERIES_MAX)
		s->v[s->n++] = value;
}

double series_median(struct series *s)
{
	if (!s->n)
		return NAN;
	qsort(s->v, s->n, sizeof(s->v[0]), compare);
	return (s->v[(s->n - 1) / 2] + s->v[s->n / 2]) / 2;
}

double series_min(struct series *s)
{
	if (!s->n)
		return NAN;
	qsort(s->v, s->n, sizeof(s->v[0]), compare);
	return s->v[0];
}

const char *verdict(double median, double least, double target)
{
	return median <= target ? "ok" : least <= target ? "ok at best" : "over";
}
