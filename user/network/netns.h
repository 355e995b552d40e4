/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace: what names it, and doing something inside it.
 *
 * Only the calling thread is moved, and always back. Where the way back fails
 * the process aborts: to go on in a foreign namespace would be to report that
 * one's interfaces as our own.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

struct netns {
	int fd; /* of nsfs; keeps the namespace alive */
	dev_t dev; /* with ino: its identity */
	ino_t ino;
	uint64_t cookie; /* as la_netns_of() in bpf/ has it; 0: see netns_open_fd() */
};

/* Takes a fd of nsfs (and closes it on failure as well). cookie is the inode
 * where the kernel has no SO_NETNS_COOKIE, and stays 0 where we may not enter
 * the namespace to ask: everything else works then. -ENOMEM, -errno. */
int netns_open_fd(struct netns **ret, int fd);

/* Whether namespaces go by their inode, since this kernel (before 5.14) does
 * not tell their cookies. */
bool netns_by_inode(void);

int netns_open_self(struct netns **ret);

/* -ENOENT or -ESRCH: no such process (any more), or a zombie. -EACCES. */
int netns_open_pid(struct netns **ret, pid_t pid);

void netns_free(struct netns *ns);

static inline void netns_freep(struct netns **ns)
{
	netns_free(*ns);
}

/* Whether it belongs to the machine's own users: what is in any other one may be
 * the work of whoever could make a user namespace, which is anybody. */
bool netns_is_roots(const struct netns *ns);

/* As ip-netns(8) has it, or like /proc/PID/ns/net: "net:[4026532008]". */
#define NETNS_NAME_MAX 256
void netns_name(const struct netns *ns, char *buf, size_t size);

bool netns_equal(const struct netns *a, const struct netns *b);

/* Runs fn inside ns and returns what it returned; -errno of setns() when fn was
 * not run. Nothing is switched when we are in ns already. */
int netns_run(const struct netns *ns, int (*fn)(void *arg), void *arg);

/* socket(2) inside ns: the new fd, close-on-exec, or -errno. */
int netns_socket(const struct netns *ns, int domain, int type, int protocol);
