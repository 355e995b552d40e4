/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens a file that output is appended to. In a directory that others can write to, a name may lead
 * to any file that the one who runs leakaudit may write.
 */
#pragma once

#include <sys/types.h>

#include "base/fault.h"

/*
 * Opens it without blocking, to append, or creates it with that mode. Follows symbolic links of
 * root and of the caller only, and refuses a file of others outside their own directory, and one
 * with several names. -EPERM then; the fault says which. Else the descriptor or -errno.
 */
int output_file_open(const char *path, mode_t mode, struct fault *f);

/*
 * Opens a directory, going by links as above, and makes its last name (0700) if it is not there. 0
 * or -errno. Whose it is, is to be checked by the caller.
 */
int output_dir_open(const char *path, int *ret, struct fault *f);
