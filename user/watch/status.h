/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a run in one line, for the service manager (systemctl status). */
#pragma once

#include "accounts.h"
#include "base/notify.h"

void status_tell(struct notify *notify, const struct kernel_side *k, const struct accounts *a,
		 bool complete);
