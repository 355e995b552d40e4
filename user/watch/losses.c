/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "losses.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

void losses_incomplete(struct losses *l, const char *why)
{
	completeness_warn(&l->completeness, "%s", why);
}

void losses_bypass(struct losses *l, const struct record_bypass *b)
{
	snprintf(l->bypasser, sizeof(l->bypasser), "%s[%u]", b->process.name ?: "process",
		 b->process.pid);
	l->bypasser_netns = b->netns;
	completeness_lost(&l->completeness,
			  "a process sent past the queueing layer (PACKET_QDISC_BYPASS, "
			  "AF_XDP), where no hook sees it");
}

void losses_possible(struct losses *l, const struct la_owner *resolver)
{
	completeness_lost(&l->completeness,
			  "%.15s[%u] may have asked outside for the scope: what it sends does not "
			  "show for whom",
			  resolver->comm, resolver->tgid);
}

static bool has_leaks(const struct record_summary *s, const char *interface)
{
	size_t i;

	for (i = 0; s->leaks.packets && i < s->by_interface.n; i++)
		if (!strcmp(s->by_interface.v[i].key, interface))
			return true;
	return false;
}

void losses_lines(struct losses *l, struct record_line *v, size_t n, const struct record_summary *s)
{
	char why[sizeof(l->completeness.why)];
	size_t i;

	for (i = 0; i < n; i++) {
		if (v[i].unseen && (!l->bypasser_netns || v[i].netns == l->bypasser_netns))
			memcpy(v[i].suspect, l->bypasser, sizeof(v[i].suspect));
		if (v[i].items[RECORD_LINE_UNREAD].packets && has_leaks(s, v[i].name))
			completeness_lost(&l->completeness,
					  "%s: who holds it has not read all that counts as leaked",
					  v[i].name);
		if (!record_line_why(&v[i], why, sizeof(why)))
			continue;
		log_warn("%s", why);
		completeness_lost(&l->completeness, "%s", why);
	}
}

int losses_begin(struct losses *l, const struct datapath *k)
{
	return datapath_adopted(k) ? datapath_counters(k, l->before) : 0;
}

static const char lost_output[] = "an output could not take all lines";

void losses_output(struct losses *l)
{
	completeness_lost(&l->completeness, "%s", lost_output);
}

/* Reads the counters of what the kernel could not parse, report or attribute. */
static void find_losses(const struct losses *l, struct completeness *c)
{
	static const struct {
		unsigned int counter;
		const char *why;
	} losses[] = {
		{ LA_COUNTER_RING_FULL, "events were lost: the ring buffer was full" },
		{ LA_COUNTER_FLOWS_FULL, "not every flow was told: the flow table was full" },
		{ LA_COUNTER_STORAGE, "the owners of some sockets could not be stored" },
		{ LA_COUNTER_MEMBERS, "not all processes of the scope could be noted: what leaves "
				      "its cgroup may not be watched" },
		{ LA_COUNTER_UNMET,
		  "a process of the scope was in a network namespace that was not "
		  "known: what it sent there was not seen" },
		{ LA_COUNTER_EVIDENCE, "packets of the evidence were lost: its ring was full" },
		{ LA_COUNTER_FRAGMENTS, "fragments left whose first one is unknown" },
	};
	size_t i;

	if (l->output)
		completeness_lost(c, "%s", lost_output);
	for (i = 0; i < ARRAY_SIZE(losses); i++)
		if (l->counters[losses[i].counter])
			completeness_lost(c, "%s", losses[i].why);
	if (l->counters[LA_COUNTER_UNPARSED] && !l->drops)
		completeness_lost(c, "packets with malformed headers left");
}

void losses_measure(const struct losses *l, struct metrics *ret)
{
	struct completeness c = l->completeness; /* reasons are logged as they are found */

	find_losses(l, &c);
	memcpy(ret->counters, l->counters, sizeof(ret->counters));
	ret->complete = !completeness_why(&c);
	ret->reasons = c.reasons;
}

void losses_check(struct losses *l, const struct datapath *k, struct pipeline *out)
{
	struct record r = { .action = RECORD_LOST };
	uint64_t now[LA_COUNTER_MAX], output = pipeline_lost(out);
	unsigned int i;

	if (datapath_counters(k, now))
		return;
	for (i = 0; i < LA_COUNTER_MAX; i++)
		now[i] -= l->before[i];
	r.lost.events = now[LA_COUNTER_RING_FULL] - l->counters[LA_COUNTER_RING_FULL];
	r.lost.flows = now[LA_COUNTER_FLOWS_FULL] - l->counters[LA_COUNTER_FLOWS_FULL];
	r.lost.evidence = now[LA_COUNTER_EVIDENCE] - l->counters[LA_COUNTER_EVIDENCE];
	r.lost.output = output - l->output;
	memcpy(l->counters, now, sizeof(now));
	l->output = output;
	if (!r.lost.events && !r.lost.flows && !r.lost.output && !r.lost.evidence)
		return;
	find_losses(l, &l->completeness); /* a heartbeat tells of it, too */
	r.lost.reason =
		r.lost.events
			? "the ring buffer was full: single messages are missing, counts are not"
		: r.lost.flows	? "the flow table was full: packets are in the totals only"
		: r.lost.output ? "an output could not take all lines"
				: "the ring of the evidence was full: packets are missing there, "
				  "counts are not";
	pipeline_emit(out, &r);
}

void losses_so_far(const struct losses *l, struct record_lost *ret)
{
	ret->events = l->counters[LA_COUNTER_RING_FULL];
	ret->flows = l->counters[LA_COUNTER_FLOWS_FULL];
	ret->evidence = l->counters[LA_COUNTER_EVIDENCE];
	ret->output = l->output;
}

void losses_sum(struct losses *l, const struct pipeline *out, struct record_summary *ret)
{
	l->output = pipeline_lost(out);
	find_losses(l, &l->completeness);
	ret->refused = l->counters[LA_COUNTER_REFUSED];
	losses_so_far(l, &ret->lost);
	ret->unparsed = l->counters[LA_COUNTER_UNPARSED];
	ret->non_ip = l->counters[LA_COUNTER_NON_IP];
	ret->incomplete = completeness_why(&l->completeness);
	ret->complete = !ret->incomplete;
}
