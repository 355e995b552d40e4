/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program under measurement, as a user starts it. */
#ifndef LEAKAUDIT_BENCH_LOADER_H
#define LEAKAUDIT_BENCH_LOADER_H

#include <stdint.h>
#include <sys/types.h>

struct loader {
	pid_t pid;
	int out; /* its standard output */
	pid_t drain; /* reads that from the "ready" event on */
	uint64_t ready_ns; /* from its start to that event */
};

struct memory {
	unsigned long rss_kb;
	unsigned long peak_kb;
};

/* Starts it and waits for its first event. Ends the bench where none comes. */
void loader_start(struct loader *l, char **argv);
void loader_stop(struct loader *l);
struct memory loader_memory(const struct loader *l);

#endif
