/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "linkslab.h"

#include <arpa/inet.h>

struct policy policy;
struct netns *ns;
struct links *links;
char said[SAID_MAX]; /* since the last time somebody looked */

void on_change(void *arg, struct links *l, struct link *link, enum link_change change,
	       const struct link_old *old)
{
	size_t n = strlen(said);

	CHECK(arg == &policy && links_find(l, link->ifindex) == link);
	/* multicast and such comes with every new link: not worth a word */
	if (change == LINK_ONLINK && strcmp(link->name, "lo") == 0)
		return;
	snprintf(said + n, sizeof(said) - n, "%s%s %s", n ? ", " : "", link_change_name(change),
		 link->name);
	n = strlen(said);
	if (change == LINK_RENAMED)
		snprintf(said + n, sizeof(said) - n, " was %s", old->name);
	if (change == LINK_ROLE)
		snprintf(said + n, sizeof(said) - n, " was %u", old->role);
}

void open_links(void)
{
	said[0] = '\0';
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy, true), on_change, &policy), 0);
}

void close_links(void)
{
	links_free(links);
	netns_free(ns);
	policy_clear(&policy);
	links = NULL;
}

/* What was said by now: most changes are told before their syscall returns. */
const char *news(void)
{
	static char last[sizeof(said)];

	CHECK_INT(links_dispatch(links), 0);
	memcpy(last, said, sizeof(last));
	said[0] = '\0';
	return last;
}

bool onlink(const char *name, const char *dst)
{
	const struct link *link = links_find_name(links, name);
	struct la_addr a = netlab_addr(dst);

	return link && link_is_onlink(link, &a);
}
