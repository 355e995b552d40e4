/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot_put.h"

#include <string.h>

#include "priv.h"
#include "record/record_dropout.h"
#include "record/record_json.h"
#include "record/speaker.h"
#include "run_verdict.h"

/* Of a host with many containers: the first, which are those at home. */
#define INTERFACES_SHOWN 64

/* --- the run --- */

static void put_verdict(struct watch *w, struct json *j)
{
	char reason[512];
	struct text t;

	text_init(&t, reason, sizeof(reason));
	json_obj(j, "verdict");
	json_str(j, "word", run_verdict_name(run_verdict(w, &t)));
	json_str(j, "reason", reason);
	json_end(j);
}

static void put_run(const struct watch *w, struct json *j)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	json_time(j, "@timestamp", &now);
	speaker_put(j, pipeline_speaker(w->out));
	json_str(j, "version", LEAKAUDIT_VERSION);
	json_str(j, "command", w->cfg->child ? "run" : w->cfg->guard ? "guard" : "watch");
	json_u64(j, "pid", (uint64_t)getpid());
	json_time(j, "started", &w->snapshot.started);
	json_seconds(j, "seconds", ktime_now() - w->started);
}

static void put_guard(const struct watch *w, struct json *j)
{
	const struct guard *g = w->guarding.guard;
	uint64_t now = ktime_now();

	json_arr(j, "stops");
	for (unsigned int i = 0; policy_classes[i]; i++)
		if (w->guarding.policy->drop & 1U << i)
			json_str(j, NULL, policy_classes[i]);
	json_end(j);
	if (!g)
		return;
	json_obj(j, "guard");
	json_str(j, "name", g->name);
	json_bool(j, "in_force", guard_holds(g) && (!g->meta.deadline || now < g->meta.deadline));
	if (g->meta.deadline)
		json_seconds(j, "expires_in", g->meta.deadline > now ? g->meta.deadline - now : 0);
	json_end(j);
}

static void put_scopes(const struct watch *w, struct json *j)
{
	const struct scopes *s = &w->kernel.scopes;
	size_t i;

	json_arr(j, "scopes");
	for (i = 0; i < s->n; i++) {
		bool there = s->v[i]->fd >= 0;

		json_obj(j, NULL);
		json_str(j, "path", scopes_is_host(s) ? "host" : s->v[i]->path);
		json_str(j, "name", s->v[i]->name);
		json_bool(j, "there", there);
		json_bool(j, "hooked", there && attach_alive(w->kernel.datapath, (uint32_t)i + 1));
		json_end(j);
	}
	json_end(j);
}

/* --- tunnels --- */

static const struct snapshot_tunnel *known(const struct snapshot *s, uint64_t netns,
					   const char *name)
{
	size_t i;

	for (i = 0; i < s->n_tunnels; i++)
		if (s->tunnels[i].netns == netns && !strcmp(s->tunnels[i].name, name))
			return &s->tunnels[i];
	return NULL;
}

static void put_netns(const struct watch *w, struct json *j, uint64_t netns)
{
	json_str(j, "netns", namespaces_name(w->kernel.namespaces, netns));
}

/* t: NULL: it is as it was when the run began. */
static void put_tunnel(const struct watch *w, struct json *j, const struct record_interface *i,
		       const struct snapshot_tunnel *t)
{
	json_obj(j, NULL);
	json_str(j, "name", i->name);
	json_str(j, "kind", i->kind);
	put_netns(w, j, i->netns);
	json_bool(j, "up", i->up);
	if (t) {
		json_time(j, "since", &t->since);
		json_seconds(j, "seconds", boottime_now() - t->since_ns);
	}
	json_u64(j, "dropouts", t ? t->dropouts + !t->up : 0);
	json_seconds(j, "down_seconds",
		     t ? t->down_ns + (t->up ? 0 : boottime_now() - t->since_ns) : 0);
	json_end(j);
}

static bool is_listed(const struct record_interface *v, size_t n, const struct snapshot_tunnel *t)
{
	size_t i;

	for (i = 0; v && i < n; i++)
		if (v[i].role == LA_ROLE_TUNNEL && v[i].netns == t->netns &&
		    !strcmp(v[i].name, t->name))
			return true;
	return false;
}

/* Also those that are gone: a daemon that restarts makes another one of the same name. */
static void put_tunnels(const struct watch *w, struct json *j, const struct record_interface *v,
			size_t n)
{
	const struct snapshot *s = &w->snapshot;
	size_t i, shown = 0;

	json_arr(j, "tunnels");
	for (i = 0; v && i < n && shown < SNAPSHOT_TUNNELS; i++) {
		if (v[i].role != LA_ROLE_TUNNEL)
			continue;
		put_tunnel(w, j, &v[i], known(s, v[i].netns, v[i].name));
		shown++;
	}
	for (i = 0; i < s->n_tunnels; i++) {
		const struct record_interface gone = { .name = s->tunnels[i].name,
						       .netns = s->tunnels[i].netns };

		if (!s->tunnels[i].up && !is_listed(v, n, &s->tunnels[i]))
			put_tunnel(w, j, &gone, &s->tunnels[i]);
	}
	json_end(j);
}

