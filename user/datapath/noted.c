/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "noted.h"

#include <errno.h>
#include <string.h>

#include "leakaudit.skel.h"
#include "priv.h"

int datapath_noted(const struct datapath *k, const struct la_program *p, struct la_noted *ret)
{
	if (bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_programs), p, ret))
		return -ENOENT;
	/* not written to its end, or for the reader of another namespace */
	if (!ret->done || memcmp(&ret->program, p, sizeof(*p)) != 0 ||
	    ret->reader != k->skel->bss->la_reader.ns)
		return -ENOENT;
	return 0;
}

void datapath_senders(const struct datapath *k, datapath_sender_fn *fn, void *arg)
{
	struct la_owner key;
	struct sums s = { .k = k, .fd = bpf_map__fd(k->skel->maps.la_senders), .key = &key };
	struct la_sum sum;

	while (sums_next(&s, &sum))
		fn(arg, &key, &sum);
}
