/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "util.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>

uint64_t hash_bytes(uint64_t before, const void *bytes, size_t n)
{
	const uint8_t *at = bytes;

	while (n--)
		before = (before ^ *at++) * 0x100000001b3ULL;
	return before;
}

int write_whole(int fd, const void *data, size_t len)
{
	const char *at = data;
	ssize_t n;

	for (; len; at += n, len -= (size_t)n) {
		n = write(fd, at, len);
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
	}
	return 0;
}

/* Accepts digits only: strtoull() would accept blanks, signs and other bases. */
static int parse_digits(const char **s, uint64_t *ret)
{
	uint64_t v = 0;
	const char *p = *s;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *p - '0', &v))
			return -ERANGE;
	*s = p;
	*ret = v;
	return 0;
}

static int in_range(uint64_t v, uint64_t min, uint64_t max, uint64_t *ret)
{
	if (v < min || v > max)
		return -ERANGE;
	*ret = v;
	return 0;
}

int parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v;
	int r;

	r = parse_digits(&s, &v);
	if (r < 0)
		return r;
	if (*s)
		return -EINVAL;
	return in_range(v, min, max, ret);
}

int parse_size(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	static const char units[] = "KMG";
	const char *unit;
	uint64_t v;
	int r;

	r = parse_digits(&s, &v);
	if (r < 0)
		return r;
	if (*s) {
		unit = strchr(units, *s & ~0x20); /* units may be lower case */
		if (!unit || !*unit || s[1])
			return -EINVAL;
		if (__builtin_mul_overflow(v, 1ULL << (10 * (unit - units + 1)), &v))
			return -ERANGE;
	}
	return in_range(v, min, max, ret);
}

int parse_seconds(const char *s, uint64_t min_ns, uint64_t max_ns, uint64_t *ret)
{
	uint64_t v, unit = NSEC_PER_SEC;
	int r;

	r = parse_digits(&s, &v);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(v, NSEC_PER_SEC, &v))
		return -ERANGE;
	if (*s == '.') {
		s++;
		if (!*s)
			return -EINVAL;
		for (; *s >= '0' && *s <= '9' && unit > 1; s++) {
			unit /= 10;
			if (__builtin_add_overflow(v, (*s - '0') * unit, &v))
				return -ERANGE;
		}
	}
	if (*s)
		return -EINVAL;
	return in_range(v, min_ns, max_ns, ret);
}

#define WORD_MAX 64

/* Optimal string alignment distance: swaps need three rows of the table. */
unsigned int word_distance(const char *typed, const char *valid)
{
	size_t n = strnlen(typed, WORD_MAX), m = strnlen(valid, WORD_MAX);
	unsigned int rows[3][WORD_MAX + 1], *before, *above, *row, best;
	size_t i, j;

	if (n && n < m && !strncmp(typed, valid, n))
		return 1;
	for (j = 0; j <= m; j++)
		rows[0][j] = j;
	for (i = 1; i <= n; i++) {
		row = rows[i % 3];
		above = rows[(i + 2) % 3];
		before = rows[(i + 1) % 3];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			bool same = typed[i - 1] == valid[j - 1];

			best = above[j - 1] + !same;
			best = MIN(best, above[j] + 1);
			best = MIN(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && typed[i - 1] == valid[j - 2] &&
			    typed[i - 2] == valid[j - 1])
				best = MIN(best, before[j - 2] + 1);
			row[j] = best;
		}
	}
	return rows[n % 3][m];
}

void raise_file_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}
