/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hooks under measurement. At each of them an empty program runs before
 * ours and another one after it, on the very same packets: what ours costs is
 * what the kernel says of it less what it says of them.
 */
#ifndef LEAKAUDIT_BENCH_HOOKS_H
#define LEAKAUDIT_BENCH_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum hook {
	HOOK_EGRESS,
	HOOK_TC,
	HOOK_CREATE,
	HOOK_CONNECT,
	HOOK_SENDMSG,
	HOOK_SETSOCKOPT,
	HOOK_RELEASE,
	HOOK_MAX
};

struct sample {
	uint64_t ns;
	uint64_t runs;
};

struct reading {
	struct sample ours;
	struct sample before; /* the empty program in front of ours */
	struct sample after;
};

/* ns a run, between two readings. */
struct cost {
	unsigned long runs;
	double ours, empty;
	bool uneven; /* not all programs saw the same packets */
};

struct hooks;

const char *hook_name(enum hook hook);

#define HOOKS_SPACERS_MAX 16

/* Switches the kernel's statistics on and attaches the empty programs that go
 * in front, at the cgroup and at the interfaces' TC egress. spacers: programs of a
 * page each that do not run, but decide where the code of those behind them comes to
 * lie. Returns -errno. */
int hooks_open(struct hooks **ret, const char *cgroup, const unsigned int *ifindexes, size_t n,
	       unsigned int spacers);

/* Finds the programs of the loader that is running now, and attaches the empty
 * programs that go behind. */
int hooks_meet(struct hooks *h, pid_t loader);

void hooks_read(const struct hooks *h, struct reading readings[HOOK_MAX]);
/* False: none of the packets met ours. */
bool hooks_cost(const struct reading *from, const struct reading *to, struct cost *ret);
void hooks_close(struct hooks *h);

/* A program alone that has this opinion of all: its link, or -errno. target: a cgroup, or an
 * interface's index. */
int hooks_attach_result(enum hook hook, int target, int result);

/* A program that takes all that comes in by an interface, without dropping it. Returns -errno. */
int hooks_attach_sink(unsigned int ifindex);

/* A program that counts packets and bytes of a cgroup's sockets, and lets all pass: its link. */
int hooks_attach_counter(int cgroup);

#endif
