/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where members are in structs of the running kernel: its BTF says so. */
#pragma once

#include "core/tables.h"

/* What the kernel side looks up by itself. btf: file with the kernel's types, NULL: its own.
 * -errno, and ret is left alone. */
int offsets_find(const char *btf, struct la_offsets *ret);
