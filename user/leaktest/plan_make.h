/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plans the probes to send, from the interfaces as they are now. */
#pragma once

#include "network/links.h"
#include "network/resolv_conf.h"
#include "plan.h"

/* resolvers: of /etc/resolv.conf, then those behind systemd-resolved's stub. 0 or -errno. */
int probe_plan_make(struct probe_plan *ret, const struct probe_plan_config *cfg,
		    const struct links *links, const struct resolv_conf *resolvers);
