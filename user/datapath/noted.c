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

int datapath_senders(const struct datapath *k, datapath_sender_fn *fn, void *arg)
{
	_cleanup_(freep) struct la_sum *per_cpu = calloc((size_t)k->cpus, sizeof(*per_cpu));
	int fd = bpf_map__fd(k->skel->maps.la_senders);
	struct la_owner key, *last = NULL;

	if (!per_cpu)
		return -ENOMEM;
	for (; !bpf_map_get_next_key(fd, last, &key); last = &key) {
		struct la_sum sum;

		if (bpf_map_lookup_elem(fd, &key, per_cpu))
			continue;
		datapath_sum_up(k, per_cpu, &sum);
		fn(arg, &key, &sum);
	}
	return 0;
}
