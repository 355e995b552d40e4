/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files for evidence: private, with complete blocks, one writer each. */
#pragma once

#include <stdbool.h>

#include "base/fault.h"

/* The oldest file kept is FILE.9; FILE.1 is the newest of the old ones. */
#define PCAP_FILES_KEPT 9

/*
 * Opens a pcapng file, a FIFO or a device, to append complete blocks. A new file is created 0600.
 * An existing file is continued if it is ours, private, pcapng and has no other writer. An
 * incomplete block at its end, left by a crash, is removed. Returns the descriptor (O_NONBLOCK), or
 * -errno. f is set if the errno does not explain it.
 */
int pcap_file_open(const char *path, struct fault *f);

/* Whether path still names the file of fd. */
bool pcap_file_is(const char *path, int fd);

/*
 * Renames path to path.1, path.1 to path.2 and so on; path.9 is replaced. -errno: path was not
 * renamed.
 */
int pcap_file_shift(const char *path);
