/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guards as they lie in bpffs: a directory leakaudit/NAME each, with the links and
 * maps that outlive their loader, and "meta", which says what they are. NAME+new is
 * a guard in the making, NAME+old one on its way out: both hold, too.
 */
#pragma once

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "policy/policy.h"
#include "host/scope.h"

#define PINS_NAME_MAX 64
#define PINS_ROOT_MAX (PATH_MAX - PINS_NAME_MAX - 8) /* leaves room for NAME+state */

/* Of "meta", whatever version wrote it: the first members never change. */
#define PINS_MAGIC 0x6c656b61U /* "leak" */
#define PINS_WORDS 32
#define PINS_WORD_MAX 64
#define PINS_PATHS 8
#define PINS_PATH_MAX 256

struct pins_meta {
	uint32_t magic;
	uint32_t abi; /* LA_ABI_CHECKSUM: else nothing below and no map may be read */
	char version[32]; /* of the program, for people */
	uint64_t since; /* CLOCK_REALTIME, seconds */
	uint64_t deadline; /* ktime from when on it drops nothing; 0: never */
	uint64_t scope_id; /* cgroup; 1: the host */
	uint64_t netns; /* cookie of the namespace that its loader was in */
	char scope[512]; /* its path */
	uint32_t drop, lan_leaks, n_allow, n_tunnels, n_exposed, n_transports;
	struct la_allow allow[LA_ALLOW_MAX];
	char tunnels[PINS_WORDS][PINS_WORD_MAX], exposed[PINS_WORDS][PINS_WORD_MAX];
	char transports[PINS_PATHS][PINS_PATH_MAX];
};

/* Why no guard can have that name, or NULL. */
const char *pins_name_fault(const char *name);

/* The name that goes without saying: "host", or what the cgroup is called. */
void pins_default_name(const struct scope *scope, char *name, size_t size);

/*
 * The directory of all guards, made (and bpffs mounted) where it is missing if make is
 * set. -ENOENT: there is none. Refused are a
 * bpffs that need not outlive us, and what other users could change.
 */
int pins_root(char *path, size_t size, bool make, struct fault *fault);

/* The name of a guard's directory, from that of the guard. */
void pins_dir_name(const char *name, char *buf, size_t size);

/* A directory that is root's, whoever we are: -EPERM without CAP_CHOWN. */
int pins_mkdir(const char *path);

/* A guard's directory, if it is one that none but we can change: -EPERM. */
int pins_open(const char *dir);

/* Fills in what a guard's directory says of it. -ENOENT: no such guard; -ESTALE: of
 * another version, of which magic, abi, version and since are read if they can be;
 * -EPROTO: no guard's. */
int pins_read(const char *dir, struct pins_meta *meta);

/* -E2BIG: more names, or longer ones, than it has room for. */
int pins_describe(struct pins_meta *meta, const struct scope *scope, const struct policy *policy);
int pins_write(const char *dir, const struct pins_meta *meta);

/* The policy that it was made with; p is empty. */
int pins_policy(const struct pins_meta *meta, struct policy *p);

/* Calls fn for each guard, by name; stops at its first return that is not 0.
 * -errno as pins_root() has it, but that of no guards. */
typedef int pins_fn(void *arg, const char *name, const char *dir);
int pins_each(pins_fn *fn, void *arg, struct fault *f);

/* Its --ttl is over, since so many seconds: it drops nothing any more. */
bool pins_lifted(const struct pins_meta *meta, time_t *ago);

/* Whoever makes, follows or changes a guard holds it: the fd, -EWOULDBLOCK after
 * that time. Who that is, 0 where it cannot be told. */
int pins_lock(const char *dir, unsigned int patience_ms);
pid_t pins_locker(const char *dir);

/* All links of it are detached once it is gone. -errno of what would not go. */
int pins_remove(const char *dir);
