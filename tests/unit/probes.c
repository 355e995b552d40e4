/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probes.h"

#include <string.h>

const struct probe_kind *kind_of(const char *name)
{
	size_t i;

	for (i = 0; i < probe_n_kinds; i++)
		if (!strcmp(probe_kinds[i].name, name))
			return &probe_kinds[i];
	return NULL;
}

struct probe probe_of(const char *name, unsigned int family)
{
	struct probe p = { .kind = kind_of(name),
			   .family = (uint8_t)family,
			   .ifindex = 2,
			   .ifname = "eth0",
			   .name = "la-0123456789abcdef.example" };

	addr_parse(family == 6 ? "2001:db8:1::2" : "192.0.2.10", &p.source);
	addr_parse(family == 6 ? "2001:db8::77" : "203.0.113.77", &p.to);
	p.port = p.kind->port;
	return p;
}
