/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which namespaces the processes of the scopes are. */
#include <stdio.h>
#include <sys/stat.h>

#include "namespaces_priv.h"

static struct netns_state *state_of_pid(const struct namespaces *s, pid_t pid, bool *is_there)
{
	char path[64];
	struct stat st;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	*is_there = !stat(path, &st);
	for (i = 0; *is_there && i < s->n; i++)
		if (s->v[i]->ns->ino == st.st_ino && s->v[i]->ns->dev == st.st_dev)
			return s->v[i];
	return NULL;
}

static int mark_inhabited(void *arg, pid_t pid, uint32_t scope)
{
	bool is_there;
	struct netns_state *sp = state_of_pid(arg, pid, &is_there);

	if (sp)
		sp->inhabited |= netns_scope_bit(scope);
	return 0;
}

void namespaces_leave(struct namespaces *s)
{
	size_t i;

	if (s->n < 2)
		return;
	for (i = 0; i < s->n; i++)
		s->v[i]->inhabited = 0;
	if (scopes_pids(s->cfg.scopes, mark_inhabited, s))
		return;
	for (i = s->n; i-- > 1;) {
		if (s->v[i]->inhabited) {
			netns_state_set_scopes(s->v[i], s->v[i]->inhabited);
			continue;
		}
		if (s->v[i]->kept)
			continue;
		netns_state_leave(s->v[i]);
		s->v[i] = s->v[--s->n];
		s->mounts_due = 0; /* it may have cards */
	}
	namespaces_push_changes(s);
}

/* What has left there before is not known, nor whose it was. */
static void tell_late(const struct netns_state *sp)
{
	const struct link *link = NULL;

	while ((link = links_next(sp->links, link)))
		if (link->role == LA_ROLE_EXPOSED && link->up && link->counters.packets)
			break;
	if (link)
		completeness_warn(sp->all->cfg.completeness,
				  "a process of the scope was in namespace %s before it was known: "
				  "what it sent by %s was not seen",
				  sp->name, link->name);
}

void namespaces_meet(struct namespaces *s, pid_t pid, uint32_t scope)
{
	bool is_there;
	struct netns *ns;
	size_t n = s->n;

	if (state_of_pid(s, pid, &is_there) || !is_there || netns_open_pid(&ns, pid))
		return;
	if (!namespaces_add(s, ns, scope) && s->n > n)
		tell_late(s->v[n]);
}
