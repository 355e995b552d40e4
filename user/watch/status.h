/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our status in one line for the service manager (systemctl status). */
#pragma once

#include "account/dropout.h"

struct watch;

void status_send(struct watch *w, const struct dropout_moment *now);
