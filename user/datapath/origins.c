/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origins.h"

#include <errno.h>
#include <stdlib.h>

#include "clsact.h"
#include "leakaudit.skel.h"
#include "priv.h"
#include "tcx.h"

struct origin_hook {
	const struct netns *home;
	int prog;
	int link; /* descriptor of the tcx link; -1: clsact */
	struct clsact filter; /* used without a link */
};

static int attach_tcx(void *arg)
{
	struct origin_hook *h = arg;
	int r = tcx_attach_at(h->prog, h->filter.ifindex, TCX_INGRESS);

	h->link = r < 0 ? -1 : r;
	return r < 0 ? r : 0;
}

static int attach_clsact(void *arg)
{
	struct origin_hook *h = arg;

	return clsact_attach(&h->filter, h->prog);
}

static int detach_clsact(void *arg)
{
	const struct origin_hook *h = arg;

	return clsact_detach(&h->filter);
}

int origin_attach(struct datapath *k, const struct netns *home, uint32_t ifindex, enum tc_mode mode,
		  struct origin_hook **ret)
{
	_cleanup_(freep) struct origin_hook *h = calloc(1, sizeof(*h));
	int r = h ? 0 : -ENOMEM;

	if (!r && !k->origins) /* loaded when the first such interface is found */
		r = datapath_load_packets(k, "la_tc_origin", k->home, &k->origins);
	if (r)
		return r;
	*h = (struct origin_hook){ .home = home,
				   .prog = bpf_program__fd(k->origins->progs.la_tc_origin),
				   .link = -1,
				   .filter = { .ifindex = ifindex, .ingress = true } };
	r = mode == TC_CLSACT ? -EINVAL : netns_run(home, attach_tcx, h);
	if (r == -EINVAL && mode != TC_TCX) /* no tcx before 6.6 */
		r = netns_run(home, attach_clsact, h);
	if (!r)
		*ret = take_ptr(h);
	return r;
}

void origin_detach(struct origin_hook *h)
{
	if (!h)
		return;
	if (h->link >= 0)
		close(h->link);
	else
		netns_run(h->home, detach_clsact, h);
	free(h);
}

int datapath_origin(const struct datapath *k, const struct la_flow_key *in, struct la_origin *ret)
{
	return bpf_map_lookup_elem(bpf_map__fd(k->skel->maps.la_origins), in, ret) ? -errno : 0;
}
