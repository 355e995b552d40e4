/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guards in bpffs. Each is a directory leakaudit/NAME with links, maps and "meta", a map that
 * describes it. NAME+new is a guard being made, NAME+old one being removed: both drop, too.
 */
#pragma once

#include <limits.h>
#include <sys/types.h>
#include <time.h>

#include "policy/policy.h"
#include "host/scopes.h"

#define PINS_NAME_MAX 64
#define PINS_ROOT_MAX (PATH_MAX - PINS_NAME_MAX - 8) /* has room for NAME+state */

/* The contents of "meta". The first members are the same in all versions. */
#define PINS_MAGIC 0x6c656b61U /* "leak" */

/* A policy without pointers. A further field makes it longer, so that a record of a
 * build with other fields is known by its size. */
struct pins_policy {
#define WORDS(field, add, max, size) \
	struct {                     \
		uint64_t n;          \
		char v[max][size];   \
	} field;
#define ALLOWED(field, add)                      \
	struct {                                 \
		uint64_t n;                      \
		struct la_allow v[LA_ALLOW_MAX]; \
	} field;
#define NUMBER(field) uint64_t field;
	POLICY_FIELDS(WORDS, ALLOWED, NUMBER)
#undef WORDS
#undef ALLOWED
#undef NUMBER
};

#define PINS_SCOPES_MAX 16

struct pins_scope {
	uint64_t id; /* of the cgroup; 1: the host */
	char path[512]; /* of the cgroup */
};

struct pins_meta {
	uint32_t magic;
	/* LA_ABI_CHECKSUM. If it differs, neither the members below nor a map may be read */
	uint32_t abi;
	char version[32]; /* of the program, for people */
	uint64_t since; /* CLOCK_REALTIME, seconds */
	uint64_t deadline; /* ktime at which it expires; 0: never */
	uint64_t netns; /* cookie of the network namespace in which it was loaded */
	uint64_t n_scopes;
	struct pins_scope scopes[PINS_SCOPES_MAX]; /* by their numbers minus one */
	struct pins_policy policy;
};

/* Why the name is not valid, or NULL. */
const char *pins_name_fault(const char *name);

/* The default name: "host", or the name of the cgroup. */
void pins_default_name(const struct scope *scope, char *name, size_t size);

/*
 * The directory of all guards. make: mount bpffs and make the directory if it is missing. -ENOENT:
 * there is none. Fails if the bpffs may end before us or if other users could change the directory.
 */
int pins_root(char *path, size_t size, bool make, struct fault *fault);

/* The name of a guard's directory. */
void pins_dir_name(const char *name, char *buf, size_t size);

/* Makes a directory owned by root, whoever we are. -EPERM without CAP_CHOWN. */
int pins_mkdir(const char *path);

/* Opens a guard's directory. -EPERM if others could change it. */
int pins_open(const char *dir);

/*
 * Reads the meta data of a guard. -ENOENT: no such guard. -ESTALE: made by another version; magic,
 * abi, version and since are set if possible. -EPROTO: not a guard.
 */
int pins_read(const char *dir, struct pins_meta *meta);

/* Whether it is a guard of the host. */
bool pins_is_host(const struct pins_meta *meta);

/* -E2BIG: more names, or longer ones, than meta has room for. */
int pins_describe(struct pins_meta *meta, const struct scopes *scopes, const struct policy *policy);
int pins_write(const char *dir, const struct pins_meta *meta);

/* The cgroup of the guard's i-th scope is that one from now on. */
int pins_write_scope(const char *dir, struct pins_meta *meta, size_t i, uint64_t id);

/* Fills p, an empty policy, with the guard's policy. */
int pins_policy(const struct pins_meta *meta, struct policy *p);

/*
 * Calls fn for each guard, by name. Stops at its first return that is not 0. -errno of pins_root();
 * no guards at all is 0.
 */
typedef int pins_fn(void *arg, const char *name, const char *dir);
int pins_each(pins_fn *fn, void *arg, struct fault *f);

/* Whether the guard has expired (--ttl); *ago: seconds since then. */
bool pins_lifted(const struct pins_meta *meta, time_t *ago);

/*
 * Locks the directory: whoever makes, follows or changes a guard holds this lock. Returns the
 * descriptor, or -EWOULDBLOCK after patience_ms. pins_locker() returns who holds it; 0: unknown.
 */
int pins_lock(const char *dir, unsigned int patience_ms);
pid_t pins_locker(const char *dir);

/* Detaches all links by removing the pins. -errno of the last one that could not be removed. */
int pins_remove(const char *dir);
