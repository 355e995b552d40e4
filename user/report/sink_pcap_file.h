/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that evidence is kept in: private, whole, with one writer each. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

/* What FILE.1, the newest of the old ones, becomes in the end. */
#define PCAP_FILES_KEPT 9

/*
 * Opens a pcapng file, or a FIFO or a device, to append whole blocks. A file is
 * created 0600. One that exists is continued if it is ours, private, pcapng and
 * nobody else writes to it; half a block at its end, which a crash has left, is
 * cut off. Returns the descriptor (O_NONBLOCK), or -errno; f says what the errno
 * does not.
 */
int pcap_file_open(const char *path, struct fault *f);

/* Whether fd still is the file of that name. */
bool pcap_file_is(const char *path, int fd);

/* Moves path to path.1, that to path.2 and so on; path.9 is given up. -errno:
 * path is where it was. */
int pcap_file_shift(const char *path);
