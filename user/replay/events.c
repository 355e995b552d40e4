/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>

#include "base/exit.h"
#include "payload/dns_question.h"
#include "priv.h"
#include "base/text.h"

/* The end of a run that was told to end waits for 2 s, as that of a live audit. */
#define WAIT_MS 250
#define WAITS_MOST 8

static struct timespec time_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NSEC_PER_SEC),
				  .tv_nsec = (long)(ns % NSEC_PER_SEC) };
}

/*
 * A capture can wait for a slow reader, so no event needs to be lost. Once a signal has asked for
 * the end, it waits for a few times more, and what has found no room then is lost and counted.
 */
static void wait_for_outputs(struct replay *r, int (*wait)(struct pipeline *, unsigned int))
{
	while (r->waits < WAITS_MOST && wait(r->out, WAIT_MS) == -EAGAIN)
		r->waits += replay_is_over();
	r->unheard = pipeline_gone(r->out);
}

static void emit(struct replay *r, struct record *rec)
{
	pipeline_emit(r->out, rec);
	wait_for_outputs(r, pipeline_pace);
}

static const char *name_of(const struct replay *r, const struct la_flow_key *k)
{
	const char *name = k->ifindex ? r->interfaces[k->ifindex - 1].name : "";

	return *name ? name : NULL;
}

/* Turns the flow into the direction of its first packet. */
static void fill_leak(const struct replay *r, const struct replay_flow *f, struct record_leak *ret)
{
	struct la_flow_key *k = &ret->flow.key;

	ret->flow = f->flow;
	ret->ingress = f->ingress;
	ret->ifname = name_of(r, k);
	if (f->swapped) {
		k->saddr = f->flow.key.daddr;
		k->sport = f->flow.key.dport;
		k->daddr = f->flow.key.saddr;
		k->dport = f->flow.key.sport;
	}
}

void replay_tell_aggregate(void *arg, struct record *rec)
{
	emit(arg, rec);
}

/* Whether it is told later, with others like it. */
static bool is_told_together(struct replay *r, struct replay_flow *f, const struct record *rec)
{
	if (r->aggregate && !f->note)
		f->note = calloc(1, sizeof(*f->note));
	return r->aggregate && f->note && aggregate_take(r->aggregate, rec, f->note, r->time);
}

static void report(struct replay *r, struct replay_flow *f, enum record_flow state,
		   const struct replay_names *names)
{
	struct record rec = { .action = RECORD_LEAK };
	struct dns_question q;
	char server[DNS_QUESTION_NAME_MAX];

	fill_leak(r, f, &rec.leak);
	rec.leak.state = state;
	rec.leak.start = time_of(f->flow.opened);
	if (state == RECORD_FLOW_CLOSE)
		rec.leak.end = time_of(f->active);
	rec.time = time_of(state == RECORD_FLOW_CLOSE ? f->active : r->time);
	if (!r->cfg->no_payload && names->message_len && f->flow.cls == LA_CLASS_DNS &&
	    dns_question_read(names->message, names->message_len, &q)) {
		rec.leak.dns_name = q.name;
		rec.leak.dns_type = q.type;
	}
	if (!r->cfg->no_payload && names->server_len) {
		dns_question_server(names->server, names->server_len, server);
		rec.leak.server_name = server;
	}
	f->reported_at = r->time;
	f->grown = false;
	f->flow.flags |= LA_FF_REPORTED;
	if (!is_told_together(r, f, &rec))
		emit(r, &rec);
}

void replay_report(struct replay *r, struct replay_flow *f, const struct replay_names *names)
{
	report(r, f, f->flow.flags & LA_FF_REPORTED ? RECORD_FLOW_UPDATE : RECORD_FLOW_OPEN, names);
}

void replay_end(struct replay *r, struct replay_flow *f)
{
	static const struct replay_names none;

	if (f->flow.packets)
		report(r, f, RECORD_FLOW_CLOSE, &none);
	totals_add_flow(r->totals, &f->flow, name_of(r, &f->flow.key), NULL);
	free(take_ptr(f->note));
}

void replay_evidence(struct replay *r, struct replay_flow *f, const struct replay_parsed *s)
{
	uint32_t have = s->src.len - s->p.base, most = r->snaplen;
	struct record_leak leak = { 0 };
	struct record_packet packet = {
		.leak = &leak,
		.time = time_of(s->captured->time),
		.data = s->src.data + s->p.base,
		.len = s->p.len,
	};

	fill_leak(r, f, &leak);
	leak.state = RECORD_FLOW_UPDATE;
	if (r->cfg->no_payload)
		most = MIN(most, s->p.payload_off);
	packet.caplen = MIN(MIN(have, s->p.len), most);
	pipeline_packet(r->out, &packet);
	wait_for_outputs(r, pipeline_pace);
}

