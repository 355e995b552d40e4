/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays that grow by one element at a time. Their room is the least power of two that their number
 * fits in, so that it needs no member of its own.
 */
#pragma once

#include <stdbool.h>
#include <stdlib.h>

/* v with room for one more than its n elements. NULL: out of memory, v is as it was. */
static inline void *array_grown(void *v, size_t n, size_t size)
{
	return n & (n - 1) ? v : reallocarray(v, n ? n * 2 : 1, size);
}

/* Makes room in v, which must have got all its room by this. False: out of memory. */
#define GROW(v, n)                                                  \
	({                                                          \
		void *grown_ = array_grown((v), (n), sizeof(*(v))); \
		if (grown_)                                         \
			(v) = grown_;                               \
		grown_ != NULL;                                     \
	})
