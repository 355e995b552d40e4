/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Probes for the tests of what is made of them. */
#pragma once

#include "leaktest/plan_make.h"

/* NULL: there is none of that name. */
const struct probe_kind *kind_of(const char *name);

/* From a documentation address of eth0 to another one. */
struct probe probe_of(const char *name, unsigned int family);
