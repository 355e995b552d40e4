/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-1 (RFC 3174) of a few bytes. For identifiers that others compute as well, never for what has
 * to withstand somebody.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE 20
/* The most bytes that one block has room for, beside what RFC 3174 4 adds. */
#define SHA1_BLOCK_ROOM 55

void sha1_block(const uint8_t *data, size_t len, uint8_t ret[SHA1_SIZE]);
