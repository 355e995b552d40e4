/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a record as a JSON object in one line. Names are those of Elastic Common Schema 9.4.0;
 * fields that ECS has no name for are under "leakaudit". A value that is not known is absent.
 * 64-bit ids are strings, counts are numbers.
 *
 * Every line has @timestamp, ecs.version, event.{kind,category,type,action,dataset,sequence} and
 * message. More fields, by event.action:
 *
 * leak	kind alert, category network, type connection + start|info|end (leakaudit.flow) +
 * 	allowed|denied (leakaudit.verdict).
 * 	process.{pid,name,executable}, user.id, container.{id,name,runtime},
 * 	source|destination.{ip,port},
 * 	network.{direction,type,transport,protocol,packets,bytes}, or iana_number in place of
 * 	transport. packets and bytes are the flow's totals so far. direction is egress, or
 * 	ingress for packets to the scope on an exposed interface.
 * 	observer.egress|ingress.interface.{name,id}, dns.question.{name,type},
 * 	tls.client.server_name, leakaudit.{class,detail,verdict,cause,hook,attribution,flow,unit,
 * 	mark}, .address_inside (an exposed address in a packet that went through a tunnel),
 * 	.address_inside_form (in what, a name of payload/address_leak.h),
 * 	.refused_by (bound | family: why a connection was refused),
 * 	.route.{prefix,protocol}, .bound.id (interface), .exempt.{packets,bytes} (of this flow,
 * 	not leaked), .dropped.{packets,bytes} (of this flow, dropped), .cgroup.{path,id},
 * 	.netns.cookie, .socket.cookie.
 * ready	kind event, type start.
 * 	leakaudit.{version,scope,tc}, .guard (the one that is followed), .waiting (true if the
 * 	scope does not exist yet), .interfaces: [{name,id,kind,role,netns.cookie}]. In a replay
 * 	scope has the files and tc is absent.
 * scope-gone, scope-back
 * 	kind event, category process, type end | start.
 * 	leakaudit.cgroup.{path,id}, .unwatched.seconds (processes ran in it unwatched for at most
 * 	so long; absent: none did), .unwatched.missed (how often a cgroup was created and removed
 * 	before it could be watched).
 * scope-left	kind event, category process, type info. process, user, container as in leak;
 * 	leakaudit.{scope,unit,cgroup}.
 * tunnel-up, tunnel-down
 * 	kind event, category network, type start | end.
 * interface
 * 	kind event, category configuration, type creation | deletion | change.
 * 	These three: leakaudit.interface.{name,id,kind,role,change,old_name,netns.cookie}.
 * 	tunnel-up after a dropout: leakaudit.dropout.{name,since,until,seconds,packets,bytes,
 * 	refused} and .dropped.{packets,bytes}: what tried to leave in that time, and what of it
 * 	was dropped. name is present if it was another tunnel's dropout.
 * bypass	kind alert, type info + allowed|denied. A process asked for PACKET_QDISC_BYPASS or
 * AF_XDP. process, user, container as in leak; leakaudit.{verdict,hook,unit,cgroup,netns,socket}.
 * lost	kind event, type info. Losses since the last such event:
 * 	leakaudit.lost.{events,flows,output,evidence,reason}.
 * summary	kind metric, type end. event.duration (ns).
 * 	leakaudit.summary.leaks|dropped|inside.{packets,bytes}, .exempt.NAME.{packets,bytes},
 * 	.by_class.NAME.{packets,bytes}, .by_family.NAME.{...}, .by_interface and .by_process:
 * 	[{key,packets,bytes}], .interfaces (record_lines.h), .inbound.{counted,dropped}.
 * 	{packets,bytes} (what came in on exposed interfaces), .refused (connections), .flows,
 * 	.unparsed, .non_ip, .cut (packets),
 * 	.dropouts.{count,seconds,longest,down} (seconds in all, of the longest one; absent for
 * 	captures). leakaudit.lost.{events,flows,output,evidence} of the whole run,
 * 	leakaudit.complete, and leakaudit.incomplete (the reason) when false.
 */
#pragma once

#include "base/json.h"
#include "record.h"

void record_json(struct json *j, const struct record *r);

/* Writes a member: key: {packets,bytes}. */
void record_put_sum(struct json *j, const char *key, uint64_t packets, uint64_t bytes);
