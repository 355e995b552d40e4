/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_verdict.h"

#include <inttypes.h>

#include "priv.h"

/* Who looks now and then still sees that it leaks. */
#define LATELY (30 * NSEC_PER_SEC)

const char *run_verdict_name(enum run_verdict v)
{
	static const char *const names[] = {
#define X(sym, name) name,
		RUN_VERDICTS(X)
#undef X
	};

	return names[v];
}

/* The tunnels that carry the scopes' traffic. Of the host: those of its own namespace. */
struct tunnels {
	unsigned int up, down;
	const char *up_name, *down_name;
};

static struct tunnels find_tunnels(struct watch *w)
{
	const struct record_interface *v;
	struct tunnels t = { 0 };
	size_t n, i;

	v = scopes_is_host(&w->kernel.scopes) ? namespaces_interfaces(w->kernel.namespaces, &n)
					      : namespaces_everywhere(w->kernel.namespaces, &n);
	for (i = 0; v && i < n; i++) {
		if (v[i].role != LA_ROLE_TUNNEL)
			continue;
		if (v[i].up) {
			t.up++;
			t.up_name = t.up_name ?: v[i].name;
		} else {
			t.down++;
			t.down_name = t.down_name ?: v[i].name;
		}
	}
	if (w->accounts.dropouts.n)
		t.down_name = w->accounts.dropouts.v[w->accounts.dropouts.n - 1].name;
	return t;
}

static void say_sum(struct text *t, const struct la_sum *sum)
{
	text_count(t, sum->packets, "packet", "packets");
	text_add(t, " (");
	text_bytes(t, sum->bytes);
	text_add(t, ")");
}

/* "curl[123]" */
static void say_process(struct text *t, const char *name, uint32_t pid)
{
	text_escape(t, name[0] ? name : "somebody", false);
	if (pid)
		text_add(t, "[%u]", pid);
}

/* "curl[123] sent dns to 192.0.2.53:53 over eth0" */
static void say_latest(struct text *t, const struct largest_flow *f)
{
	if (!f->opened)
		return;
	text_add(t, ": ");
	say_process(t, f->process, f->pid);
	text_add(t, " sent %s to ", record_class_name(f->cls) ?: "packets");
	text_endpoint(t, &f->key.daddr, f->key.family, f->key.dport);
	if (!f->interface[0])
		return;
	text_add(t, " over ");
	text_escape(t, f->interface, false);
}

static void say_leaked(struct text *t, const struct watch *w)
{
	const struct snapshot *s = &w->snapshot;
	const struct record_sum *inside = &w->accounts.inside;

	if (s->moment.left.packets) {
		say_sum(t, &s->moment.left);
		text_add(t, s->moment.left.packets == 1 ? " has left outside the tunnel"
							: " have left outside the tunnel");
	}
	if (!inside->packets)
		return;
	text_add(t, s->moment.left.packets ? ", " : "");
	text_count(t, inside->packets, "message", "messages");
	text_add(t, " through the tunnel told the exposed address");
}

/* "tunnel wg0 is down for 12 s", "there is no tunnel" */
static void say_down(struct text *t, const struct watch *w, const struct tunnels *of)
{
	const struct dropouts *d = &w->accounts.dropouts;

	if (!of->down_name) {
		text_add(t, "there is no tunnel");
		return;
	}
	text_add(t, "tunnel ");
	text_escape(t, of->down_name, false);
	if (!d->n) {
		text_add(t, " is down");
		return;
	}
	text_add(t, " has been down for ");
	text_duration(t, w->snapshot.moment.ns - d->v[d->n - 1].fell.ns);
}

static void say_stopped(struct text *t, const struct watch *w)
{
	const struct la_sum *dropped = &w->snapshot.moment.dropped;

	text_add(t, ", and what would leave outside it is stopped");
	if (!dropped->packets)
		return;
	text_add(t, ": ");
	say_sum(t, dropped);
	text_add(t, " so far");
}

static void say_safe(struct text *t, const struct watch *w, const struct tunnels *of)
{
	const struct la_sum *dropped = &w->snapshot.moment.dropped;

	text_add(t, "tunnel ");
	text_escape(t, of->up_name, false);
	text_add(t, " is up, and nothing has left outside it in ");
	text_duration(t, ktime_now() - w->started);
	if (!dropped->packets)
		return;
	text_add(t, "; stopped: ");
	say_sum(t, dropped);
}

static bool is_waiting(const struct scopes *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i]->fd >= 0)
			return false;
	return true;
}

static bool drops_all(const struct watch *w)
{
	const uint32_t all = (1U << LA_CLASS_MAX) - 1;

	return (w->guarding.policy->drop & all) == all;
}

static enum run_verdict say_leaking(struct watch *w, struct text *reason)
{
	uint64_t ago = boottime_now() - w->snapshot.leaked_at;

	say_leaked(reason, w);
	text_add(reason, ", the last ");
	if (ago < NSEC_PER_SEC) {
		text_add(reason, "just now");
	} else {
		text_duration(reason, ago);
		text_add(reason, " ago");
	}
	say_latest(reason, &w->snapshot.largest.latest);
	return RUN_VERDICT_LEAKING;
}

enum run_verdict run_verdict(struct watch *w, struct text *reason)
{
	const struct snapshot *s = &w->snapshot;
	const char *incomplete = completeness_why(&w->losses.completeness);
	const struct tunnels tunnels = find_tunnels(w);
	bool down = !tunnels.up || w->accounts.dropouts.n;

	if (s->leaked_at && boottime_now() - s->leaked_at < LATELY)
		return say_leaking(w, reason);
	if (is_waiting(&w->kernel.scopes)) {
		text_add(reason, "what is to be watched does not exist yet");
		return RUN_VERDICT_WAITING;
	}
	if (down && !drops_all(w)) {
		say_down(reason, w, &tunnels);
		text_add(reason, ", and nothing stops what leaves");
		return RUN_VERDICT_UNPROTECTED;
	}
	if (s->moment.left.packets) {
		say_leaked(reason, w);
		text_add(reason, s->leaked_at ? "; nothing does now" : " before this run");
		return RUN_VERDICT_LEAKED;
	}
	if (w->accounts.inside.packets) {
		say_leaked(reason, w);
		text_add(reason, ", the last by ");
		say_process(reason, w->accounts.teller.name, w->accounts.teller.pid);
		text_add(reason, "; nothing has left outside it");
		return RUN_VERDICT_TOLD;
	}
	if (incomplete) {
		text_add(reason, "no leak was seen, but not everything could be: ");
		text_escape(reason, incomplete, false);
		return RUN_VERDICT_INCOMPLETE;
	}
	if (down) {
		say_down(reason, w, &tunnels);
		say_stopped(reason, w);
		return RUN_VERDICT_STOPPED;
	}
	say_safe(reason, w, &tunnels);
	return RUN_VERDICT_SAFE;
}
