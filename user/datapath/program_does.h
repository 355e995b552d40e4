/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the instructions of somebody's program say that it may do with packets. */
#pragma once

#include <stdint.h>

#define PROGRAM_COPIES 1U /* it calls bpf_clone_redirect() */
#define PROGRAM_MARKS 2U /* it writes what may be tc_index, where bpf/origin.bpf.h has its mark */
#define PROGRAM_SENDS_ON 4U /* it calls bpf_redirect() */

/* 0 as well where the kernel does not show them. */
unsigned int program_does(uint32_t id);
