/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few words of C that every file of the loader may use. */
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

/* Both evaluate an argument twice: give them plain values. */
#undef MIN
#undef MAX
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define NSEC_PER_SEC 1000000000ULL

/* CLOCK_MONOTONIC, which is the kernel's ktime: ns, ms. */
static inline uint64_t ktime_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* CLOCK_BOOTTIME, which goes on in suspend: ns. */
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

/* Hands a pointer on: the variable it was in forgets it. */
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

/* The whole string must be the number. -EINVAL: no number, -ERANGE: too small
 * or too large; *ret is left alone then. */
int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* A size: digits, then nothing, K, M or G (powers of 1024). */
int parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *ret);

/* Seconds with up to nine decimals ("5", "0.25"), in nanoseconds. */
int parse_seconds(const char *s, uint64_t min_ns, uint64_t max_ns, uint64_t *ret);

/* How many edits (insert, delete, replace, swap neighbours) make one word the
 * other; a word that the other starts with counts as one edit. */
unsigned int word_distance(const char *typed, const char *valid);

/* Each interface's TC link is a descriptor, each probe a socket; the usual soft limit
 * is 1024. */
void raise_file_limit(void);
