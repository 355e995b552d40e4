/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that sends, in a namespace and a cgroup of its own, and says what its calls cost it. */
#ifndef LEAKAUDIT_BENCH_CALLS_H
#define LEAKAUDIT_BENCH_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

enum work { WORK_FLOW, WORK_PEERS, WORK_SOCKET, WORK_NEW, WORK_ACCEPT, WORK_MAX };

struct calls_place {
	char netns[4096], cgroup[4096];
	const char *peer; /* the namespace that connects to it, */
	const char *device; /* by that device there */
	bool stops; /* whether packets are stopped in this way */
};

struct calls {
	pid_t pid; /* 0: there is no such process */
	int control;
};

const char *work_name(enum work work);
/* Whether it is compared also where packets are stopped. */
bool work_can_be_stopped(enum work work);

/* Rounds of it, of so many. */
unsigned int work_rounds(enum work work, unsigned int rounds);

void calls_start(struct calls *c, const struct calls_place *place);
/* CPU time of one call in ns, of a round of them. */
double calls_round(const struct calls *c, enum work work);

#endif
