/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers for every file of the loader. */
#pragma once

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Both evaluate an argument twice: pass values without side effects. */
#undef MIN
#undef MAX
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define NSEC_PER_SEC 1000000000ULL

/* CLOCK_MONOTONIC in ns and ms: the kernel's ktime. */
static inline uint64_t ktime_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The same as of the kernel's last tick, milliseconds ago, which is read much faster. */
static inline uint64_t ktime_coarse(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* CLOCK_BOOTTIME in ns: it counts suspend. */
static inline uint64_t boottime_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

static inline int64_t ktime_ms(void)
{
	return (int64_t)(ktime_now() / (NSEC_PER_SEC / 1000));
}

/* Returns the pointer and sets the variable to NULL: passes on ownership. */
#define take_ptr(p)                         \
	({                                  \
		__typeof__(p) taken_ = (p); \
		(p) = NULL;                 \
		taken_;                     \
	})

/* The same for a file descriptor. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* _cleanup_(freep) char *s = NULL; */
static inline void freep(void *p)
{
	free(*(void **)p);
}

/* _cleanup_(closep) int fd = -1; */
static inline void closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* _cleanup_(closedirp) DIR *d = NULL; */
static inline void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* FNV-1a of these bytes and what came before them: its hash, or HASH_BEGIN. */
#define HASH_BEGIN 0xcbf29ce484222325ULL
uint64_t hash_bytes(uint64_t before, const void *bytes, size_t n);

/* Writes all of it to a file, in as many pieces as it takes. 0 or -errno. */
int write_whole(int fd, const void *data, size_t len);

/*
 * Parses the whole string as a number. -EINVAL: not a number; -ERANGE: too small or too large. On
 * error *ret is unchanged.
 */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* Parses a size: digits, then nothing, K, M or G (powers of 1024). */
int parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* Parses seconds with up to nine decimals ("5", "0.25") into nanoseconds. */
int parse_seconds(const char *s, uint64_t min_ns, uint64_t max_ns, uint64_t *ret);

/*
 * The number of edits (insert, delete, replace, swap neighbours) between two words. A prefix of the
 * other word counts as one edit.
 */
unsigned int word_distance(const char *typed, const char *valid);

/*
 * Raises the soft limit of open files, usually 1024: each interface's TC link and each probe's
 * socket is a descriptor.
 */
void raise_file_limit(void);
