/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aggregate.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/addr.h"
#include "base/util.h"
#include "record/record_behalf.h"

/* Different ones in a window: a scan asks for many names. */
#define GROUPS_MAX 1024

/* Strings of a leak, which are copied, and by which groups are told apart. */
/* clang-format off */
#define STRINGS(X) \
	X(ifname) X(netns) X(scope) X(dns_name) X(dns_type) X(server_name) X(remedy) \
	X(route.prefix) X(route.protocol) X(rule.selector) X(tunnel.name) X(tunnel.prefix) \
	X(process.name) X(process.executable) X(process.command_line) X(process.user) \
	X(process.parent_name) X(process.cgroup_path) X(process.unit) X(process.container) \
	X(process.container_name) X(process.container_runtime)
/* clang-format on */

static const size_t strings[] = {
#define X(member) offsetof(struct record_leak, member),
	STRINGS(X)
#undef X
};

/* Strings of an asker. */
static const size_t asker_strings[] = {
	offsetof(struct record_asker, name),
	offsetof(struct record_asker, cgroup_path),
	offsetof(struct record_asker, unit),
	offsetof(struct record_asker, scope),
};

struct group {
	struct record r; /* the first event; its strings are owned */
	struct record_behalf behalf;
	struct record_source before_nat;
	struct record_aggregate sums;
};

struct aggregate {
	uint64_t hashes[GROUPS_MAX]; /* of the groups: a look through these finds one */
	struct group groups[GROUPS_MAX];
	size_t n;
	uint64_t window, began; /* ns, and ktime of the first event of this window */
	aggregate_fn *fn;
	void *arg;
};

int aggregate_open(struct aggregate **ret, uint64_t window_ns, aggregate_fn *fn, void *arg)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	(*ret)->window = window_ns;
	(*ret)->fn = fn;
	(*ret)->arg = arg;
	return 0;
}

static const char **string_at(void *base, size_t offset)
{
	return (const char **)((char *)base + offset);
}

static const char *string_of(const void *base, size_t offset)
{
	return *(const char *const *)((const char *)base + offset);
}

/* Copies the strings of base in place. What has no memory is left out. */
static void own(void *base, const size_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char **s = string_at(base, offsets[i]);

		*s = *s ? strdup(*s) : NULL;
	}
}

static void disown(void *base, const size_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)string_of(base, offsets[i]));
}

static bool same_strings(const void *a, const void *b, const size_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *x = string_of(a, offsets[i]), *y = string_of(b, offsets[i]);

		if (!x != !y || (x && strcmp(x, y) != 0))
			return false;
	}
	return true;
}

static bool same_behalf(const struct record_behalf *a, const struct record_behalf *b)
{
	if (!a != !b || (a && (a->n != b->n || strcmp(a->match ?: "", b->match ?: "") != 0)))
		return false;
	for (size_t i = 0; a && i < a->n; i++)
		if (a->v[i].pid != b->v[i].pid ||
		    !same_strings(&a->v[i], &b->v[i], asker_strings, ARRAY_SIZE(asker_strings)))
			return false;
	return true;
}

static uint64_t hash_of(const struct record_leak *l)
{
	const char *name = l->dns_name ?: l->server_name ?: "";
	uint64_t hash = hash_bytes(HASH_BEGIN, name, strlen(name));

	hash = hash_bytes(hash, &l->process.pid, sizeof(l->process.pid));
	return hash_bytes(hash, &l->flow.key.daddr, sizeof(l->flow.key.daddr));
}

/* What is not compared here may differ: ports, sockets, the hook. */
static bool is_of(const struct group *g, const struct record *r)
{
	const struct record_leak *a = &g->r.leak, *b = &r->leak;

	return g->r.action == r->action && a->flow.cls == b->flow.cls &&
	       a->flow.detail == b->flow.detail && a->outcome == b->outcome &&
	       a->cause == b->cause && a->process.pid == b->process.pid &&
	       a->process.host_pid == b->process.host_pid &&
	       a->process.start.tv_sec == b->process.start.tv_sec &&
	       a->process.start.tv_nsec == b->process.start.tv_nsec &&
	       a->flow.key.family == b->flow.key.family && a->flow.key.proto == b->flow.key.proto &&
	       a->flow.attribution == b->flow.attribution &&
	       a->flow.key.netns == b->flow.key.netns && !a->before_nat == !b->before_nat &&
	       a->flow.key.dport == b->flow.key.dport &&
	       addr_equal(&a->flow.key.daddr, &b->flow.key.daddr) &&
	       same_strings(a, b, strings, ARRAY_SIZE(strings)) &&
	       same_behalf(a->behalf, b->behalf);
}

