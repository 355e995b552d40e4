/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In the host's scope: named namespaces with a card of their own that nobody lives in. What others
 * send there is forwarded by it, and no socket tells of it. A process that opens a socket there
 * makes it known.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/log.h"
#include "namespaces_priv.h"
#include "policy/policy.h"

#define NAMED "/run/netns"
#define PAUSE (5 * NSEC_PER_SEC)

static bool is_followed(const struct namespaces *s, int dir, const char *name)
{
	struct stat st;
	size_t i;

	if (fstatat(dir, name, &st, 0))
		return true;
	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->ino == st.st_ino && s->v[i]->ns->dev == st.st_dev)
			return true;
	return false;
}

/* A way out that leads to no other namespace of this machine. */
static const struct link *card_of(const struct links *links)
{
	const struct link *link = NULL;

	while ((link = links_next(links, link)))
		if (link->up && link_wants_tc(link) && !link_is_pair(link) &&
		    !(link->flags & IFF_LOOPBACK))
			return link;
	return NULL;
}

static void look_into(struct namespaces *s, int fd, const char *name)
{
	const struct link *card;
	struct links *links = NULL;
	struct netns *ns;

	if (netns_open_fd(&ns, fd))
		return;
	if (!links_open(&links, ns, policy_roles(s->cfg.policy, false), NULL, NULL)) {
		card = card_of(links);
		if (card && completeness_lost(s->cfg.completeness,
					      "namespace %s has an interface of its own, %s, where "
					      "what it forwards is not seen",
					      name, card->name))
			log_warn("%s", completeness_why(s->cfg.completeness));
		links_free(links);
	}
	netns_free(ns);
}

void namespaces_look_at_named(struct namespaces *s)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct dirent *e;
	int fd;

	if (completeness_why(s->cfg.completeness) || ktime_now() < s->named_due)
		return;
	s->named_due = ktime_now() + PAUSE;
	dir = opendir(NAMED);
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || is_followed(s, dirfd(dir), e->d_name))
			continue;
		fd = openat(dirfd(dir), e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			look_into(s, fd, e->d_name);
	}
}
