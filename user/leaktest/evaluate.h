/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evaluates a probe. Without proof it does not pass. */
#pragma once

#include "facts/cause.h"
#include "policy/policy.h"
#include "probe.h"

struct probe_observation {
	const struct la_flow *flow; /* the record on an exposed interface; NULL: none */
	unsigned int exempt; /* enum la_exempt of that flow by the user's policy */
	bool refused; /* refused by our programs before there was a packet */
	bool guarded; /* another leakaudit has stopped it as well */
	bool untried; /* another leakaudit is there to stop it, and nothing shows that it works */
	bool unanswered; /* a neighbour there does not answer */
	bool to_nobody; /* it is an address on the link that we made up for the probe */
	bool down; /* the interface of the flow has no carrier */
	const char *followed; /* what stands behind our hook at TC of it; or NULL */
	bool server; /* the probe's route is to one host, which is the tunnel's own server */
	bool hooks_work; /* the control packet was seen */
	const char *foreign; /* a program of others on the cgroup; or NULL */
	const char *path; /* the interface where it was seen; or NULL */
	const char *resolver; /* address of a local resolver; or NULL */
	struct cause cause; /* of the flow */
};

/* The exemption of a probe on this interface, by the kernel's own verdict.h. */
unsigned int probe_exempt(const struct la_flow *flow, const struct policy *policy, bool onlink);

void probe_evaluate(struct probe_result *ret, const struct probe *p, const struct probe_attempt *r,
		    const struct probe_observation *e);

/* Writes what helps: a sentence for the kind and the cause. */
void probe_remedy(const struct probe *p, struct probe_result *f);
