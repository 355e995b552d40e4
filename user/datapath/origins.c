/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origins.h"

#include <errno.h>

#include "leakaudit.skel.h"
#include "priv.h"

int datapath_origin(const struct datapath *k, const struct la_flow_key *in, struct la_origin *ret)
{
	return bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_origins), in, ret) ? -errno : 0;
}
