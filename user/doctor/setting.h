/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads what the kernel tells in a small file. */
#pragma once

#include <stddef.h>

/* Its first line, without the newline. 0 or -errno. */
int setting_read(const char *path, char *buf, size_t size);

/* The same as a number; def: if it is none. */
int setting_number(const char *path, int def);
