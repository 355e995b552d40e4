/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the full screen shows: the state of a run or a guard, as rows that can be sorted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TOP_ROWS_MAX 512
#define TOP_BUCKETS 240

/* The columns, which rows can be sorted by; the letter that does it. */
#define TOP_SORTS(X)               \
	X(BYTES, 'b', "bytes")     \
	X(PACKETS, 'k', "packets") \
	X(STOPPED, 't', "stopped") \
	X(PROGRAM, 'n', "program") \
	X(CLASS, 'c', "kind")      \
	X(LINE, 'l', "line")       \
	X(LAST, 'r', "recent")

enum top_sort {
#define X(sym, key, name) TOP_SORT_##sym,
	TOP_SORTS(X)
#undef X
		TOP_SORT_MAX
};

const char *top_sort_name(enum top_sort s);
char top_sort_key(enum top_sort s);

/* Strings are as they came: whoever shows them escapes them. */
struct top_row {
	char program[80]; /* with its pid */
	char of[64]; /* unit or container, or for whom */
	char kind[16], line[48];
	char to[80], name[128]; /* of a flow */
	char last[32]; /* RFC 3339 */
	uint64_t packets, bytes, stopped;
};

/* One thing that is shown. */
struct top_view {
	char title[256]; /* "watch 4711 of the host, for 2 min 3 s" */
	char word[16], reason[512];
	char tunnels[256], sums[256], losses[256];
	struct top_row programs[TOP_ROWS_MAX], flows[TOP_ROWS_MAX];
	size_t n_programs, n_flows;
	uint64_t left[TOP_BUCKETS], dropped[TOP_BUCKETS]; /* the timeline */
	size_t n_buckets;
	size_t n, at; /* of how many things it is which */
};

/*
 * top_read.c: reads the at'th thing, or that of the name; NULL: any. 0; -ENOENT: there is none;
 * another -errno: it does not answer, and the title says which it is. The view is as before then,
 * but for n and at.
 */
int top_read(struct top_view *v, const char *name, size_t at);

/* How the rows are shown. */
struct top_choice {
	bool flows; /* else programs */
	enum top_sort sort;
	char filter[64];
};

/* top_rows.c: points at up to TOP_ROWS_MAX rows, sorted and filtered; their number. */
size_t top_rows(const struct top_view *v, const struct top_choice *c,
		const struct top_row *ret[TOP_ROWS_MAX]);

/* What the screen shows beside the view. */
struct top_state {
	struct top_choice choice;
	size_t scroll;
	bool paused, editing, help; /* editing: the filter is being typed */
	time_t answered; /* CLOCK_REALTIME of the last answer */
	int error; /* of the last look; 0: none */
};

/* top_screen.c: draws all. */
struct curses;
void top_draw(const struct curses *c, const struct top_view *v, struct top_state *s);
/* Whether the screen has colours and takes UTF-8. */
void top_begin(const struct curses *c);
