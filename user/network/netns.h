/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network namespace: its identity, and running code inside it.
 *
 * Only the calling thread enters it, and it always returns. If it cannot return, the process
 * aborts: otherwise it would report the interfaces of a foreign namespace as its own. Nothing else
 * may move a thread that has been here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

struct netns {
	int fd; /* of nsfs; it keeps the namespace alive */
	dev_t dev; /* its identity, together with ino */
	ino_t ino;
	uint64_t cookie; /* SO_NETNS_COOKIE; 0: see netns_open_fd() */
};

/*
 * Takes ownership of fd, an nsfs descriptor; closes it on failure, too. cookie is 0 if we may not
 * enter the namespace; all else works then. -ENOMEM or -errno.
 */
int netns_open_fd(struct netns **ret, int fd);

int netns_open_self(struct netns **ret);

/* -ENOENT or -ESRCH: no such process, or a zombie. -EACCES. */
int netns_open_pid(struct netns **ret, pid_t pid);

void netns_free(struct netns *ns);

static inline void netns_freep(struct netns **ns)
{
	netns_free(*ns);
}

/*
 * Whether the namespace belongs to the initial user namespace. Anybody can make a user namespace,
 * so the contents of other namespaces may be anybody's work.
 */
bool netns_is_roots(const struct netns *ns);

/* As ip-netns(8) has it, or like /proc/PID/ns/net: "net:[4026532008]". */
#define NETNS_NAME_MAX 256
void netns_name(const struct netns *ns, char *buf, size_t size);

bool netns_equal(const struct netns *a, const struct netns *b);

/* Whether it is the one that we were in when this was asked first: for a moment it may be another. */
bool netns_is_ours(const struct netns *ns);

/*
 * Runs fn inside ns and returns its result, or -errno of setns() if fn was not run. If we are in ns
 * already, setns() is not called.
 */
int netns_run(const struct netns *ns, int (*fn)(void *arg), void *arg);

/* The calling thread is in ns for good. -errno of setns(). */
int netns_enter(const struct netns *ns);

/* Runs socket(2) inside ns. Returns a close-on-exec descriptor or -errno. */
int netns_socket(const struct netns *ns, int domain, int type, int protocol);
