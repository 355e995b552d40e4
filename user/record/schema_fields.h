/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every field of every event: its path, its type, whether its object has it always, its values, or
 * the parts that it consists of. In the order of the objects.
 */
#pragma once

#include <stdbool.h>

enum schema_type {
	SCHEMA_STRING,
	SCHEMA_WORD, /* one of the words, or of the names */
	SCHEMA_ID, /* a number as a string */
	SCHEMA_HEX, /* 128 bits, and perhaps a number behind them */
	SCHEMA_TIME,
	SCHEMA_ADDRESS,
	SCHEMA_ADDRESSES,
	SCHEMA_COUNT,
	SCHEMA_SECONDS, /* a number with a fraction */
	SCHEMA_FLAG,
	SCHEMA_LIST, /* of strings, which are words if there are any */
	SCHEMA_PART, /* an object of SCHEMA_PARTS */
	SCHEMA_PARTS_LIST, /* a list of them */
};

struct schema_field {
	const char *path;
	enum schema_type type;
	bool required;
	const char *words; /* "a|b", or NULL */
	const char *(*name)(unsigned int i); /* more words, for i below max; NULL: none */
	unsigned int max;
};

#define SCHEMA_TIME_PATTERN "^[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{9}Z$"
#define SCHEMA_ADDRESS_PATTERN "^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$"

/* Of each action: the members of "leakaudit" that it always has. */
#define SCHEMA_ACTIONS                                                                            \
	{ "leakaudit", "ready", "version|interfaces|resolvers" },                                 \
		{ "leakaudit", "leak", "verdict|outcome|judged" },                                \
		{ "leakaudit", "possible-leak", "verdict|outcome|judged|match" },                 \
		{ "leakaudit", "tunnel-up", "interface" },                                        \
		{ "leakaudit", "tunnel-down", "interface" },                                      \
		{ "leakaudit", "interface", "interface" },                                        \
		{ "leakaudit", "bypass", "verdict|hook" }, { "leakaudit", "lost", "lost" },       \
		{ "leakaudit", "scope-gone", "cgroup" }, { "leakaudit", "scope-back", "cgroup" }, \
		{ "leakaudit", "heartbeat", "complete|lost|heartbeat" },                          \
		{ "leakaudit", "page", "page" },                                                  \
		{ "leakaudit", "summary", "complete|lost|summary" },                              \
		{ "leakaudit.test", "probe", "probe" }, { "leakaudit.test", "change", "probe" },  \
		{ "leakaudit.test", "summary", "test" },

