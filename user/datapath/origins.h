/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who sends what comes in at home to be forwarded: bpf/origin.bpf.h notes it at TC ingress. */
#pragma once

#include "attach.h"

struct origin_hook;

/* Attaches to TC ingress of an interface at home. It is never pinned: it only serves events. */
int origin_attach(struct datapath *k, const struct netns *home, uint32_t ifindex, enum tc_mode mode,
		  struct origin_hook **ret);
void origin_detach(struct origin_hook *h);

/* What is noted of packets that came in so: cookie, namespace and interface are 0. -ENOENT. */
int datapath_origin(const struct datapath *k, const struct la_flow_key *in, struct la_origin *ret);
