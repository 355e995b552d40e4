/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include "base/text.h"

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

static void add_counts(const struct dropout_moment *m, bool complete, struct text *t)
{
	struct la_sum leaked = { m->tried.packets - m->dropped.packets - m->held.packets,
				 m->tried.bytes - m->dropped.bytes - m->held.bytes };

	if (!leaked.packets)
		text_add(t, complete ? ", no leak" : ", no leak seen (incomplete)");
	add_sum(t, leaked.packets, leaked.bytes, "leaked");
	add_sum(t, m->dropped.packets, m->dropped.bytes, "stopped");
}

void status_send(struct notify *notify, const struct kernel_side *k,
		 const struct dropout_moment *now, bool complete)
{
	char line[sizeof(notify->status)];
	struct text t;

	if (notify->fd < 0)
		return;
	text_init(&t, line, sizeof(line));
	add_scopes(&k->scopes, &t);
	text_add(&t, ": ");
	add_tunnels(k->namespaces, &t);
	add_counts(now, complete, &t);
	notify_status(notify, line);
}
