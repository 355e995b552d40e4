/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON object a line, in the names of Elastic Common Schema 9.4.0; what ECS
 * has no name for is under "leakaudit". What is not known is absent. 64-bit ids
 * are strings, counts are numbers.
 *
 * Every line: @timestamp, ecs.version, event.{kind,category,type,action,
 * dataset,sequence}, message. Then by event.action:
 *
 * leak		kind alert, category network, type connection + start|info|end
 *		(leakaudit.flow) + allowed|denied (leakaudit.verdict).
 *		process.{pid,name,executable}, user.id, container.id,
 *		source|destination.{ip,port}, network.{direction,type,transport,
 *		iana_number (in transport's stead), protocol,packets,bytes} (the
 *		flow's totals so far; direction is egress, or ingress for what
 *		was sent to the scope on an exposed interface),
 *		observer.egress|ingress.interface.{name,id},
 *		dns.question.{name,type}, tls.client.server_name,
 *		leakaudit.{class,detail,verdict,cause,hook,attribution,flow,unit,
 *		mark}, .address_inside (an exposed address that the payload told
 *		through a tunnel), .route.{prefix,protocol}, .bound.id (interface),
 *		.exempt.{packets,bytes} (of this flow, not leaked),
 *		.dropped.{packets,bytes} (of this flow's, those stopped),
 *		.cgroup.{path,id}, .netns.cookie, .socket.cookie.
 * ready	kind event, type start. leakaudit.{version,scope,tc}, .guard (the
 *		one that is followed), .waiting (true where the scope is not there yet) and
 *.interfaces:
 *		[{name,id,kind,role,netns.cookie}]. Without tc the scope is the
 *		files that are read.
 * scope-gone, scope-back	kind event, category process, type end | start.
 *		leakaudit.cgroup.{path,id}, .unwatched.seconds (at most so long
 *		processes ran in it before it was watched; absent: none did),
 *		.unwatched.missed (so often one came and went in between).
 * tunnel-up, tunnel-down	kind event, category network, type start | end.
 * interface	kind event, category configuration, type creation | deletion |
 *		change. All three: leakaudit.interface.{name,id,kind,role,change,
 *		old_name,netns.cookie}. A tunnel-up after a fall has
 *		leakaudit.dropout.{name,since,until,seconds,packets,bytes,refused}
 *		and .dropped.{packets,bytes}: what tried to leave meanwhile,
 *		what of it was stopped; name where it is another tunnel's fall.
 * bypass	kind alert, type info + allowed|denied. A process asked for
 *		PACKET_QDISC_BYPASS or AF_XDP. process, user, container as with leak;
 *		leakaudit.{verdict,hook,unit,cgroup,netns,socket}.
 * lost		kind event, type info. leakaudit.lost.{events,flows,output,
 *		evidence,reason}, since the last such event.
 * summary	kind metric, type end. event.duration (ns),
 *		leakaudit.summary.leaks|dropped|inside.{packets,bytes},
 *		.exempt.NAME.{packets,bytes}, .by_class.NAME.{packets,bytes},
 *		.by_family.NAME.{...}, .by_interface and .by_process:
 *		[{key,packets,bytes}], .inbound.{counted,dropped}.{packets,bytes}
 *		(what came in on exposed interfaces), .refused (connections), .flows, .unparsed,
 *.non_ip, .cut (packets), .dropouts.{count,seconds,longest,down} (seconds in all, of the longest
 *one; not of captures); leakaudit.lost.{events,flows,output,evidence} of the whole run,
 *		leakaudit.complete, and leakaudit.incomplete (why) when false.
 */
#pragma once

#include "base/json.h"
#include "record.h"

void record_json(struct json *j, const struct record *r);

/* One of its members: key: {packets,bytes} */
void record_put_sum(struct json *j, const char *key, uint64_t packets, uint64_t bytes);
