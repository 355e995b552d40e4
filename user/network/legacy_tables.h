/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of iptables-legacy that a namespace has. The kernel tells nobody when one comes: it
 * lists them in two files, which stay open, since they are read every second.
 */
#pragma once

#include <stdbool.h>

#include "netns.h"

struct legacy_tables {
	int four,
		six; /* the lists of both families; -1: not open, or a kernel without the module */
};
#define LEGACY_TABLES_NONE ((struct legacy_tables){ -1, -1 })

/*
 * LA_FAMILY_* of the families that have that table; also of those of which that cannot be read.
 * -errno of netns_run().
 */
int legacy_tables_have(struct legacy_tables *t, const struct netns *ns, const char *table);
void legacy_tables_close(struct legacy_tables *t);

/* Whether a list of tables (a name a line) has it. */
bool legacy_tables_list(const char *names, const char *table);
