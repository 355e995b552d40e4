/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes of the bench's own: they end with it, whatever it ends by. */
#ifndef LEAKAUDIT_BENCH_CHILD_H
#define LEAKAUDIT_BENCH_CHILD_H

#include <stdint.h>
#include <sys/types.h>

/* Says what failed, with errno's reason, and ends the process. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* As fork(); the child is killed when its parent dies. */
pid_t child_fork(void);
void child_end(pid_t pid);

void enter_cgroup(const char *path);
void enter_netns(const char *path);

uint64_t now_ns(void);
/* That this process has had of a CPU, whatever ran in between. */
uint64_t cpu_ns(void);

#endif
