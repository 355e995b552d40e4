/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rings hold, before anyone takes it for what it says it is. */
#pragma once

#include <stddef.h>

/* 0, or -EPROTO where this is no record of event.h in its present version, or
 * not whole: all of its lengths hold within `size`. */
int ring_check(const void *record, size_t size);