/* clang-format off */
#define SCHEMA_FIELDS(X) \
	X("@timestamp", TIME, true, NULL, NULL, 0) \
	X("ecs.version", WORD, true, "9.4.0", NULL, 0) \
	X("event.kind", WORD, true, "alert|event|metric", NULL, 0) \
	X("event.category", LIST, true, "configuration|network|process", NULL, 0) \
	X("event.type", LIST, true, "allowed|change|connection|creation|deletion|denied|end|info|start", NULL, 0) \
	X("event.action", WORD, true, "probe|change", action_name, RECORD_ACTION_MAX) \
	X("event.dataset", WORD, true, "leakaudit|leakaudit.test", NULL, 0) \
	X("event.sequence", COUNT, true, NULL, NULL, 0) \
	X("event.id", HEX, true, NULL, NULL, 0) \
	X("event.start", TIME, false, NULL, NULL, 0) \
	X("event.end", TIME, false, NULL, NULL, 0) \
	X("event.duration", COUNT, false, NULL, NULL, 0) \
	X("event.outcome", WORD, false, "failure|success|unknown", NULL, 0) \
	X("log.level", WORD, false, "error|info|notice|warning", NULL, 0) \
	X("message", STRING, true, NULL, NULL, 0) \
	X("agent.id", HEX, true, NULL, NULL, 0) \
	X("agent.type", WORD, true, "leakaudit", NULL, 0) \
	X("agent.version", STRING, true, NULL, NULL, 0) \
	X("host.name", STRING, false, NULL, NULL, 0) \
	X("host.boot.id", STRING, false, NULL, NULL, 0) \
	X("tags", LIST, false, "shortened", NULL, 0) \
	X("process.pid", COUNT, false, NULL, NULL, 0) \
	X("process.name", STRING, false, NULL, NULL, 0) \
	X("process.executable", STRING, false, NULL, NULL, 0) \
	X("process.command_line", STRING, false, NULL, NULL, 0) \
	X("process.start", TIME, false, NULL, NULL, 0) \
	X("process.parent.pid", COUNT, false, NULL, NULL, 0) \
	X("process.parent.name", STRING, false, NULL, NULL, 0) \
	X("user.id", ID, true, NULL, NULL, 0) \
	X("user.name", STRING, false, NULL, NULL, 0) \
	X("container.id", STRING, false, NULL, NULL, 0) \
	X("container.name", STRING, false, NULL, NULL, 0) \
	X("container.runtime", STRING, false, NULL, NULL, 0) \
	X("source.ip", ADDRESS, true, NULL, NULL, 0) \
	X("source.port", COUNT, false, NULL, NULL, 0) \
	X("source.nat.ip", ADDRESS, true, NULL, NULL, 0) \
	X("source.nat.port", COUNT, false, NULL, NULL, 0) \
	X("source.packets", COUNT, false, NULL, NULL, 0) \
	X("source.bytes", COUNT, false, NULL, NULL, 0) \
	X("destination.ip", ADDRESS, true, NULL, NULL, 0) \
	X("destination.port", COUNT, false, NULL, NULL, 0) \
	X("network.direction", WORD, false, "egress|ingress", NULL, 0) \
	X("network.type", WORD, false, "ipv4|ipv6", NULL, 0) \
	X("network.transport", STRING, false, NULL, NULL, 0) \
	X("network.iana_number", ID, false, NULL, NULL, 0) \
	X("network.protocol", WORD, false, "bittorrent|dns|stun", NULL, 0) \
	X("network.packets", COUNT, false, NULL, NULL, 0) \
	X("network.bytes", COUNT, false, NULL, NULL, 0) \
	X("network.community_id", STRING, false, NULL, NULL, 0) \
	X("observer.type", WORD, true, "sensor", NULL, 0) \
	X("observer.product", WORD, true, "leakaudit", NULL, 0) \
	X("observer.hostname", STRING, false, NULL, NULL, 0) \
	X("observer.egress.interface.name", STRING, false, NULL, NULL, 0) \
	X("observer.egress.interface.id", ID, false, NULL, NULL, 0) \
	X("observer.ingress.interface.name", STRING, false, NULL, NULL, 0) \
	X("observer.ingress.interface.id", ID, false, NULL, NULL, 0) \
	X("related.ip", ADDRESSES, true, NULL, NULL, 0) \
	X("dns.question.name", STRING, false, NULL, NULL, 0) \
	X("dns.question.type", STRING, false, NULL, NULL, 0) \
	X("tls.client.server_name", STRING, false, NULL, NULL, 0) \
	X("leakaudit.version", STRING, false, NULL, NULL, 0) \
	X("leakaudit.scope", STRING, false, NULL, NULL, 0) \
	X("leakaudit.scopes", PARTS_LIST, false, "scope", NULL, 0) \
	X("leakaudit.guard", STRING, false, NULL, NULL, 0) \
	X("leakaudit.tc", WORD, false, "clsact|none|tcx", NULL, 0) \
	X("leakaudit.waiting", FLAG, false, NULL, NULL, 0) \
	X("leakaudit.pages", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.interfaces", PARTS_LIST, false, "interface", NULL, 0) \
	X("leakaudit.unmatched", PARTS_LIST, false, "unmatched", NULL, 0) \
	X("leakaudit.resolver_mode", WORD, false, "drop|follow|ignore", NULL, 0) \
	X("leakaudit.resolvers", PARTS_LIST, false, "resolver", NULL, 0) \
	X("leakaudit.complete", FLAG, false, NULL, NULL, 0) \
	X("leakaudit.incomplete", STRING, false, NULL, NULL, 0) \
	X("leakaudit.lost.events", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.lost.flows", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.lost.output", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.lost.evidence", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.lost.reason", STRING, false, NULL, NULL, 0) \
	X("leakaudit.class", WORD, false, NULL, record_class_name, LA_CLASS_MAX) \
	X("leakaudit.detail", WORD, false, NULL, record_detail_name, LA_DETAIL_MAX) \
	X("leakaudit.verdict", WORD, false, NULL, record_verdict_name, LA_VERDICT_MAX) \
	X("leakaudit.outcome", WORD, false, NULL, outcome_name, RECORD_OUTCOME_MAX) \
	X("leakaudit.held_by", WORD, false, NULL, record_stop_name, LA_STOP_MAX) \
	X("leakaudit.refused_by", WORD, false, NULL, record_refusal_name, LA_REFUSAL_MAX) \
	X("leakaudit.cause", WORD, false, NULL, cause_name, RECORD_CAUSE_MAX) \
	X("leakaudit.route.prefix", STRING, false, NULL, NULL, 0) \
	X("leakaudit.route.protocol", STRING, false, NULL, NULL, 0) \
	X("leakaudit.route.gateway", ADDRESS, false, NULL, NULL, 0) \
	X("leakaudit.route.table", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.rule.selector", STRING, false, NULL, NULL, 0) \
	X("leakaudit.rule.priority", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.tunnel.name", STRING, false, NULL, NULL, 0) \
	X("leakaudit.tunnel.prefix", STRING, false, NULL, NULL, 0) \
	X("leakaudit.remedy", STRING, false, NULL, NULL, 0) \
	X("leakaudit.address_inside", ADDRESS, false, NULL, NULL, 0) \
	X("leakaudit.address_inside_form", WORD, false, "source|candidate|sdp|sip|http|ftp|smtp|irc|stun|tracker|peer|dht", NULL, 0) \
	X("leakaudit.hook", WORD, false, NULL, record_hook_name, LA_HOOK_MAX) \
	X("leakaudit.attribution", WORD, false, NULL, record_attribution_name, LA_ATTR_MAX) \
	X("leakaudit.kernel_packet", STRING, false, NULL, NULL, 0) \
	X("leakaudit.flow", WORD, false, "close|open|update", NULL, 0) \
	X("leakaudit.flow_id", HEX, false, NULL, NULL, 0) \
	X("leakaudit.aggregate.events", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.judged", PART, false, "sum", NULL, 0) \
	X("leakaudit.exempt", PART, false, "sum", NULL, 0) \
	X("leakaudit.dropped", PART, false, "sum", NULL, 0) \
	X("leakaudit.held", PART, false, "sum", NULL, 0) \
	X("leakaudit.mark", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.bound.id", ID, false, NULL, NULL, 0) \
	X("leakaudit.host_pid", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.unit", STRING, false, NULL, NULL, 0) \
	X("leakaudit.cgroup", PART, false, "cgroup", NULL, 0) \
	X("leakaudit.netns", PART, false, "netns", NULL, 0) \
	X("leakaudit.socket.cookie", ID, false, NULL, NULL, 0) \
	X("leakaudit.match", WORD, false, "exact|possible|shared", NULL, 0) \
	X("leakaudit.on_behalf_of", PARTS_LIST, false, "asker", NULL, 0) \
	X("leakaudit.resolver", PART, false, "asker", NULL, 0) \
	X("leakaudit.interface", PART, false, "interface", NULL, 0) \
	X("leakaudit.dropout.name", STRING, false, NULL, NULL, 0) \
	X("leakaudit.dropout.since", TIME, true, NULL, NULL, 0) \
	X("leakaudit.dropout.until", TIME, true, NULL, NULL, 0) \
	X("leakaudit.dropout.seconds", SECONDS, true, NULL, NULL, 0) \
	X("leakaudit.dropout.packets", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.dropout.bytes", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.dropout.dropped", PART, true, "sum", NULL, 0) \
	X("leakaudit.dropout.held", PART, true, "sum", NULL, 0) \
	X("leakaudit.dropout.refused", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.unwatched.seconds", SECONDS, false, NULL, NULL, 0) \
	X("leakaudit.unwatched.missed", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.heartbeat.interval", SECONDS, true, NULL, NULL, 0) \
	X("leakaudit.heartbeat.seconds", SECONDS, true, NULL, NULL, 0) \
	X("leakaudit.heartbeat.leaks", PART, true, "sum", NULL, 0) \
	X("leakaudit.heartbeat.dropped", PART, true, "sum", NULL, 0) \
	X("leakaudit.heartbeat.held", PART, true, "sum", NULL, 0) \
	X("leakaudit.heartbeat.judged", PART, true, "sum", NULL, 0) \
	X("leakaudit.heartbeat.inside", PART, true, "sum", NULL, 0) \
	X("leakaudit.heartbeat.refused", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.heartbeat.tunnels.up", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.heartbeat.tunnels.down", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.heartbeat.tunnels.names_down", LIST, true, NULL, NULL, 0) \
	X("leakaudit.page.of", WORD, true, "ready|summary", NULL, 0) \
	X("leakaudit.page.table", WORD, true, NULL, table_name, RECORD_TABLE_MAX) \
	X("leakaudit.page.number", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.page.pages", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.page.rows", PARTS_LIST, true, "row|scope_row|line|scope|interface|unmatched|resolver", NULL, 0) \
	X("leakaudit.summary.leaks", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.dropped", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.held", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.judged", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.possible", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.inside", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.inbound.counted", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.inbound.dropped", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.refused", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.flows", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.unparsed", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.non_ip", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.cut", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.unread", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.dropouts.count", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.dropouts.seconds", SECONDS, true, NULL, NULL, 0) \
	X("leakaudit.summary.dropouts.longest", SECONDS, true, NULL, NULL, 0) \
	X("leakaudit.summary.dropouts.down", FLAG, true, NULL, NULL, 0) \
	X("leakaudit.summary.on_leak.run", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.on_leak.limited", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.on_leak.failed", COUNT, true, NULL, NULL, 0) \
	X("leakaudit.summary.exempt.neighbour", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.exempt.lan", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.exempt.transport", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.exempt.allowed", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_class.ipv4", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_class.ipv6", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_class.dns", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_class.stun", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_class.torrent", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_family.ipv4", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_family.ipv6", PART, true, "sum", NULL, 0) \
	X("leakaudit.summary.by_interface", PARTS_LIST, true, "row", NULL, 0) \
	X("leakaudit.summary.by_process", PARTS_LIST, true, "row", NULL, 0) \
	X("leakaudit.summary.by_scope", PARTS_LIST, false, "scope_row", NULL, 0) \
	X("leakaudit.summary.interfaces", PARTS_LIST, false, "line", NULL, 0) \
	X("leakaudit.probe.kind", STRING, false, NULL, NULL, 0) \
	X("leakaudit.probe.bound", WORD, false, "address|device|free", NULL, 0) \
	X("leakaudit.probe.interface", STRING, false, NULL, NULL, 0) \
	X("leakaudit.probe.verdict", WORD, false, "exempt|fail|pass|unknown", NULL, 0) \
	X("leakaudit.probe.why", STRING, false, NULL, NULL, 0) \
	X("leakaudit.probe.remedy", STRING, false, NULL, NULL, 0) \
	X("leakaudit.probe.stopped", FLAG, false, NULL, NULL, 0) \
	X("leakaudit.before.verdict", WORD, false, "exempt|fail|pass|unknown", NULL, 0) \
	X("leakaudit.before.interface", STRING, false, NULL, NULL, 0) \
	X("leakaudit.test.probes", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.pass", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.exempt", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.unknown", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.fail", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.rounds", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.refused", COUNT, false, NULL, NULL, 0) \
	X("leakaudit.test.dropped", FLAG, false, NULL, NULL, 0) \
	X("leakaudit.test.routes_left", COUNT, false, NULL, NULL, 0)

