/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload.h"

#include <netinet/in.h>
#include <string.h>

#include "payload/address_leak.h"
#include "base/text.h"

/* Whether the header of one question is there: of a stream the hooks may see it cut anywhere. */
static bool is_header(const struct la_event_flow *e, size_t skip)
{
	const uint8_t *h = e->payload + skip;

	return e->flow.key.dport == 53 ||
	       (e->payload_len >= skip + 12 && !(h[2] & 0xf8) && !h[4] && h[5] == 1 && !h[10]);
}

static bool read_at(const struct la_event_flow *e, size_t skip, struct dns_question *q)
{
	return is_header(e, skip) && dns_question_read(e->payload + skip, e->payload_len - skip, q);
}

void payload_question(const struct la_event_flow *e, struct dns_question *q)
{
	bool stream = e->flow.key.proto == IPPROTO_TCP;

	if (e->flow.cls != LA_CLASS_DNS || e->payload_len <= (stream ? 2 : 0))
		return;
	if (!stream && dns_question_read(e->payload, e->payload_len, q))
		return;
	/* in a stream it follows its length (RFC 1035 4.2.2), which may have been sent in a segment
	 * of its own (RFC 7766 8), or half of it */
	if (!stream || (!read_at(e, 2, q) && !read_at(e, 0, q) && !read_at(e, 1, q)))
		q->name[0] = '\0';
}

/*
 * Sets a class that the kernel cannot find, since it does not decipher. It is stored in the record,
 * so that all later reports of the flow and its sums have it.
 */
static void set_detail(struct datapath *k, struct la_flow *flow, uint32_t id, unsigned int detail)
{
	uint32_t n;
	struct la_flow *table = datapath_flows(k, &n);

	flow->cls = LA_CLASS_DNS;
	flow->detail = (uint8_t)detail;
	if (id >= n || table[id].opened != flow->opened)
		return;
	table[id].cls = LA_CLASS_DNS;
	table[id].detail = (uint8_t)detail;
}

static void read_quic(const struct accounts *a, struct datapath *k, const struct la_event_flow *e,
		      struct la_flow *flow, struct payload_info *info)
{
	/* ids are reused, but not at the same instant */
	const struct quic_hello *hello = reader_hello(
		a->reader, e->flow.opened ^ (uint64_t)e->id << 48, e->payload, e->payload_len);
	unsigned int detail;

	if (!hello)
		return;
	dns_question_server(hello->name, strlen(hello->name), info->server);
	detail = quic_detail(hello, a->known);
	if (detail != LA_DETAIL_NONE)
		set_detail(k, flow, e->id, detail);
}

void payload_read(const struct accounts *a, struct datapath *k, const struct la_event_flow *e,
		  struct la_flow *flow, struct payload_info *info)
{
	info->question.name[0] = info->server[0] = '\0';
	switch (e->content) {
	case LA_CONTENT_MESSAGE:
		payload_question(e, &info->question);
		break;
	case LA_CONTENT_NAME:
		dns_question_server(e->payload, e->payload_len, info->server);
		break;
	case LA_CONTENT_QUIC:
		read_quic(a, k, e, flow, info);
		break;
	}
}

/*
 * The limit of exposed addresses that a message is compared with. Of several in a message one is
 * reported.
 */
#define ADDRS_MAX 64

/* Whether the packet's source is still one of them: the kernel may not know yet that it is not. */
static enum address_leak_form check_source(const struct la_flow_key *k,
					   const struct address_leak_addrs *own,
					   struct la_addr *found)
{
	for (size_t i = 0; i < own->n; i++)
		if (addr_equal(&own->v[i], &k->saddr)) {
			*found = k->saddr;
			return ADDRESS_LEAK_SOURCE;
		}
	return ADDRESS_LEAK_NONE;
}

/* A seams_find_fn. */
static enum address_leak_form find_told(void *arg, uint8_t proto, const uint8_t *p, size_t len,
					const struct address_leak_addrs *own, struct la_addr *ret)
{
	return reader_address(arg, proto, p, len, own, ret);
}

void payload_address_leak(struct accounts *a, const struct namespaces *n, struct pipeline *out,
			  const struct la_event_flow *e, const char *scope)
{
	struct record r = { .action = RECORD_LEAK, .time = pipeline_time(e->hdr.ktime) };
	const struct la_flow_key *k = &e->flow.key;
	struct la_addr addrs[ADDRS_MAX], found;
	struct address_leak_addrs own = { .v = addrs };
	enum address_leak_form form;
	char address[64];
	struct text t;

	own.n = namespaces_exposed_addrs(n, k->netns, addrs, ADDRS_MAX);
	if (e->reason == LA_REASON_SOURCE)
		form = check_source(k, &own, &found);
	else
		form = seams_find(&a->seams, k, e->payload, e->payload_len, &own, &found, find_told,
				  a->reader);
	if (form == ADDRESS_LEAK_NONE)
		return;
	if (enrich_is_probe(a->enrich, &e->flow.owner)) /* it shows where its way is, on purpose */
		return;
	text_init(&t, address, sizeof(address));
	text_addr(&t, &found, addr_family(&found));
	r.leak.scope = scope;
	r.leak.flow = e->flow;
	r.leak.flow.left_packets = e->flow.packets;
	r.leak.flow.left_bytes = e->flow.bytes;
	r.leak.flow.detail = LA_DETAIL_INSIDE;
	r.leak.flow.cls = address_leak_class(form, e->flow.cls);
	r.leak.flow.hook = LA_HOOK_CGROUP;
	r.leak.ifname = namespaces_ifname(n, k->netns, k->ifindex);
	r.leak.address_inside = address;
	r.leak.address_inside_form = address_leak_name(form);
	enrich_process(a->enrich, &e->flow.owner, &r.leak.process);
	accounts_add_inside(a, &e->flow, &r.leak.process);
	pipeline_emit(out, &r);
}
