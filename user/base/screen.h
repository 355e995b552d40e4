/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A terminal: how wide it is, whether it shows colours, and what chooses them (ECMA-48, SGR). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define BLUE "\033[34m"
#define MAGENTA "\033[35m"
#define CYAN "\033[36m"
#define PLAIN "\033[0m" /* as before all others */

/* Whether to use colours: it is a terminal that has them, and NO_COLOR is unset or empty
 * (no-color.org). */
bool screen_coloured(int fd);

/* Its columns. 0: it is no terminal, or does not tell. */
size_t screen_columns(int fd);
