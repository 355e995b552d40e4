/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures that are compressed: gzip, and zstd, xz and lz4 where their libraries are there, when
 * this is built and when it runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fault.h"
#include "base/util.h"

struct unpack;

/* Whether a file that begins with these bytes is compressed by one of them. */
bool unpack_begins(const uint8_t *b, size_t n);

/*
 * b: what has been read of the file, which is copied. -EINVAL, with what helps: its library is not
 * there. -ENOMEM.
 */
int unpack_open(struct unpack **ret, const uint8_t *b, size_t n, struct fault *f);
void unpack_free(struct unpack *u);

static inline void unpack_freep(struct unpack **u)
{
	unpack_free(*u);
}

/* As read(): bytes, 0 at the end, or -errno; -EBADMSG if what is compressed is damaged or cut. */
ssize_t unpack_read(struct unpack *u, int fd, uint8_t *to, size_t size);
