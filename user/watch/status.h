/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How it goes, in one line, for who asks the service manager (systemctl status). */
#pragma once

#include "accounts.h"
#include "base/notify.h"

void status_tell(struct notify *notify, const struct kernel_side *k, const struct accounts *a,
		 bool complete);
