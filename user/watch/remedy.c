/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "remedy.h"

#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "core/verdict.h"
#include "facts/torrent_client.h"
#include "facts/vpn_client.h"

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/*
 * Whether the cgroup may be named as a VPN's: not if it is a scope's own, or one of a session, in
 * which other programs are as well.
 */
static bool is_own_cgroup(const struct watch *w, const struct record_process *p)
{
	size_t i;

	if (!p->cgroup_path || !p->cgroup_path[1] || ends_with(p->cgroup_path, ".scope") ||
	    ends_with(p->cgroup_path, ".slice"))
		return false;
	for (i = 0; i < w->kernel.scopes.n; i++)
		if (w->kernel.scopes.v[i]->id == p->cgroup_id)
			return false;
	return true;
}

static void put_allow(struct text *t, const struct la_flow_key *k)
{
	text_add(t, "--allow ");
	text_endpoint(t, &k->daddr, k->family, k->dport);
	if (k->dport && record_transport_name(k->proto))
		text_add(t, "/%s", record_transport_name(k->proto));
}

static void find(const struct watch *w, struct record_leak *l, char buf[REMEDY_MAX])
{
	struct text t;

	l->setting = torrent_client_setting(l);
	if (!la_may_be_outer(l->flow.cls, l->flow.detail) || l->ingress)
		return;
	if (!vpn_client_sends(&l->flow) &&
	    !namespaces_is_daemon(w->kernel.namespaces, &l->flow.owner))
		return;
	text_init(&t, buf, REMEDY_MAX);
	if (is_own_cgroup(w, &l->process)) {
		text_add(&t, "--transport-cgroup ");
		text_escape(&t, l->process.cgroup_path, false);
	} else {
		put_allow(&t, &l->flow.key);
	}
	l->remedy = buf;
}

/* Each is said once, as far as we remember. Only the first event of a flow says it. */
static bool was_said(struct remedies *said, const struct record_leak *l)
{
	const char *words = l->remedy ?: l->setting;
	uint64_t hash;
	size_t i;

	if (!words || l->state != RECORD_FLOW_OPEN)
		return false;
	hash = hash_bytes(HASH_BEGIN, words, strlen(words));
	for (i = 0; i < said->n; i++)
		if (said->hashes[i] == hash)
			return true;
	if (said->n < ARRAY_SIZE(said->hashes))
		said->hashes[said->n++] = hash;
	return false;
}

void remedy_tell(struct watch *w, struct record_leak *l, char buf[REMEDY_MAX])
{
	find(w, l, buf);
	l->helped = was_said(&w->remedies, l);
}
