/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks records of the rings before they are used. */
#pragma once

#include <stddef.h>

/*
 * 0, or -EPROTO: not a complete record of event.h in its present version. All of its lengths are
 * checked against `size`.
 */
int ring_check(const void *record, size_t size);
