/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our status in one line for the service manager (systemctl status). */
#pragma once

#include "accounts.h"
#include "base/notify.h"

void status_send(struct notify *notify, const struct kernel_side *k,
		 const struct dropout_moment *now, bool complete);
