/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs in the kernel and the same headers built natively give the same
 * answer: verdict, flow record and event, byte by byte, on every case and on
 * the first COUNT random ones of SEED, at both hooks.
 */
#include <errno.h>
#include <stdlib.h>

#include "../unit/cases.h"
#include "../unit/unit.h"
#include "generate.h"
#include "model.h"
#include "rig.h"
#include "base/util.h"

#define DROP_ALL (~0U)
#define SAID_MAX 5 /* differences that are told in full */

static struct packet_case *cases;
static size_t n_cases;
static uint64_t seed, count;

struct duel {
	struct rig *rig;
	struct model native;
	enum la_hook hook;
	uint32_t refused, differed, flows_of_many, shown;
	uint32_t details[2][LA_DETAIL_MAX], exempts[2][LA_EXEMPT_MAX];
	/* the last one */
	struct flight flight;
	struct outcome kernel, model;
};

static const char *const hook_names[] = { [LA_HOOK_CGROUP] = "cgroup", [LA_HOOK_TC] = "tc" };

static long first_difference(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	size_t i;

	for (i = 0; i < n; i++)
		if (x[i] != y[i])
			return (long)i;
	return -1;
}

static const char *difference(const struct outcome *a, const struct outcome *b, long *at)
{
	uint32_t i;

	*at = -1;
	if (a->returned != b->returned)
		return "return value";
	if (a->has_flow != b->has_flow)
		return "presence of a flow";
	if ((*at = first_difference(&a->flow, &b->flow, sizeof(a->flow))) >= 0)
		return "flow record";
	if (a->has_fragment != b->has_fragment)
		return "presence of a fragment";
	if ((*at = first_difference(&a->fragment, &b->fragment, sizeof(a->fragment))) >= 0)
		return "fragment";
	if (a->sees_synack != b->sees_synack)
		return "SYN-ACK seen";
	if (a->shown != b->shown)
		return "the owner's being a client";
	if (a->n_told != b->n_told)
		return "number of events";
	for (i = 0; i < a->n_told; i++)
		if ((*at = first_difference(&a->told[i], &b->told[i], sizeof(a->told[i]))) >= 0)
			return "event";
	return NULL;
}

static void describe(const char *who, const struct outcome *o)
{
	const struct la_flow *f = &o->flow;
	char answer[192] = "no flow";

	if (o->has_flow)
		case_answer(answer, sizeof(answer), &f->key, f->cls, f->detail, f->exempt, false,
			    o->has_fragment);
	printf("#   %s: returned %d, %u events, %s\n", who, o->returned, o->n_told, answer);
	printf("#     verdict %u, %" PRIu64 "+%" PRIu64 " packets, %" PRIu64 "+%" PRIu64
	       " bytes, flags %x, probes %u, scratch %x\n",
	       f->verdict, (uint64_t)f->packets, (uint64_t)f->exempt_packets, (uint64_t)f->bytes,
	       (uint64_t)f->exempt_bytes, f->flags, f->probes, f->scratch);
}

static void say_packet(const struct packet *p)
{
	uint32_t i;

	printf("#   %u times, %u segments, mark %u%s\n#     ", p->repeat, p->segs, p->mark,
	       p->new_facts ? ", new facts" : "");
	for (i = 0; i < p->len; i++)
		printf("%s%02x", i == ETHER_LEN ? " " : "", p->frame[i]);
	printf("\n");
}

static void say(const struct duel *d, const char *what, long at)
{
	const struct flight *f = &d->flight;
	uint32_t i;

	printf("# %s: %s differs at byte %ld%s%s%s\n", hook_names[d->hook], what, at,
	       f->owned ? ", owned" : "", f->client ? " by a client" : "",
	       f->impostor ? " with a pid that held a tunnel"
	       : f->daemon ? " that holds a tunnel"
			   : "");
	for (i = 0; i < f->n; i++)
		say_packet(&f->packets[i]);
	describe("kernel", &d->kernel);
	describe("native", &d->model);
}

static void note(struct duel *d)
{
	if (!d->kernel.has_flow)
		return;
	d->flows_of_many += d->flight.n > 1;
	d->shown += d->kernel.shown && !d->flight.client;
	d->exempts[d->hook][d->kernel.flow.exempt]++;
	d->details[d->hook][d->kernel.flow.detail]++;
}

/* Returns whether the kernel took the packet. */
static bool fight_at(struct duel *d, enum la_hook hook)
{
	const char *what;
	long at = -1;
	int e;

	d->hook = hook;
	e = rig_run(d->rig, hook, &d->flight, &d->kernel);
	if (e == -EINVAL)
		return false;
	model_run(&d->native, hook, &d->flight, &d->model);
	what = e ? "what is left behind" : difference(&d->kernel, &d->model, &at);
	if (!what) {
		note(d);
		return true;
	}
	unit_failures++;
	if (d->differed++ < SAID_MAX)
		say(d, what, at);
	return true;
}

/* Nothing was lost on the way: what is in no flow is in a counter. */
static void check_sums(const struct duel *d)
{
	uint64_t counters[LA_COUNTER_MAX];
	struct la_sum totals[LA_CELLS];
	int hook;
	uint32_t i;

	CHECK_INT(rig_counters(d->rig, counters), 0);
	for (i = 0; i < LA_COUNTER_MAX; i++)
		CHECK_INT(counters[i], d->native.counters[i]);
	for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC; hook++) {
		CHECK_INT(rig_totals(d->rig, hook, totals), 0);
		for (i = 0; i < LA_CELLS; i++) {
			CHECK_INT(totals[i].packets, d->native.totals[hook][i].packets);
			CHECK_INT(totals[i].bytes, d->native.totals[hook][i].bytes);
		}
	}
	CHECK(rig_is_clean(d->rig));
}

