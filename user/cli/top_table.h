/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "curses.h"
#include "top.h"

/* From line y on: its head, and so many rows. Scrolls no further than there are any. */
void top_draw_table(const struct curses *c, const struct top_view *v, struct top_state *s, int y,
		    int height, int width);
