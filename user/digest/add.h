/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one event adds to a digest. */
#pragma once

#include "digest.h"

/* 0 or -ENOMEM. */
int add_event(struct digest *d, struct run *run, const struct recorded *e);
