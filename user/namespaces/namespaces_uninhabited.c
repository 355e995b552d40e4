/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Namespaces that no process of a scope is known to be in. They are found by what keeps them: a
 * mount, as ip-netns(8) makes it, an open file, or a process. In the host's scope those with a card
 * of their own are followed: what others send there is forwarded by it, and no socket tells of it,
 * so its hook is there as long as the card is. A process that opens a socket there makes it known
 * as well; it may have ended by then. In a cgroup's scope the card gets a sentry.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "namespaces_priv.h"
#include "policy/policy.h"

#define MOUNTS "/proc/thread-self/mountinfo"
#define MOUNTS_PAUSE (5 * NSEC_PER_SEC)
/* There are some 10,000 to 100,000 of them. */
#define FILES_PAUSE (60 * NSEC_PER_SEC)
/* Between two searches for namespaces of those who have ended. */
#define ENDED_PAUSE (NSEC_PER_SEC / 20)

static struct netns_state *state_of(const struct namespaces *s, const struct stat *st)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->ns->ino == st->st_ino && s->v[i]->ns->dev == st->st_dev)
			return s->v[i];
	return NULL;
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

static void follow(struct namespaces *s, struct netns *ns, const char *card, uint8_t kept)
{
	size_t n = s->n;
	char name[NETNS_NAME_MAX];
	int r;

	netns_name(ns, name, sizeof(name));
	r = namespaces_add(s, ns, 0);
	if (!r && s->n > n) {
		s->v[n]->kept = kept;
		log_info("namespace %s, which no process is in, has an interface of its own, %s: "
			 "what it forwards is seen",
			 name, card);
	} else if (r) {
		completeness_warn(s->cfg.completeness,
				  "namespace %s has an interface of its own, %s, where what it "
				  "forwards is not seen: %s",
				  name, card, strerror(-r));
	}
}

int namespaces_open_path(const char *path, struct netns **ret)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		return -EINVAL;
	return netns_open_fd(ret, take_fd(&fd));
}

/* What is there is no namespace, or is one that is followed: then *known is it. -errno. */
static int open_unknown(const struct namespaces *s, const char *path, struct netns **ret,
			struct netns_state **known)
{
	struct stat st;

	*known = NULL;
	if (stat(path, &st))
		return -errno;
	*known = state_of(s, &st);
	return *known ? -EEXIST : namespaces_open_path(path, ret);
}

static void post_sentries(struct namespaces *s, const char *path, uint8_t kept)
{
	struct stat st;

	if (!stat(path, &st))
		namespaces_post_sentries(s, path, &st, state_of(s, &st) ? 0 : kept);
}

void namespaces_look_into(struct namespaces *s, const char *path, uint8_t kept)
{
	struct netns_state *known;
	struct links *links = NULL;
	char card[IFNAMSIZ] = "";
	struct netns *ns;

	if (!s->cfg.host) {
		post_sentries(s, path, kept);
		return;
	}
	if (open_unknown(s, path, &ns, &known)) {
		if (known) /* its last process may leave it */
			known->kept |= card_of(known->links) ? kept : 0;
		return;
	}
	if (!links_open(&links, ns, policy_roles(s->cfg.policy, false), NULL, NULL)) {
		const struct link *link = card_of(links);

		if (link)
			snprintf(card, sizeof(card), "%s", link->name);
		links_free(links);
	}
	if (card[0])
		follow(s, ns, card, kept);
	else
		netns_free(ns);
}

/* Returns what fn returned first that is not 0. */
static int each_mounted(struct namespaces *s,
			int (*fn)(struct namespaces *s, const char *place, uint64_t arg),
			uint64_t arg)
{
	_cleanup_(freep) char *line = NULL;
	FILE *f = fopen(MOUNTS, "re");
	char root[64], place[PATH_MAX];
	size_t size = 0;
	int r = 0;

	/* a line has the mount's root, which names what is mounted, and its place after that */
	while (!r && f && getline(&line, &size, f) > 0)
		if (sscanf(line, "%*s %*s %*s %63s %4095s", root, place) == 2 &&
		    !strncmp(root, "net:[", 5))
			r = fn(s, place, arg);
	if (f)
		fclose(f);
	return r;
}

static int look_into_mounted(struct namespaces *s, const char *place, uint64_t arg)
{
	namespaces_look_into(s, place, (uint8_t)arg);
	return 0;
}

static void look_at_mounts(struct namespaces *s)
{
	each_mounted(s, look_into_mounted, NETNS_BY_MOUNT);
}

static int follow_cookie(struct namespaces *s, const char *place, uint64_t cookie)
{
	struct netns_state *known;
	struct netns *ns;

	if (open_unknown(s, place, &ns, &known))
		return 0;
	if (ns->cookie == cookie)
		return namespaces_add(s, ns, 0) ?: 1;
	netns_free(ns);
	return 0;
}

int namespaces_add_mounted(struct namespaces *s, uint64_t cookie)
{
	uint64_t now = ktime_now();
	int r;

	if (now < s->ended_due)
		return -EAGAIN;
	r = each_mounted(s, follow_cookie, cookie);
	s->ended_due = ktime_now() + MAX(ENDED_PAUSE, ktime_now() - now);
	return r ? MIN(r, 0) : -ENOENT;
}

void namespaces_unkeep(struct namespaces *s, uint8_t kept)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		s->v[i]->kept &= (uint8_t)~kept;
	namespaces_sentries_expire(s, kept);
}

static bool take_due(struct namespaces *s, uint8_t kept)
{
	bool is_due = s->cards_due & kept;

	s->cards_due &= (uint8_t)~kept;
	return is_due;
}

/* In the host's scope a process tells by its sockets. */
static void look_at_processes(struct namespaces *s, uint64_t now)
{
	if (s->cfg.host || s->by_process.processes)
		return;
	if (take_due(s, NETNS_BY_PROCESS | NETNS_BY_PROCESS_TOO) || now >= s->by_process.due ||
	    !s->mounts_due)
		netns_walk_begin(&s->by_process, MOUNTS_PAUSE, NETNS_BY_PROCESS,
				 NETNS_BY_PROCESS_TOO);
}

/* Since this was asked last. The kernel tells that of an open file. */
static bool mounts_changed(struct namespaces *s)
{
	struct pollfd p = { .fd = s->mounts, .events = POLLPRI };

	if (s->mounts < 0) {
		s->mounts = open(MOUNTS, O_RDONLY | O_CLOEXEC);
		return true;
	}
	return poll(&p, 1, 0) != 0;
}

/* In the host's scope what has no card is looked at each time: one may come. */
static bool mounts_are_due(struct namespaces *s, uint64_t now)
{
	if (take_due(s, NETNS_BY_MOUNT) || !s->mounts_due)
		return true;
	return now >= s->mounts_due && (s->cfg.host || mounts_changed(s) ||
					namespaces_sentries_due(s, NETNS_BY_MOUNT, now));
}

void namespaces_look_for_cards(struct namespaces *s)
{
	uint64_t now = ktime_now();

	look_at_processes(s, now);
	if (mounts_are_due(s, now)) {
		s->mounts_due = now + MOUNTS_PAUSE;
		namespaces_unkeep(s, NETNS_BY_MOUNT);
		look_at_mounts(s);
	}
	if (now >= s->by_file.due)
		netns_walk_begin(&s->by_file, FILES_PAUSE, NETNS_BY_FILE, NETNS_BY_FILE_TOO);
	namespaces_walk(s);
	namespaces_sentries_forget(s);
}

void namespaces_look_around(struct namespaces *s)
{
	namespaces_turn_begins(s);
	namespaces_look_for_cards(s);
}