#define SCHEMA_PARTS(X) \
	X("sum.packets", COUNT, true, NULL, NULL, 0) \
	X("sum.bytes", COUNT, true, NULL, NULL, 0) \
	X("netns.cookie", ID, false, NULL, NULL, 0) \
	X("netns.name", STRING, false, NULL, NULL, 0) \
	X("cgroup.path", STRING, false, NULL, NULL, 0) \
	X("cgroup.id", ID, false, NULL, NULL, 0) \
	X("asker.process.pid", COUNT, false, NULL, NULL, 0) \
	X("asker.process.name", STRING, false, NULL, NULL, 0) \
	X("asker.scope", STRING, false, NULL, NULL, 0) \
	X("asker.unit", STRING, false, NULL, NULL, 0) \
	X("asker.cgroup", PART, false, "cgroup", NULL, 0) \
	X("resolver.process.pid", COUNT, false, NULL, NULL, 0) \
	X("resolver.process.name", STRING, false, NULL, NULL, 0) \
	X("resolver.scope", STRING, false, NULL, NULL, 0) \
	X("resolver.unit", STRING, false, NULL, NULL, 0) \
	X("resolver.cgroup", PART, false, "cgroup", NULL, 0) \
	X("resolver.way", WORD, false, NULL, record_way_name, LA_WAY_MAX) \
	X("resolver.addresses", LIST, true, NULL, NULL, 0) \
	X("interface.name", STRING, true, NULL, NULL, 0) \
	X("interface.id", ID, false, NULL, NULL, 0) \
	X("interface.kind", STRING, false, NULL, NULL, 0) \
	X("interface.role", WORD, false, NULL, record_role_name, LA_ROLE_MAX) \
	X("interface.change", WORD, false, NULL, change_name, LINK_PLACE+1) \
	X("interface.old_name", STRING, false, NULL, NULL, 0) \
	X("interface.netns", PART, false, "netns", NULL, 0) \
	X("scope.scope", STRING, true, NULL, NULL, 0) \
	X("scope.named_by", WORD, false, "cgroup|container|pid|unit", NULL, 0) \
	X("scope.name", STRING, false, NULL, NULL, 0) \
	X("scope.id", ID, false, NULL, NULL, 0) \
	X("scope.waiting", FLAG, false, NULL, NULL, 0) \
	X("unmatched.option", STRING, true, NULL, NULL, 0) \
	X("unmatched.value", STRING, true, NULL, NULL, 0) \
	X("unmatched.nearest", STRING, false, NULL, NULL, 0) \
	X("row.key", STRING, true, NULL, NULL, 0) \
	X("row.packets", COUNT, true, NULL, NULL, 0) \
	X("row.bytes", COUNT, true, NULL, NULL, 0) \
	X("row.rows", COUNT, false, NULL, NULL, 0) \
	X("scope_row.key", STRING, true, NULL, NULL, 0) \
	X("scope_row.leaks", PART, true, "sum", NULL, 0) \
	X("scope_row.dropped", PART, true, "sum", NULL, 0) \
	X("scope_row.held", PART, true, "sum", NULL, 0) \
	X("scope_row.judged", PART, true, "sum", NULL, 0) \
	X("scope_row.exempt", PART, true, "sum", NULL, 0) \
	X("scope_row.possible", PART, true, "sum", NULL, 0) \
	X("scope_row.inside", PART, true, "sum", NULL, 0) \
	X("scope_row.flows", COUNT, true, NULL, NULL, 0) \
	X("scope_row.rows", COUNT, false, NULL, NULL, 0) \
	X("line.name", STRING, true, NULL, NULL, 0) \
	X("line.netns", PART, false, "netns", NULL, 0) \
	X("line.counted", PART, true, "sum", NULL, 0) \
	X("line.seen", PART, true, "sum", NULL, 0) \
	X("line.items", PARTS_LIST, true, "item", NULL, 0) \
	X("line.unexplained", PART, true, "sum", NULL, 0) \
	X("line.suspect", STRING, false, NULL, NULL, 0) \
	X("line.vanished", FLAG, false, NULL, NULL, 0) \
	X("line.rows", COUNT, false, NULL, NULL, 0) \
	X("item.reason", WORD, true, NULL, reason_name, RECORD_LINE_REASON_MAX) \
	X("item.packets", COUNT, true, NULL, NULL, 0) \
	X("item.bytes", COUNT, true, NULL, NULL, 0)
/* clang-format on */
