/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "stop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "calls.h"
#include "child.h"
#include "hooks.h"
#include "loader.h"
#include "series.h"
#include "ways.h"

/* Ratios of what two ways add, or of all that a call takes, and what they are to be at most. */
static const struct target {
	enum work work;
	enum way of, to;
	bool whole;
	double most;
} targets[] = {
	{ WORK_FLOW, OUR_COUNT, OLD_COUNT, false, 0.65 },
	{ WORK_FLOW, OUR_COUNT, NFT_COUNT, false, 0.5 },
	{ WORK_FLOW, OUR_DROP, NFT_DROP, true, 0.85 },
	{ WORK_FLOW, GUARD_DROP, NFT_DROP, true, 0.85 },
	{ WORK_PEERS, OUR_COUNT, NFT_COUNT, false, 0.6 },
	{ WORK_SOCKET, OUR_COUNT, NOBODY, true, 1.1 },
	{ WORK_NEW, OUR_COUNT, OLD_COUNT, false, 0.33 },
	{ WORK_ACCEPT, OUR_COUNT, OLD_COUNT, false, 1 },
};

struct sender {
	struct calls calls;
	const char *skipped; /* why */
	double ns; /* a call, in this round */
	struct series took[WORK_MAX], added[WORK_MAX];
};

/* The programs of one loader, and what they cost. */
struct own {
	enum way way;
	char cgroup[4096];
	struct loader loader;
	struct hooks *hooks;
	struct series ours, empty, added;
};

static void start_sender(struct sender *s, const struct stop_settings *set, enum way way)
{
	static struct calls_place place;

	way_path(place.netns, set->netns, way);
	way_path(place.cgroup, set->cgroup, way);
	place.peer = set->peer;
	place.device = ways[way].name;
	place.stops = ways[way].stops;
	calls_start(&s->calls, &place);
}

/* In its namespace, in place of the process that it is started by. */
static void start_loader(struct own *own, const struct stop_settings *set)
{
	char netns[4096 + 16], *argv[32] = { "/usr/bin/nsenter", netns, "--" };
	size_t n = 3, i;

	way_path(own->cgroup, set->cgroup, own->way);
	snprintf(netns, sizeof(netns), "--net=%s%s", set->netns, ways[own->way].name);
	for (i = 0; set->command[i] && n < 28; i++)
		argv[n++] = set->command[i];
	if (own->way == OLD_COUNT)
		argv[3] = (char *)set->baseline;
	argv[n++] = "--cgroup";
	argv[n++] = own->cgroup;
	if (ways[own->way].stops)
		argv[n++] = "--drop";
	loader_start(&own->loader, argv);
}

static bool takes_part(const struct sender *s, enum way way, enum work work)
{
	return s->calls.pid && (work_can_be_stopped(work) || !ways[way].stops);
}

/* Each round begins with another one: the first one's caches are colder. */
static void time_round(struct sender senders[WAY_MAX], enum work work, unsigned int round)
{
	unsigned int i;
	enum way way;

	for (i = 0; i < WAY_MAX; i++) {
		way = (round + i) % WAY_MAX;
		if (takes_part(&senders[way], way, work))
			senders[way].ns = calls_round(&senders[way].calls, work);
	}
}

/* Of the two that are the same: where the machine slows one of them, that is none of the others'. */
static double base_of(const struct sender senders[WAY_MAX], enum way base)
{
	double ns = senders[base].ns, again = senders[NOBODY_AGAIN].ns;

	return base == NOBODY && again < ns ? again : ns;
}

static void time_calls(const struct stop_settings *set, struct sender senders[WAY_MAX],
		       enum work work)
{
	unsigned int round;
	struct sender *s;
	int way;

	for (round = 0; round <= work_rounds(work, set->rounds); round++) {
		time_round(senders, work, round);
		for (way = 0; way < WAY_MAX && round; way++) { /* in the first one, flows settle */
			s = &senders[way];
			if (!takes_part(s, way, work))
				continue;
			series_add(&s->took[work], s->ns);
			series_add(&s->added[work], s->ns - base_of(senders, ways[way].base));
		}
	}
}

/* Apart from the calls' times, which the kernel's statistics would add to. */
static void time_programs(const struct stop_settings *set, struct sender senders[WAY_MAX],
			  struct own *own, size_t n)
{
	struct reading from[HOOK_MAX], to[HOOK_MAX];
	unsigned int round;
	struct cost c;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		r = hooks_open(&own[i].hooks, own[i].cgroup, NULL, 0, 0);
		r = r ? r : hooks_meet(own[i].hooks, own[i].loader.pid);
		if (r) {
			errno = -r;
			die("cannot attach the empty programs");
		}
	}
	for (round = 0; round < set->rounds; round++) {
		for (i = 0; i < n; i++) {
			hooks_read(own[i].hooks, from);
			calls_round(&senders[own[i].way].calls, WORK_FLOW);
			hooks_read(own[i].hooks, to);
			if (!hooks_cost(&from[HOOK_EGRESS], &to[HOOK_EGRESS], &c))
				continue;
			series_add(&own[i].ours, c.ours);
			series_add(&own[i].empty, c.empty);
			series_add(&own[i].added, c.ours - c.empty);
		}
	}
	for (i = 0; i < n; i++)
		hooks_close(own[i].hooks);
}

static void print_way(const struct stop_settings *set, enum way way, struct sender *s,
		      enum work work)
{
	const struct way_type *t = &ways[way];
	double least = series_min(&s->took[work]);