static void copy_behalf(struct group *g)
{
	struct record_leak *l = &g->r.leak;
	struct record_asker *v;

	if (!l->behalf)
		return;
	g->behalf = *l->behalf;
	v = calloc(g->behalf.n + 1, sizeof(*v));
	if (v)
		memcpy(v, g->behalf.v, g->behalf.n * sizeof(*v));
	else
		g->behalf.n = 0;
	for (size_t i = 0; i < g->behalf.n; i++)
		own(&v[i], asker_strings, ARRAY_SIZE(asker_strings));
	g->behalf.v = v;
	l->behalf = &g->behalf;
}

static struct group *begin(struct aggregate *a, const struct record *r, uint64_t now)
{
	struct group *g = &a->groups[a->n];
	struct record_leak *l = &g->r.leak;

	if (!a->n++)
		a->began = now;
	a->hashes[a->n - 1] = hash_of(&r->leak);
	*g = (struct group){ .r = *r };
	own(l, strings, ARRAY_SIZE(strings));
	copy_behalf(g);
	if (l->before_nat) {
		g->before_nat = *l->before_nat;
		l->before_nat = &g->before_nat;
	}
	l->aggregate = &g->sums;
	l->state = RECORD_FLOW_NONE;
	l->start = l->end = r->time;
	return g;
}

/* Of several sockets none is told. */
static void forget_socket(struct record_leak *to, const struct record_leak *l)
{
	struct la_flow_key *k = &to->flow.key;

	if (k->sport != l->flow.key.sport || k->cookie != l->flow.key.cookie) {
		k->sport = 0;
		k->cookie = 0;
		if (to->before_nat)
			((struct record_source *)to->before_nat)->port = 0;
	}
}

static void free_group(struct group *g)
{
	for (size_t i = 0; i < g->behalf.n; i++)
		disown((void *)&g->behalf.v[i], asker_strings, ARRAY_SIZE(asker_strings));
	free((void *)g->behalf.v);
	disown(&g->r.leak, strings, ARRAY_SIZE(strings));
}

void aggregate_tell(struct aggregate *a, uint64_t now)
{
	if (!a->n || (now != UINT64_MAX && now - a->began < a->window))
		return;
	for (size_t i = 0; i < a->n; i++) {
		a->fn(a->arg, &a->groups[i].r);
		free_group(&a->groups[i]);
	}
	a->n = 0;
}

void aggregate_free(struct aggregate *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		free_group(&a->groups[i]);
	free(a);
}

static struct group *group_of(struct aggregate *a, const struct record *r, uint64_t now)
{
	uint64_t hash = hash_of(&r->leak);

	for (size_t i = 0; i < a->n; i++)
		if (a->hashes[i] == hash && is_of(&a->groups[i], r))
			return &a->groups[i];
	if (a->n == GROUPS_MAX)
		aggregate_tell(a, UINT64_MAX);
	return begin(a, r, now);
}

/* Adds what has grown since it was told last. */
static void grow(struct la_sum *to, struct la_sum *told, const struct la_sum *now)
{
	if (now->packets > told->packets)
		to->packets += now->packets - told->packets;
	if (now->bytes > told->bytes)
		to->bytes += now->bytes - told->bytes;
	*told = *now;
}

static bool is_news(const struct record *r, const struct flow_note *note)
{
	struct record_ends ends = record_ends(&r->leak.flow);

	return r->leak.state != RECORD_FLOW_CLOSE || ends.held.packets ||
	       ends.judged.packets != note->told.judged.packets ||
	       ends.left.packets != note->told.left.packets;
}

bool aggregate_take(struct aggregate *a, const struct record *r, struct flow_note *note,
		    uint64_t now)
{
	const struct record_leak *l = &r->leak;
	struct record_ends ends = record_ends(&l->flow);
	struct la_sum exempt = record_exempt(&l->flow);
	struct group *g;

	if (l->state == RECORD_FLOW_NONE ||
	    (l->flow.cls != LA_CLASS_DNS && l->flow.cls != LA_CLASS_STUN))
		return false;
	if (!is_news(r, note))
		return true; /* its end, with nothing that was not told */
	g = group_of(a, r, now);
	g->sums.events++;
	g->r.time = r->time;
	g->r.leak.end = r->time;
	forget_socket(&g->r.leak, l);
	if (note->over)
		return true;
	grow(&g->sums.ends.judged, &note->told.judged, &ends.judged);
	grow(&g->sums.ends.left, &note->told.left, &ends.left);
	grow(&g->sums.ends.dropped, &note->told.dropped, &ends.dropped);
	grow(&g->sums.exempt, &note->told_exempt, &exempt);
	if (l->state == RECORD_FLOW_CLOSE) /* what is held may leave, until then */
		record_add(&g->sums.ends.held, &ends.held);
	return true;
}
