/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Audits captures: reports the same events as for live traffic, needs no root. */
#pragma once

#include "config.h"

/* Audits all files in their order; returns the exit code. */
int replay_run(const struct replay_config *cfg);
