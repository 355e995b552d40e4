/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guard that nobody follows, as top shows it: what its maps have. */
#pragma once

#include "top.h"

/* Calls fn for each guard. 0 or -errno. */
typedef void top_guard_fn(void *arg, const char *name, bool followed);
int top_guards(top_guard_fn *fn, void *arg);

/* 0 or -ENOENT. */
int top_read_guard(struct top_view *v, const char *name);
