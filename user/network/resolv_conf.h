/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine's resolvers as the C library and systemd-resolved know them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/addr.h"

#define RESOLVERS_MAX 16

struct resolv_conf_file {
	const char *path;
	struct stat seen; /* state when it was read; zero: never */
	struct la_addr v[RESOLVERS_MAX];
	size_t n;
};

struct resolv_conf {
	struct resolv_conf_file files[2];
	uint64_t checked; /* ns, CLOCK_MONOTONIC */
};

void resolv_conf_init(struct resolv_conf *r);

/*
 * Whether addr is a resolver. Once a second the files are checked, and read again if they changed.
 */
bool resolv_conf_has(struct resolv_conf *r, const struct la_addr *addr, uint64_t now);

/* Those of a file, which is read apart. Returns their number. */
size_t resolv_conf_read(const char *path, struct la_addr v[RESOLVERS_MAX]);

/* Parses the addresses after "nameserver", up to max. Returns their number. */
size_t resolv_conf_parse(const char *text, struct la_addr *v, size_t max);
