/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds offsets of members in structs of the running kernel, by its BTF. */
#pragma once

#include <stdint.h>

#include "core/tables.h"

struct btf;

/*
 * The offsets that kernel programs use without CO-RE. btf: the kernel's types; NULL: they could not
 * be read. On -errno *ret is unchanged.
 */
int offsets_find(const struct btf *btf, struct la_offsets *ret);

/* Of struct sk_buff, by the kernel's own types; 0: not known. */
uint32_t offsets_of_tc_index(void);