void replay_tell(struct replay *r, const struct la_flow *f, const struct la_addr *told,
		 const char *form)
{
	struct record rec = { .action = RECORD_LEAK, .time = time_of(r->time) };
	char address[64];
	struct text t;

	text_init(&t, address, sizeof(address));
	text_addr(&t, told, addr_family(told));
	rec.leak.flow = *f;
	rec.leak.ifname = name_of(r, &f->key);
	rec.leak.address_inside = address;
	rec.leak.address_inside_form = form;
	emit(r, &rec);
}

/* Writes "a.pcap, b.pcap". */
static void format_files(const struct replay *r, char *buf, size_t size)
{
	struct text t;
	char **file;

	text_init(&t, buf, size);
	for (file = r->cfg->files; *file; file++)
		text_add(&t, "%s%s", file == r->cfg->files ? "" : ", ", *file);
}

void replay_ready(struct replay *r)
{
	struct record_interface *v = calloc(r->n_interfaces + 1, sizeof(*v));
	struct record rec = { .action = RECORD_READY, .time = time_of(r->first_time) };
	char files[1024];
	size_t i;

	format_files(r, files, sizeof(files));
	rec.ready.scope = files;
	rec.ready.version = LEAKAUDIT_VERSION;
	rec.ready.interfaces = v;
	for (i = 0; v && i < r->n_interfaces; i++) {
		if (!*r->interfaces[i].name)
			continue;
		v[rec.ready.n_interfaces].name = r->interfaces[i].name;
		v[rec.ready.n_interfaces].role = r->interfaces[i].role;
		v[rec.ready.n_interfaces++].ifindex = (uint32_t)i + 1;
	}
	emit(r, &rec);
	free(v);
}

/*
 * Whether those that were perhaps counted twice were: a bridge or a bond has each packet twice, and
 * some are sure to be copies. Senders repeat a reset or an acknowledgement here and there.
 */
static bool are_copies(const struct replay *r)
{
	return r->perhaps_copied && (r->copied || r->perhaps_copied > r->own / 8);
}

static void find_incomplete(struct replay *r)
{
	const struct {
		uint64_t n;
		const char *why;
	} reasons[] = {
		{ r->unread, "packets of an unsupported link type" },
		{ r->cut, "packets were captured without their headers: capture more of each "
			  "(tcpdump -s)" },
		{ r->unparsed, "packets with malformed headers" },
		{ r->undecided,
		  "packets of a family of which no local address is known: name it with --local" },
		{ r->opaque, "frames that are not IP: what is within them was not read" },
		{ r->strangers,
		  "packets that the host's own interface sent from addresses that are not known as "
		  "its own: name those that are with --local" },
		{ r->machines,
		  "packets that are neither from the audited host nor to it: name its addresses "
		  "with --local" },
		{ r->mirrors.frames,
		  "frames in packets that one side alone sends, as a mirror does (ERSPAN, GRE, "
		  "VXLAN, TZSP), were not read: cut off what is before them (editcap -C)" },
		{ whose_heard_only(r->whose),
		  "the capture has only what the machine received, and nothing that it sent" },
		{ are_copies(r),
		  "packets that were counted twice, unless they were sent twice: the capture does "
		  "not tell a bridge or a bond from its port (capture one of them, or use tcpdump "
		  "-i any -y LINUX_SLL2)" },
		{ r->fragments_lost, "fragments whose first one is not in the capture" },
		{ pipeline_lost(r->out) || pipeline_waiting(r->out),
		  "an output could not take all lines" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].n)
			completeness_lost(&r->completeness, "%s", reasons[i].why);
}

void replay_summary(struct replay *r)
{
	struct record rec = { .action = RECORD_SUMMARY, .time = time_of(r->time) };

	totals_fill(r->totals, &rec.summary);
	rec.summary.inside = r->told;
	wait_for_outputs(r, pipeline_flush);
	find_incomplete(r);
	rec.summary.lost.output = pipeline_lost(r->out);
	rec.summary.unparsed = r->unparsed;
	rec.summary.non_ip = r->non_ip;
	rec.summary.cut = r->cut;
	rec.summary.unread = r->unread;
	rec.summary.seconds = (double)(r->time - r->first_time) / (double)NSEC_PER_SEC;
	rec.summary.incomplete = completeness_why(&r->completeness);
	rec.summary.complete = !rec.summary.incomplete;
	emit(r, &rec);
	wait_for_outputs(r, pipeline_flush);
	find_incomplete(r); /* for the exit status */
}
