/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of sinks share: a directory that vanishes with the program, a
 * stdout and stderr of their own, records to send and lines to check. */
#pragma once

#include <sys/stat.h>

#include "report/sink.h"
#include "unit.h"

#define WAIT_MS 200 /* longer than any write to a sink may take */

/* stdout becomes fd (if not -1), stderr a file, until restore(). */
void redirect(int fd);
void restore(void);
size_t said_lines(void); /* in that file */
bool has_said(const char *words); /* and whether they are in it */

struct sink *open_sink(const char *spec); /* or NULL */
/* Writes a leak whose line is longer than so many bytes. What sink_write()
 * returned, or 1 when it has kept us waiting. */
int send_one(struct sink *s, uint64_t sequence, size_t bytes);

/* Reads what a file or pipe holds. The number of lines, -1 when one is not
 * whole or not in its place. */
int64_t whole_lines(int fd);

int sink_fd(const struct sink *s); /* the descriptor of its queue for epoll, or -1 */

const char *test_dir(void);
/* "json:/tmp/.../NAME"; of the last two names. */
const char *in_dir(const char *name);
bool make_pipe(int p[2], int size);
