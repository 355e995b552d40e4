/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output of the leak test on stdout, for people or for programs. */
#pragma once

#include "probe.h"

struct probe_row {
	struct probe probe;
	struct probe_result result;
};

/* All rows of a test. Sums are computed from them. */
struct probe_sheet {
	struct probe_row *v;
	size_t n;
	const char *scope; /* the scope whose policy was tested */
	bool dropped; /* packets that would have left were stopped */
	unsigned int rounds;
	size_t routes_left; /* routes past the tunnel beyond the limit, not probed */
	unsigned int refused; /* rounds in which nothing could be sent */
	bool watched; /* another leakaudit has counted the probes as well */
	bool further; /* another scope's was reported before */
};

struct probe_format {
	const char *name;
	/* Reports a probe whose result differs from the last round. */
	void (*change)(const struct probe_row *before, const struct probe_row *now);
	/* Reports the end. 0 or -errno of writing. */
	int (*sheet)(const struct probe_sheet *sheet);
};

extern const struct probe_format probe_format_text, probe_format_json;

struct probe_row *probe_row_find(struct probe_row *v, size_t n, const struct probe *p);

/* Keeps the worst result of each probe in all rounds, the first of several. 0 or -ENOMEM. */
int probe_sheet_take(struct probe_sheet *s, const struct probe_row *row);
size_t probe_sheet_count(const struct probe_sheet *s, enum probe_status v);
