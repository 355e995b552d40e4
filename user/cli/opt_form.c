/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opt_form.h"

const char *const form_names[] = { [FORM_TEXT] = "text", [FORM_JSON] = "json", NULL };
