/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording: a file of events, a line each, as it is or compressed by gzip; "-" is standard
 * input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* leakaudit's own lines have at most 8000 bytes; what a pipeline adds has room. */
#define RECORDING_LINE_MAX (64U << 10)

struct recording;

/* -errno: it cannot be opened. */
int recording_open(const char *path, struct recording **ret, struct fault *f);
void recording_free(struct recording *r);
static inline void recording_freep(struct recording **r)
{
	recording_free(*r);
}

/*
 * The next line that is not empty, without its newline; it may be changed, and is valid until the
 * next call. 1: there is one; *line is NULL if it is longer than RECORDING_LINE_MAX. 0: the end.
 * -errno: it cannot be read any further.
 */
int recording_line(struct recording *r, char **line, size_t *len, struct fault *f);

/* Of the line before: its number from 1 on. */
uint64_t recording_number(const struct recording *r);
