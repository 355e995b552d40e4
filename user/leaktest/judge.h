/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the evidence of one probe means. Doubt is no pass. */
#pragma once

#include "facts/cause.h"
#include "policy/policy.h"
#include "probe.h"

struct probe_evidence {
	const struct la_flow *flow; /* on an exposed interface; NULL: none was seen there */
	unsigned int exempt; /* enum la_exempt, by the user's policy, of that flow */
	bool refused; /* by the kernel's programs, before there was a packet */
	bool guarded; /* another leakaudit has stopped it as well */
	bool server; /* a route's only address, which is the tunnel's own server */
	bool hooks_work; /* what was sent for a check was seen */
	const char *foreign; /* a program of others' that may have stopped it; NULL */
	const char *path; /* the interface where the flow, or the hook, has seen it; NULL */
	const char *resolver; /* a local one's address; NULL */
	struct cause cause; /* of the flow */
};

/* Why a probe on this interface is no leak, by verdict.h as the kernel has it. */
unsigned int probe_exempt(const struct la_flow *flow, const struct policy *policy, bool onlink);

void probe_judge(struct probe_finding *ret, const struct probe *p, const struct probe_result *r,
		 const struct probe_evidence *e);

/* What helps: a sentence for the kind and the cause. */
void probe_remedy(const struct probe *p, struct probe_finding *f);
