/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks for test programs. A test is a function and a row; the program prints
 * "ok NAME", "not ok NAME" or "skip NAME REASON" for each, what went wrong
 * before it with a "#", and exits nonzero if one failed.
 */
#pragma once

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

/* One for a program: what helpers of several tests check, in files of their own, counts. */
__attribute__((weak)) int unit_failures;
static const char *unit_skipped __attribute__((unused));

/* All of them return whether the check held, so that a test may give up. */
#define CHECK(cond)                                                                   \
	({                                                                            \
		bool held_ = (cond);                                                  \
		if (!held_) {                                                         \
			unit_failures++;                                              \
			printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
		}                                                                     \
		held_;                                                                \
	})

#define CHECK_INT(got, expected)                                                          \
	({                                                                                \
		int64_t got_ = (got), expected_ = (expected);                             \
		if (got_ != expected_) {                                                  \
			unit_failures++;                                                  \
			printf("# %s:%d: %s is %" PRId64 ", not %" PRId64 "\n", __FILE__, \
			       __LINE__, #got, got_, expected_);                          \
		}                                                                         \
		got_ == expected_;                                                        \
	})

#define CHECK_STR(got, expected)                                                               \
	({                                                                                     \
		const char *got_ = (got), *expected_ = (expected);                             \
		bool same_ = got_ && expected_ ? !strcmp(got_, expected_) : got_ == expected_; \
		if (!same_) {                                                                  \
			unit_failures++;                                                       \
			printf("# %s:%d: %s is\n#   %s\n# not\n#   %s\n", __FILE__, __LINE__,  \
			       #got, got_ ? got_ : "NULL", expected_ ? expected_ : "NULL");    \
		}                                                                              \
		same_;                                                                         \
	})

/* Leaves the test. */
#define SKIP(reason)                     \
	do {                             \
		unit_skipped = (reason); \
		return;                  \
	} while (0)

/* tree_NAME(), which runs test_NAME() in what the program's setup() makes (NULL, or why
 * it cannot) and teardown() removes: each test has it to itself. */
#define UNIT_TREE(name)                     \
	static void tree_##name(void)       \
	{                                   \
		const char *why = setup();  \
                                            \
		if (!why)                   \
			test_##name();      \
		teardown();                 \
		if (why)                    \
			unit_skipped = why; \
	}

static inline int unit_run(const char *program, const struct unit_test *tests, size_t n)
{
	int failed = 0, before;

	for (size_t i = 0; i < n; i++) {
		before = unit_failures;
		unit_skipped = NULL;
		tests[i].run();
		if (unit_failures != before) {
			printf("not ok %s/%s\n", program, tests[i].name);
			failed++;
		} else if (unit_skipped) {
			printf("skip %s/%s %s\n", program, tests[i].name, unit_skipped);
		} else {
			printf("ok %s/%s\n", program, tests[i].name);
		}
		fflush(stdout);
	}
	return failed ? 1 : 0;
}

#define UNIT_MAIN(program, ...)                                                    \
	int main(void)                                                             \
	{                                                                          \
		static const struct unit_test tests[] = { __VA_ARGS__ };           \
		return unit_run(program, tests, sizeof(tests) / sizeof(tests[0])); \
	}
