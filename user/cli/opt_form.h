/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which form a command prints: "-o text" for people, "-o json" for programs. */
#pragma once

#include "base/opt.h"

enum form { FORM_TEXT, FORM_JSON };

extern const char *const form_names[];

/* A row for struct opt[]. p: unsigned int *, of enum form. */
#define OPT_FORM(p) OPT_CHOICE('o', "output", p, form_names, "FORMAT", "what is printed")
