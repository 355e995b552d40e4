/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs have noted of processes. */
#pragma once

#include "datapath.h"

/* pids are those of our pid namespace. -ENOENT: nothing is noted, or it was forgotten. */
int datapath_noted(const struct datapath *k, const struct la_program *p, struct la_noted *ret);

/* What the flow table had no room for, by the owner of its socket: what left or was dropped. */
typedef void datapath_sender_fn(void *arg, const struct la_owner *owner, const struct la_sum *sum);
void datapath_senders(const struct datapath *k, datapath_sender_fn *fn, void *arg);
