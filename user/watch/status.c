/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include "base/text.h"
#include "priv.h"
#include "record/record_summary.h"

static void add_scopes(const struct scopes *s, struct text *t)
{
	size_t i, there = 0;

	for (i = 0; i < s->n; i++)
		there += s->v[i]->fd >= 0;
	if (s->n > 1) {
		text_add(t, "watching %zu of %zu scopes", there, s->n);
		return;
	}
	text_add(t, there ? "watching " : "waiting for ");
	text_escape(t, scopes_is_host(s) ? "the host" : s->v[0]->path, false);
}

static void add_tunnels(struct namespaces *spaces, struct text *t)
{
	const struct record_interface *v;
	const char *separator = "";
	size_t n, i;

	v = namespaces_interfaces(spaces, &n);
	for (i = 0; v && i < n; i++) {
		if (v[i].role != LA_ROLE_TUNNEL)
			continue;
		text_add(t, "%stunnel ", separator);
		text_escape(t, v[i].name, false);
		text_add(t, v[i].up ? " is up" : " is down");
		separator = ", ";
	}
	if (!*separator)
		text_add(t, "there is no tunnel");
}

static void add_sum(struct text *t, uint64_t packets, uint64_t bytes, const char *what)
{
	if (!packets)
		return;
	text_add(t, ", ");
	text_count(t, packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, bytes);
	text_add(t, ") %s", what);
}

static void add_counts(struct text *t, const struct watch *w, const struct dropout_moment *m)
{
	bool complete = !completeness_why(&w->losses.completeness);

	text_add(t, ", ");
	record_say_leaks(t, &m->left, w->accounts.inside.packets, complete);
	add_sum(t, m->dropped.packets, m->dropped.bytes, "stopped");
	text_add(t, complete ? "" : " (incomplete)");
}

void status_send(struct watch *w, const struct dropout_moment *now)
{
	char line[sizeof(w->notify.status)];
	struct text t;

	if (w->notify.fd < 0)
		return;
	text_init(&t, line, sizeof(line));
	add_scopes(&w->kernel.scopes, &t);
	text_add(&t, ": ");
	add_tunnels(w->kernel.namespaces, &t);
	add_counts(&t, w, now);
	notify_status(&w->notify, line);
}
