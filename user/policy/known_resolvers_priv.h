/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the tables of known resolvers and the reader of their files. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/fault.h"
#include "base/opt.h"

struct known_resolvers;

/* name: without "*." and without a dot at its end, at most LA_NAME_MAX bytes. -E2BIG, -ENOMEM. */
int known_resolvers_add_name(struct known_resolvers *k, const char *name, bool wildcard,
			     uint8_t detail);
int known_resolvers_add_endpoint(struct known_resolvers *k, const struct la_addr *addr,
				 uint16_t port, uint8_t detail);

/*
 * Same as known_resolvers_open(); builtin: read the built-in list, too. For callers that read many
 * files.
 */
int known_resolvers_open_with(struct known_resolvers **ret, bool builtin,
			      const struct opt_list *files, struct fault *f);
int known_resolvers_read_builtin(struct known_resolvers *k, struct fault *f);
int known_resolvers_read_file(struct known_resolvers *k, const char *path, struct fault *f);
