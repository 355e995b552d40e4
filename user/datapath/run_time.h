/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What our programs cost, where the kernel measures it: sysctl kernel.bpf_stats_enabled=1. */
#pragma once

#include <stdint.h>

struct datapath;

/* Called for each program that has run since then; several may have one name. */
typedef void run_time_fn(void *arg, const char *program, uint64_t ns, uint64_t runs);
void run_time_each(const struct datapath *k, run_time_fn *fn, void *arg);
