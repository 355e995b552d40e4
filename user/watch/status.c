/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our status in one line for the service manager (systemctl status). */
#include "base/text.h"
#include "priv.h"

static void add_tunnels(struct watch *w, struct text *t)
{
	const struct record_interface *v;
	const char *separator = "";
	size_t n, i;

	v = namespaces_interfaces(w->namespaces, &n);
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

static void add_counts(struct watch *w, struct text *t)
{
	struct dropout_moment m = watch_moment(w);
	struct la_sum leaked = { m.tried.packets - m.dropped.packets - m.held.packets,
				 m.tried.bytes - m.dropped.bytes - m.held.bytes };

	if (!leaked.packets)
		text_add(t, completeness_why(&w->completeness) ? ", no leak seen (incomplete)"
							       : ", no leak");
	add_sum(t, leaked.packets, leaked.bytes, "leaked");
	add_sum(t, m.dropped.packets, m.dropped.bytes, "stopped");
}

void watch_status(struct watch *w)
{
	char line[sizeof(w->notify.status)];
	struct text t;

	if (w->notify.fd < 0)
		return;
	text_init(&t, line, sizeof(line));
	text_add(&t, w->scope->fd < 0 ? "waiting for " : "watching ");
	text_escape(&t, w->scope->host ? "the host" : w->scope->path, false);
	text_add(&t, ": ");
	add_tunnels(w, &t);
	add_counts(w, &t);
	notify_status(&w->notify, line);
}
