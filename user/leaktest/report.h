/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told, on stdout, for people or for programs. */
#pragma once

#include "probe.h"

struct probe_row {
	struct probe probe;
	struct probe_finding finding;
};

/* All rows of a test, and their sums. */
struct probe_sheet {
	struct probe_row *v;
	size_t n;
	const char *scope; /* whose policy was tested */
	bool dropped; /* what would have left was stopped */
	unsigned int rounds;
	size_t routes_left; /* past the tunnel, and more than are probed: without proof */
	unsigned int refused; /* rounds in which nothing could be sent */
};

struct probe_format {
	const char *name;
	/* A probe's finding is another than in the last round. */
	void (*change)(const struct probe_row *before, const struct probe_row *now);
	/* The end. 0, -errno of writing it */
	int (*sheet)(const struct probe_sheet *sheet);
};

extern const struct probe_format probe_format_text, probe_format_json;

struct probe_row *probe_row_find(struct probe_row *v, size_t n, const struct probe *p);

/* Of each probe the worst of all rounds is kept, the first of several. -ENOMEM */
int probe_sheet_take(struct probe_sheet *s, const struct probe_row *row);
size_t probe_sheet_count(const struct probe_sheet *s, enum probe_verdict v);
