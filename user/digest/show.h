/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A digest for people and programs. All of them escape what is of foreign origin. */
#pragma once

#include "base/json.h"
#include "conclusion.h"

/* The summary on a terminal, of that width. */
void show_text(struct digest *d, size_t width, bool coloured, FILE *to);

/* One object. */
void show_json(struct digest *d, struct json *j);

/* A page in one file, without scripts. */
void show_page(struct digest *d, FILE *to);
