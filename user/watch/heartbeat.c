/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heartbeat.h"

static void count_tunnels(struct namespaces *spaces, struct record_heartbeat *h)
{
	const struct record_interface *v;
	size_t n, i;

	v = namespaces_interfaces(spaces, &n);
	for (i = 0; v && i < n; i++) {
		if (v[i].role != LA_ROLE_TUNNEL)
			continue;
		if (v[i].up)
			h->up++;
		else if (h->down++ < RECORD_TUNNELS_MAX)
			h->tunnels_down[h->down - 1] = v[i].name;
	}
}

static void emit(struct watch *w, uint64_t now)
{
	struct dropout_moment m = accounts_moment(&w->accounts, &w->kernel);
	struct record r = {
		.action = RECORD_HEARTBEAT,
		.heartbeat = {
			.ns = now - w->started,
			.interval = w->cfg->heartbeat,
			.leaks = m.left,
			.dropped = m.dropped,
			.held = accounts_held(&m),
			.judged = m.tried,
			.inside = { w->accounts.inside.packets, w->accounts.inside.bytes },
			.refused = m.refused,
			.incomplete = completeness_why(&w->losses.completeness),
		},
	};

	losses_so_far(&w->losses, &r.heartbeat.lost);
	count_tunnels(w->kernel.namespaces, &r.heartbeat);
	pipeline_emit(w->out, &r);
}

void heartbeat_tick(struct watch *w)
{
	uint64_t now = ktime_now();

	if (!w->cfg->heartbeat)
		return;
	if (!w->beat)
		w->beat = w->started;
	if (now - w->beat < w->cfg->heartbeat)
		return;
	w->beat += (now - w->beat) / w->cfg->heartbeat * w->cfg->heartbeat;
	emit(w, now);
}
