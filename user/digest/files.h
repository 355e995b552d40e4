/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads recordings into a digest, the oldest first, since a flow's events have its totals so far. */
#pragma once

#include "base/fault.h"
#include "digest.h"

/*
 * paths ends with NULL. -errno: one of them cannot be opened, or there is no memory. A file that
 * cannot be read to its end is told by the digest.
 */
int files_read(struct digest *d, char **paths, struct fault *f);
