/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --on-leak: runs a command once for each flow that leaks, and for each dropout. */
#pragma once

#include "base/fault.h"
#include "record/record.h"

struct on_leak;

/*
 * After some silence so many commands in a row, then one in each pause; so many at a time. Enough
 * to hear of a leak, and not to be buried by those of a torrent client.
 */
#define ON_LEAK_BURST 10
#define ON_LEAK_PAUSE_SECONDS 6
#define ON_LEAK_AT_ONCE 4

/* A command that takes longer has been stuck: a notification takes ms, a mail seconds. */
#define ON_LEAK_SECONDS 30

/*
 * Call it before anything is opened that a command must not inherit. command: NULL: none is to be
 * run, and *ret is NULL.
 */
int on_leak_open(struct on_leak **ret, const char *command, const char *user, struct fault *f);
void on_leak_close(struct on_leak *o);

/* Poll for reading, then call on_leak_pump(); -1: never. */
int on_leak_fd(const struct on_leak *o);
void on_leak_pump(struct on_leak *o);

/* Runs it with the record on its standard input, or counts that it does not. o may be NULL. */
void on_leak_run(struct on_leak *o, const struct record *r);

/* What became of it so far. NULL: there is no such command. */
const struct record_on_leak *on_leak_counts(const struct on_leak *o);