static void put_dropouts(const struct watch *w, struct json *j)
{
	const struct record_dropouts sum = dropouts_sum(&w->accounts.dropouts, boottime_now());
	const struct snapshot *s = &w->snapshot;
	uint64_t i = s->n_dropouts > SNAPSHOT_DROPOUTS ? s->n_dropouts - SNAPSHOT_DROPOUTS : 0;

	record_put_dropouts(j, &sum);
	json_arr(j, "latest_dropouts");
	for (; i < s->n_dropouts; i++) {
		const struct snapshot_dropout *d = &s->dropouts[i % SNAPSHOT_DROPOUTS];

		json_obj(j, NULL);
		json_str(j, "tunnel", d->name);
		record_put_dropout(j, &d->record);
		json_end(j);
	}
	json_end(j);
}

/* --- interfaces --- */

static const struct record_line *line_of(const struct record_line *v, size_t n,
					 const struct record_interface *i)
{
	size_t k;

	for (k = 0; k < n; k++)
		if (v[k].netns == i->netns && !strcmp(v[k].name, i->name))
			return &v[k];
	return NULL;
}

static void put_interfaces(const struct watch *w, struct json *j, const struct record_interface *v,
			   size_t n)
{
	_cleanup_(freep) struct record_line *lines = calloc(INTERFACES_SHOWN, sizeof(*lines));
	size_t n_lines = lines ? namespaces_lines_now(w->kernel.namespaces, lines, INTERFACES_SHOWN)
			       : 0;
	size_t i;

	json_arr(j, "interfaces");
	for (i = 0; v && i < n && i < INTERFACES_SHOWN; i++) {
		const struct record_line *line = line_of(lines, n_lines, &v[i]);

		json_obj(j, NULL);
		json_str(j, "name", v[i].name);
		json_u64(j, "index", v[i].ifindex);
		json_str(j, "kind", v[i].kind);
		json_str(j, "role", record_role_name(v[i].role));
		put_netns(w, j, v[i].netns);
		json_bool(j, "up", v[i].up);
		if (line) {
			record_put_sum(j, "counted", line->counted.packets, line->counted.bytes);
			record_put_sum(j, "seen", line->seen.packets, line->seen.bytes);
			record_put_sum(j, "unexplained", line->unexplained.packets,
				       line->unexplained.bytes);
		}
		json_end(j);
	}
	json_end(j);
	if (n > INTERFACES_SHOWN)
		json_u64(j, "other_interfaces", n - INTERFACES_SHOWN);
}

/* --- sums --- */

static void put_sum(struct json *j, const char *key, const struct la_sum *s)
{
	record_put_sum(j, key, s->packets, s->bytes);
}

static void put_totals(const struct watch *w, struct json *j)
{
	const struct leakers *all = w->snapshot.now;
	const struct dropout_moment *m = &w->snapshot.moment;
	const struct accounts *a = &w->accounts;
	const struct la_sum held = accounts_held(m);

	json_obj(j, "totals");
	put_sum(j, "left", &m->left);
	put_sum(j, "dropped", &m->dropped);
	put_sum(j, "held", &held);
	put_sum(j, "judged", &m->tried);
	json_u64(j, "refused", m->refused);
	record_put_sum(j, "possible", a->possible.packets, a->possible.bytes);
	record_put_sum(j, "inside", a->inside.packets, a->inside.bytes);
	json_obj(j, "by_class");
	for (unsigned int i = 0; i < LA_CLASS_MAX; i++) {
		json_obj(j, record_class_name(i));
		snapshot_put_ends(j, &all->by_class[i]);
		json_end(j);
	}
	json_end(j);
	json_obj(j, "exempt");
	for (unsigned int i = LA_EXEMPT_NONE + 1; i < LA_EXEMPT_MAX; i++)
		put_sum(j, record_exempt_name(i), &all->exempt[i]);
	json_end(j);
	json_end(j);
}

static void put_completeness(const struct watch *w, struct json *j)
{
	const char *why = completeness_why(&w->losses.completeness);
	struct record_lost lost = { 0 };

	losses_so_far(&w->losses, &lost);
	json_bool(j, "complete", !why);
	json_str(j, "incomplete", why);
	json_u64(j, "reasons", w->losses.completeness.reasons);
	record_put_lost(j, &lost);
}

void snapshot_put(struct watch *w, struct json *j)
{
	const struct record_interface *v;
	size_t n;

	json_obj(j, NULL);
	put_run(w, j);
	put_verdict(w, j);
	put_guard(w, j);
	put_scopes(w, j);
	v = namespaces_everywhere(w->kernel.namespaces, &n); /* the verdict has asked anew */
	put_tunnels(w, j, v, n);
	put_interfaces(w, j, v, n);
	put_dropouts(w, j);
	put_totals(w, j);
	put_completeness(w, j);
	snapshot_put_leakers(w, j);
	snapshot_put_flows(w, j);
	snapshot_put_timeline(w, j);
	json_end(j);
}
