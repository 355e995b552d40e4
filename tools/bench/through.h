/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What passes a real tunnel in a time, and what its sender needs of a CPU for that: with the
 * program at work and without it, in turns.
 */
#pragma once

#include <stdbool.h>

struct through_settings {
	const char *cgroup; /* of the sender */
	const char *peer; /* the other side's namespace */
	const char *baseline; /* another build, to take turns with; NULL: none */
	unsigned int turns;
	bool json;
	char **command; /* of a loader */
};

void bench_through(const struct through_settings *set);
