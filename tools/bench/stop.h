/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs to count a leaking flow and to stop it: by us, and by nft rules
 * that do the same. The sender's CPU time for whole calls is measured, since nft keeps no time of
 * its own; each way has a namespace and a cgroup, and all take turns.
 */
#ifndef LEAKAUDIT_BENCH_STOP_H
#define LEAKAUDIT_BENCH_STOP_H

#include <stdbool.h>

struct stop_settings {
	const char *cgroup; /* CGROUP/WAY are the senders' */
	const char *netns; /* PREFIX of PREFIXway, the namespaces' paths */
	const char *peer; /* the other side's namespace: each way's cables end there */
	const char *no_nft; /* why there are no such rules; NULL: there are */
	const char *no_guard; /* why there is no guard that nobody follows; NULL: there is one */
	const char *baseline; /* another build of the program, to be timed beside; NULL: none */
	unsigned int rounds;
	bool json;
	char **command; /* of a loader; --cgroup and --drop are put behind it */
};

void bench_stop(const struct stop_settings *set);

#endif
