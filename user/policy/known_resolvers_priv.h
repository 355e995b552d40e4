/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tables of known resolvers and the reader of their files share. */
#pragma once

#include "known_resolvers.h"

/* name: without "*." and without a dot at its end, LA_NAME_MAX bytes at most.
 * -E2BIG, -ENOMEM. */
int known_resolvers_add_name(struct known_resolvers *k, const char *name, bool wildcard,
			     uint8_t detail);
int known_resolvers_add_endpoint(struct known_resolvers *k, const struct la_addr *addr,
				 uint16_t port, uint8_t detail);

/* As known_resolvers_open(); without the built-in list, for who reads many files. */
int known_resolvers_open_with(struct known_resolvers **ret, bool builtin,
			      const struct opt_list *files, struct fault *f);
int known_resolvers_read_builtin(struct known_resolvers *k, struct fault *f);
int known_resolvers_read_file(struct known_resolvers *k, const char *path, struct fault *f);
