/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first that people want to know of a run: one word, and why. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct watch;

/*
 * In the order of need: the first that holds is the one. Unprotected: what leaves now would leak,
 * and nothing has yet since the tunnel fell. Told: nothing has left outside the tunnel, but a
 * message through it told an exposed address.
 */
#define RUN_VERDICTS(X)               \
	X(LEAKING, "leaking")         \
	X(WAITING, "waiting")         \
	X(UNPROTECTED, "unprotected") \
	X(LEAKED, "leaked")           \
	X(TOLD, "address-told")       \
	X(INCOMPLETE, "incomplete")   \
	X(STOPPED, "stopped")         \
	X(SAFE, "safe")

enum run_verdict {
#define X(sym, name) RUN_VERDICT_##sym,
	RUN_VERDICTS(X)
#undef X
};

const char *run_verdict_name(enum run_verdict v);

/* As of the last tick. Adds the reason, a sentence without its full stop. */
enum run_verdict run_verdict(struct watch *w, struct text *reason);
