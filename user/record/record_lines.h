/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interface has counted itself, held against what our hook has seen there. */
#pragma once

#include <net/if.h>

#include "base/json.h"
#include "base/text.h"
#include "record.h"

/*
 * Why the two differ. Those of MISSING are packets that passed the hook and were not sent, those
 * of UNSEEN were sent and have not passed it, those of FRAMING have more or less bytes.
 */
#define RECORD_LINE_REASONS(X)                                                                \
	X(DROPPED, "dropped", "dropped behind the hook") /* as the kernel told, one by one */ \
	X(QUEUE, "queue", "dropped by the queue") /* as the queue has counted them */         \
	X(DEVICE, "device", "dropped by the device") /* as the device has */                  \
	X(WAITING, "waiting", "waiting in the queue at the end")                              \
	X(UNREAD, "unread", "not read by who holds the device") /* a tun or tap */            \
	X(WAITED, "waited", "waiting in the queue at the start")                              \
	X(LATE, "late", "from before the start, which the device has counted late")           \
	X(BETWEEN, "between", "passed while the counters were read")                          \
	X(UNWATCHED, "unwatched", "before the hook was there") /* and unexplained */          \
	X(FRAMING, "framing", "of padding and headers that the device adds")

enum record_line_reason {
#define X(sym, name, words) RECORD_LINE_##sym,
	RECORD_LINE_REASONS(X)
#undef X
		RECORD_LINE_REASON_MAX
};

struct record_line {
	char name[IFNAMSIZ];
	uint64_t netns;
	char netns_name[64]; /* "": the namespace that we run in */
	struct la_sum counted; /* by the interface */
	struct la_sum seen; /* by the hook, in the interface's way of counting */
	struct la_sum items[RECORD_LINE_REASON_MAX];
	struct la_sum unexplained;
	char suspect[64]; /* who may have sent past the hook: "name[pid]"; "": nobody is known */
	bool unseen; /* what is unexplained was sent, and has not passed the hook */
	bool away; /* the hook was away for a while */
	bool vanished; /* the interface has gone without telling its last counters */
};

const char *record_line_reason_name(enum record_line_reason r);

/* Why the run is incomplete by it. False: it is not, and nothing was written. */
bool record_line_why(const struct record_line *l, char *buf, size_t size);

/* What is dropped, waits or is unexplained. False: nothing, and nothing was written. */
bool record_line_words(const struct record_line *l, char *buf, size_t size);

/* The largest first, and those before them that make the run incomplete. */
void record_lines_sort(struct record_line *v, size_t n);

/* A row of the summary. rows: 0, or it is the sum of so many. */
void record_put_line(struct json *j, const struct record_line *l, size_t rows);
void record_add_line(struct record_line *to, const struct record_line *l);