/* The answer without a word of it. */
static void forget(char *answer, const char *word)
{
	char *at = strstr(answer, word);

	if (at)
		memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
}

/* Where DNS is dropped, the LAN's ports of DNS are closed to what is unknown as well. */
static void close_lan(const struct duel *d, const struct la_flow *f, char *expected)
{
	char *lan = strstr(expected, " lan");

	if (lan && d->native.setup.drop & 1U << LA_CLASS_DNS &&
	    (f->key.dport == 53 || f->key.dport == 853) && f->cls < LA_CLASS_DNS)
		strcpy(lan, " none");
}

/* The kernel's flow, in the words of the case. */
static void expect(const struct duel *d, const struct packet_case *c)
{
	const struct outcome *o = &d->kernel;
	const struct la_flow *f = &o->flow;
	bool message = o->n_told && o->told[o->n_told - 1].event.content == LA_CONTENT_MESSAGE;
	char answer[192], expected[192];

	snprintf(expected, sizeof(expected), "%s", c->expected);
	forget(expected, " fragment"); /* the flow does not say so */
	if (f->exempt)
		forget(expected, " message"); /* nor has it an event */
	close_lan(d, f, expected);
	case_answer(answer, sizeof(answer), &f->key, f->cls, f->detail, f->exempt, message, false);
	if (!o->has_flow)
		snprintf(answer, sizeof(answer), "%s",
			 strcmp(expected, "not-ip") ? "malformed" : expected);
	if (!CHECK_STR(answer, expected))
		printf("# %s: %s:%u: %s\n", hook_names[d->hook], c->file, c->line, c->title);
}

static void fight_cases(struct duel *d, bool as_expected)
{
	const struct packet_case *c;
	int hook;

	for (c = cases; c < cases + n_cases; c++) {
		if (c->native_only) /* the world has to be another for each */
			continue;
		flight_of_case(c, &d->flight);
		for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC; hook++)
			if (fight_at(d, hook) && as_expected)
				expect(d, c);
	}
}

static void fight_random(struct duel *d, uint64_t packets)
{
	struct random r;

	random_seed(&r, seed);
	while (packets) {
		generate(&r, cases, n_cases, &d->flight);
		if (fight_at(d, LA_HOOK_CGROUP) && fight_at(d, LA_HOOK_TC))
			packets--;
		else
			d->refused++;
	}
}

/* Chance has to meet everything that it can, or it tests less than it seems to. */
static void check_reach(const struct duel *d, uint64_t packets)
{
	const struct setup *s = &d->native.setup;
	int hook;
	uint32_t i;

	if (s->full || packets < 20000)
		return;
	CHECK(d->flows_of_many >= 1000);
	CHECK(d->shown >= 10);
	for (hook = LA_HOOK_CGROUP; hook <= LA_HOOK_TC; hook++) {
		for (i = 0; i < LA_DETAIL_MAX; i++)
			if (i != LA_DETAIL_NONE && i != LA_DETAIL_FRAME && i != LA_DETAIL_INSIDE &&
			    !CHECK(d->details[hook][i] >= 10))
				printf("# %s: too little of detail %u\n", hook_names[hook], i);
		for (i = 0; i < LA_EXEMPT_MAX; i++)
			if ((i != LA_EXEMPT_LAN || s->lan_exempt) &&
			    !CHECK(d->exempts[hook][i] >= 10))
				printf("# %s: too little of exemption %u\n", hook_names[hook], i);
	}
}

static void fight(const struct setup *setup, uint64_t packets)
{
	static struct duel d;
	_cleanup_(rig_closep) struct rig *rig = NULL;
	const char *why = rig_cannot();

	if (why)
		SKIP(why);
	if (!cases && !CHECK_INT(cases_load(&cases, &n_cases), 0))
		return;
	if (!CHECK_INT(rig_open(&rig, setup), 0))
		return;
	memset(&d, 0, sizeof(d));
	d.rig = rig;
	d.native.setup = *setup;
	fight_cases(&d, setup->lan_exempt && !setup->full);
	fight_random(&d, packets);
	check_sums(&d);
	check_reach(&d, packets);
	printf("# %zu cases and %" PRIu64 " packets of SEED=%" PRIu64
	       ", each at both hooks: %u differ (and %u more that the kernel does not take)\n",
	       n_cases, packets, seed, d.differed, d.refused);
}

static void test_counted(void)
{
	fight(&(struct setup){ .lan_exempt = true }, count);
}

static void test_dropped(void)
{
	fight(&(struct setup){ .lan_exempt = true, .drop = DROP_ALL }, count);
}

static void test_lan_leaks_and_some_dropped(void)
{
	fight(&(struct setup){ .drop = 1 << LA_CLASS_DNS | 1 << LA_CLASS_TORRENT }, count / 5);
}

static void test_flow_table_full(void)
{
	fight(&(struct setup){ .lan_exempt = true, .drop = 1 << LA_CLASS_IPV6, .full = true },
	      count / 5);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);
	uint64_t n;

	return s && !parse_u64(s, 0, UINT64_MAX, &n) ? n : otherwise;
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "counted", test_counted },
		{ "dropped", test_dropped },
		{ "lan_leaks_and_some_dropped", test_lan_leaks_and_some_dropped },
		{ "flow_table_full", test_flow_table_full },
	};

	seed = number("SEED", 1);
	count = number("COUNT", 50000);
	return unit_run("agree", tests, ARRAY_SIZE(tests));
}
