/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A packet's label -> its flow's class: how the answers of several packets
 * become one. The kernel and the reader of captures keep the same record.
 */
#ifndef LEAKAUDIT_FLOW_CLASS_H
#define LEAKAUDIT_FLOW_CLASS_H

#include "classify.h"

/* Payload packets that a flow may need before its class is settled. */
#define LA_PROBES_MAX 8

/* DNS and STUN flows stay open to inspection: each query is an event. So do those of
 * DHCP, of which one message proves nothing about the next. What a port or a name has
 * settled is not looked into any more. */
la_inline int la_flow_is_final(const struct la_flow *f, __u32 flags)
{
	if (flags & LA_CF_FINAL)
		return 1;
	return f->probes >= LA_PROBES_MAX && f->cls != LA_CLASS_DNS && f->cls != LA_CLASS_STUN &&
	       f->detail != LA_DETAIL_DHCP;
}

/* Whether the flow becomes what its packet is. Payload that was not recognised does not
 * take back what an earlier packet has proven: a class, or that a port was asked for. */
la_inline int la_flow_turns(const struct la_flow *f, const struct la_label *l)
{
	__u8 first = l->flags & LA_CF_PAYLOAD ? 1 : 0;

	return f->probes <= first || l->cls >= LA_CLASS_DNS ||
	       (f->cls < LA_CLASS_DNS && f->detail != LA_DETAIL_PORTMAP);
}

la_inline void la_flow_take(struct la_flow *f, const struct la_label *l)
{
	if (l->flags & LA_CF_PAYLOAD && f->probes < 255)
		f->probes++;
	if (la_flow_turns(f, l)) {
		f->cls = l->cls;
		f->detail = l->detail;
	}
	f->scratch = l->scratch;
	if (la_flow_is_final(f, l->flags))
		f->flags |= LA_FF_CLASS_FINAL;
}

#endif
