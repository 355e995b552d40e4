/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdict.h"

/* What a sentence is about. */
enum topic { IPV4, IPV6, DNS, ROUTES, BOUND, TOPICS };

static enum topic topic_of(const struct probe *p)
{
	if (p->kind->aim == PROBE_TO_RESOLVERS)
		return DNS;
	if (p->kind->aim == PROBE_TO_ROUTES)
		return ROUTES;
	if (p->how != PROBE_FREE || p->kind->transport == PROBE_FRAME)
		return BOUND;
	return p->family == 6 ? IPV6 : IPV4;
}

const char *verdict_name(enum verdict_word v)
{
	static const char *const names[] = { "Safe", "Safe by default", "Not proven", "Not safe" };

	return names[v];
}

static void say(struct text *t, const char *subject, const struct probe_row *row, const char *fails)
{
	static const char *const words[] = {
		[PROBE_PASS] = "is safe",
		[PROBE_EXEMPT] = "is exempt",
		[PROBE_UNKNOWN] = "is not proven",
	};
	const struct probe_result *f = &row->result;

	text_add(t, "%s %s", subject, f->status == PROBE_FAIL ? fails : words[f->status]);
	if (f->status == PROBE_FAIL && f->path[0]) {
		text_add(t, " by ");
		text_str(t, f->path);
	}
	text_add(t, " (");
	text_str(t, f->why);
	text_add(t, ")");
}

/*
 * What binds itself is not safe by default only: routes do not hold it. If nothing else was tried,
 * it alone counts.
 */
static enum verdict_word sum_up(const struct probe_row *const worst[TOPICS])
{
	enum probe_status least = PROBE_PASS;
	bool tried = false;
	unsigned int i;

	for (i = 0; i < TOPICS; i++) {
		if (!worst[i] || (i == BOUND && tried))
			continue;
		tried = true;
		least = MAX(least, worst[i]->result.status);
	}
	if (least == PROBE_FAIL)
		return VERDICT_NOT_SAFE;
	if (least == PROBE_UNKNOWN)
		return VERDICT_NOT_PROVEN;
	return worst[BOUND] && worst[BOUND]->result.status >= PROBE_UNKNOWN ? VERDICT_BY_DEFAULT
									    : VERDICT_SAFE;
}

enum verdict_word verdict_say(struct text *t, const struct probe_sheet *s)
{
	const struct probe_row *worst[TOPICS] = { NULL };
	const char *separator = "By default ";
	enum topic of;
	size_t i;

	for (i = 0; i < s->n; i++) {
		of = topic_of(&s->v[i].probe);
		/* what is exempt says nothing of where the others go */
		if (s->v[i].result.status == PROBE_EXEMPT)
			continue;
		if (!worst[of] || s->v[i].result.status > worst[of]->result.status)
			worst[of] = &s->v[i];
	}
	for (of = IPV4; of <= DNS; of++) {
		static const char *const names[] = { "IPv4", "IPv6", "DNS" };

		if (!worst[of])
			continue;
		text_add(t, "%s", separator);
		say(t, names[of], worst[of], "leaves past the tunnel");
		separator = ", ";
	}
	if (*separator == ',')
		text_add(t, ". ");
	if (worst[ROUTES] && worst[ROUTES]->result.status == PROBE_FAIL) {
		say(t, "What a route takes", worst[ROUTES], "leaves past the tunnel");
		text_add(t, ". ");
	}
	if (worst[BOUND]) {
		say(t, "A program that binds past the tunnel", worst[BOUND], "gets out");
		text_add(t, ".");
	}
	if (s->routes_left)
		return VERDICT_NOT_SAFE;
	return sum_up(worst);
}
