/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of a page. */
#pragma once

#include "digest.h"

/* Its style sheet: dark and light, narrow and wide, on paper. */
extern const char page_style[];

/* The timeline: what left and what was stopped, when somebody watched, when a tunnel was down. */
void page_timeline(struct digest *d, FILE *to);

/* The tables of what left. */
void page_tables(struct digest *d, FILE *to);

/* Dropouts, what is counted besides, and the runs. */
void page_outages(struct digest *d, FILE *to);
void page_others(struct digest *d, FILE *to);
void page_runs(struct digest *d, FILE *to);
