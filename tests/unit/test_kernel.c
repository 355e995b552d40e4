/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/kernel.h"
#include "unit.h"

static void test_realtime(void)
{
	CHECK(kernel_is_realtime("#1 SMP PREEMPT_RT Debian 6.12.48-1 (2025-09-20)"));
	CHECK(kernel_is_realtime("#1 SMP PREEMPT RT Debian 4.19.304-1 (2024-01-09)"));
	CHECK(!kernel_is_realtime("#1 SMP PREEMPT_DYNAMIC Debian 6.12.48-1 (2025-09-20)"));
	CHECK(!kernel_is_realtime("#1 SMP Debian 5.10.237-1 (2025-05-19)"));
}

UNIT_MAIN("kernel", { "realtime", test_realtime })
