/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command for us, again and again, as another user. It does so in a process of its own,
 * which is made before we have anything that it must not inherit: it has that user's id and group,
 * no capability, no descriptor of ours but a socket, and its own session. So has each command,
 * whose standard input is what it is given, and which is killed when it takes too long. Commands
 * that run when we end go on until they end, or until then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define RUNNER_INPUT_MAX 16384 /* what a command may be given */

struct runner;

/*
 * seconds: how long it may take. command: words, separated by blanks; the first is an absolute
 * path. No shell reads them. user: NULL is nobody. -EINVAL: the command cannot be one, there is no
 * such user, or it is root; -EPERM: we may not become that user.
 */
int runner_open(struct runner **ret, const char *command, const char *user, unsigned int seconds,
		struct fault *f);
void runner_free(struct runner *r);

/* The first part of runner_open(): whether the two can be meant. A command of NULL is not looked
 * at. */
int runner_check(const char *command, const char *user, struct fault *f);

/* Runs it. Never waits: -EAGAIN: the process has too much to do; -EPIPE: it has ended. */
int runner_run(struct runner *r, const void *input, size_t len);

/* Readable when a command has ended, or the process has: take all results then. */
int runner_fd(const struct runner *r);

struct runner_result {
	int error; /* -errno: it could not be started; -ETIME: it took too long. 0: status */
	int status; /* of wait() */
};
/* False: there is none just now. *over: nor will there be, since the process has ended. */
bool runner_result(struct runner *r, struct runner_result *ret, bool *over);
