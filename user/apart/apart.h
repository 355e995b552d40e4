/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs functions that read strangers' bytes in a process of their own, which has no capability, no
 * descriptor but a socket to us and none of the maps that we share with the kernel, and may do
 * nothing but use its memory. It is started when it is first needed, and again if it has ended: the
 * bytes may have been made for that. What it answers is another stranger's: of a size that the
 * caller knows, without pointers, and each value checked.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What one call can be given, and can answer. */
#define APART_IN (72 * 1024)
#define APART_ROOM (64 * 1024)

/*
 * Reads `in`, which may have pointers to what does not change while we run. Returns the length of
 * what it has written to ret, which is at most room.
 */
typedef size_t apart_fn(const void *in, size_t len, void *ret, size_t room);

struct apart;

/*
 * name: of the process, at most 15 bytes. begin: called there while it may still open what it
 * needs, or NULL. -ENOMEM.
 */
int apart_open(struct apart **ret, const char *name, void (*begin)(void));
void apart_free(struct apart *a);

/* The length of the answer. -EPROTO: there is none, since the process has ended, or takes longer
 * than any input could need; it is over. */
ssize_t apart_run(struct apart *a, apart_fn *fn, const void *in, size_t len, void *ret,
		  size_t room);

/* How many calls had no answer. */
uint64_t apart_lost(const struct apart *a);

/*
 * The one for what is read by many parts: texts of /proc, messages of other namespaces. Before
 * apart_begin(), and in commands that have nothing to protect, apart_read() calls fn itself.
 */
int apart_begin(void);
void apart_end(void);
ssize_t apart_read(apart_fn *fn, const void *in, size_t len, void *ret, size_t room);
int apart_read_refuse(void);
uint64_t apart_read_lost(void);