	if (set->json) {
		printf("{\"timed\":\"%s\",\"way\":\"%s\"", work_name(work), t->what);
		if (!s->calls.pid)
			puts(",\"skipped\":true}");
		else
			printf(",\"ns\":%.1f,\"least_ns\":%.1f,\"added_ns\":%.1f,\"rounds\":%zu}\n",
			       series_median(&s->took[work]), least, series_median(&s->added[work]),
			       s->took[work].n);
		return;
	}
	printf("  %-28s", t->what);
	if (!s->calls.pid)
		printf(" skipped: %s\n", s->skipped);
	else if (t->base == way)
		printf(" %7.1f %7.1f\n", series_median(&s->took[work]), least);
	else
		printf(" %7.1f %7.1f %+7.1f\n", series_median(&s->took[work]), least,
		       series_median(&s->added[work]));
}

/* The least of a way, of the whole call or of what it adds. */
static double least_of(struct sender senders[WAY_MAX], enum way way, const struct target *t)
{
	double least = series_min(&senders[way].took[t->work]);
	double base = series_min(&senders[NOBODY].took[t->work]);
	double again = series_min(&senders[NOBODY_AGAIN].took[t->work]);

	return t->whole ? least : least - (again < base ? again : base);
}

static double median_of(struct sender senders[WAY_MAX], enum way way, const struct target *t)
{
	return series_median(t->whole ? &senders[way].took[t->work] : &senders[way].added[t->work]);
}

static void print_target(const struct stop_settings *set, struct sender senders[WAY_MAX],
			 const struct target *t)
{
	double median = median_of(senders, t->of, t) / median_of(senders, t->to, t);
	double least = least_of(senders, t->of, t) / least_of(senders, t->to, t);

	if (!senders[t->of].calls.pid || !senders[t->to].calls.pid)
		return;
	if (set->json)
		printf("{\"timed\":\"%s\",\"way\":\"%s\",\"to\":\"%s\",\"ratio\":%.2f,"
		       "\"least_ratio\":%.2f,\"target\":%.2f}\n",
		       work_name(t->work), ways[t->of].what, ways[t->to].what, median, least,
		       t->most);
	else
		printf("    to \"%s\": %.2f, at least %.2f  < %.2f %s\n", ways[t->to].what, median,
		       least, t->most, verdict(median, least, t->most));
}

static void print_work(const struct stop_settings *set, struct sender senders[WAY_MAX],
		       enum work work)
{
	size_t i;
	int way;

	if (!set->json)
		printf(" %s\n", work_name(work));
	for (way = 0; way < WAY_MAX; way++)
		if (work_can_be_stopped(work) || !ways[way].stops)
			print_way(set, way, &senders[way], work);
	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		if (targets[i].work == work)
			print_target(set, senders, &targets[i]);
}

static double least_added(struct own *own)
{
	return series_min(&own->ours) - series_min(&own->empty);
}

static void print_own(struct own *own, const char *what, bool json)
{
	if (json)
		printf("{\"hook\":\"cgroup egress\",\"what\":\"%s\",\"added_ns\":%.1f,"
		       "\"least_added_ns\":%.1f}\n",
		       what, series_median(&own->added), least_added(own));
	else if (own->added.n)
		printf("  %-28s %+7.1f %+7.1f", what, series_median(&own->added), least_added(own));
	else
		printf("  %-28s not seen at this hook", what);
}

/* Noise is about as much as a timestamp is exact. */
#define NOISE_NS 3

static void print_programs(struct own *count, struct own *drop, bool json)
{
	double counting = series_median(&count->added);

	if (!json)
		puts(" cgroup egress, its own program");
	print_own(count, "counting", json);
	if (!json)
		putchar('\n');
	print_own(drop, "dropping", json);
	if (!json)
		printf("   no more than counting: %s\n",
		       verdict(series_median(&drop->added),
			       least_added(drop) - least_added(count) + counting,
			       counting + NOISE_NS));
}

static void print_all(const struct stop_settings *set, struct sender senders[WAY_MAX],
		      struct own own[2])
{
	enum work work;

	if (!set->json)
		printf("\n%-30s %7s %7s %7s\n", "CPU ns of whole calls", "median", "least",
		       "added");
	for (work = 0; work < WORK_MAX; work++)
		print_work(set, senders, work);
	print_programs(&own[0], &own[1], set->json);
}

void bench_stop(const struct stop_settings *set)
{
	static struct sender senders[WAY_MAX];
	static struct own own[] = { { .way = OUR_COUNT },
				    { .way = OUR_DROP },
				    { .way = OLD_COUNT } };
	size_t i, n = set->baseline ? 3 : 2;
	int stopper = ways_attach_stopper(set), way;
	enum work work;

	ways_attach_sinks(set);
	for (i = 0; i < n; i++)
		start_loader(&own[i], set);
	for (way = 0; way < WAY_MAX; way++) {
		senders[way].skipped = way_skipped(set, way);
		if (!senders[way].skipped)
			start_sender(&senders[way], set, way);
	}
	for (work = 0; work < WORK_MAX; work++)
		time_calls(set, senders, work);
	time_programs(set, senders, own, 2);
	print_all(set, senders, own);
	for (way = 0; way < WAY_MAX; way++)
		if (senders[way].calls.pid)
			child_end(senders[way].calls.pid);
	for (i = 0; i < n; i++)
		loader_stop(&own[i].loader);
	close(stopper);
}
