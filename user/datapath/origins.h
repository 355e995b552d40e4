/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who sends what comes in at home to be forwarded: bpf/origin.bpf.h notes it at TC ingress. */
#pragma once

#include "datapath.h"

/* What is noted of packets that came in so: cookie, namespace and interface are 0. -ENOENT. */
int datapath_origin(const struct datapath *k, const struct la_flow_key *in, struct la_origin *ret);
