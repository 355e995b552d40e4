/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loopback device, by which frames of a process come in again: it must be watched where they
 * are to be stopped, or could go on from there.
 */
#include <errno.h>
#include <fcntl.h>

#include "namespaces_priv.h"

static bool is_on(const char *path)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char digit;

	return fd >= 0 && read(fd, &digit, 1) == 1 && digit != '0';
}

/* Run in the namespace, whose settings these files are then. */
static int forwards_here(void *arg)
{
	(void)arg;
	return is_on("/proc/sys/net/ipv4/ip_forward") ||
	       is_on("/proc/sys/net/ipv6/conf/all/forwarding");
}

/* In the host's scope all that is forwarded counts anyway. */
static bool is_wanted(const struct netns_state *sp)
{
	return sp->all->cfg.policy->drop ||
	       (!sp->all->cfg.host && netns_run(sp->ns, forwards_here, NULL));
}

void netns_loops_place(struct netns_state *sp, const struct link *link, struct iface *i)
{
	const struct namespaces_config *cfg = &sp->all->cfg;
	int r;

	if (!i->alive || !sp->all->armed || !(link->flags & IFF_LOOPBACK) || !is_wanted(sp)) {
		tc_detach(take_ptr(i->loop));
		return;
	}
	if (i->loop)
		return;
	r = tc_attach(cfg->datapath,
		      &(struct tc_wish){ .ns = sp->ns,
					 .ifindex = i->ifindex,
					 .task = TC_LOOPS,
					 .mode = netns_tc_mode(sp, link) },
		      &i->loop);
	if (r)
		netns_tc_failed(sp->all, link, r);
}
