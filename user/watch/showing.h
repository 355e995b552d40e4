/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run shows its state while it goes on: to the service manager, to status and top, to pages. */
#pragma once

#include "priv.h"

void showing_begin(struct watch *w);
void showing_tick(struct watch *w);
/* Somebody asks, or takes what he has asked for. */
void showing_answer(struct watch *w);
/* Nothing can be shown any more: what is asked for is being taken down. */
void showing_end(struct watch *w);
