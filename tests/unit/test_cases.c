/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classifier on the cases of tests/cases, whole and cut. Each packet lies
 * where a byte read in front of it or behind it is a crash: in a buffer of just
 * its size, which the address sanitizer watches, or before a page that is not
 * there, which all builds feel.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "facts.h"
#include "unit.h"
#include "base/util.h"

static struct packet_case *cases;
static size_t n_cases;

struct answer {
	int parsed; /* la_parse() */
	struct la_packet packet;
	struct la_label label;
	struct la_judgement judgement;
	char begins[CASE_BEGINS_MAX];
};

static void judge(const struct packet_case *c, struct answer *a)
{
	struct la_facts facts = { .flags = LA_FACT_LAN_EXEMPT };

	if (c->near)
		facts.flags |= LA_FACT_ON_LINK_NEIGHBOUR;
	if (c->configures)
		facts.flags |= LA_FACT_CONFIGURES;
	if (facts_is_onlink(&a->packet.key))
		facts.flags |= LA_FACT_ONLINK;
	if (facts_is_allowed(&a->packet.key))
		facts.flags |= LA_FACT_ALLOWED;
	la_evaluate(&a->packet, &a->label, &facts, &a->judgement);
}

static uint8_t named(const struct la_src *src, const struct la_packet *p, struct la_label *l)
{
	const struct packet_case *c = src->arg;

	(void)p;
	return l->flags & LA_CF_QUIC ? LA_DETAIL_NONE : c->named;
}

/* With what the flow has shown before this packet. */
static void classify(const struct packet_case *c, struct la_src *src, struct answer *a,
		     struct la_flow *f)
{
	src->named = named;
	src->arg = (void *)c;
	a->label = (struct la_label){ .torrent_owner = c->client, .resolver = c->resolver };
	la_flow_label(src, &a->packet, f, &a->label);
	case_begins(a->begins, sizeof(a->begins), src, a->label.flags, &a->label.hello);
}

/* base: where in the frame the IP header is. */
static struct answer ask(const struct packet_case *c, const uint8_t *frame, uint32_t len,
			 uint32_t base)
{
	struct la_src src = { .data = frame, .len = len };
	struct la_flow f = { .cls = c->was };
	struct answer a = { 0 };

	a.parsed = la_parse(&src, base, c->ethertype, len, &a.packet);
	if (a.parsed)
		return a;
	classify(c, &src, &a, &f);
	if (c->again)
		classify(c, &src, &a, &f);
	judge(c, &a);
	return a;
}

static void write_answer(char *buf, size_t size, const struct answer *a)
{
	if (a->parsed)
		snprintf(buf, size, "%s", a->parsed > 0 ? "not-ip" : "malformed");
	else
		case_answer(buf, size, &a->packet.key, a->label.cls, a->label.detail,
			    a->judgement.exempt, a->label.flags & LA_CF_MESSAGE,
			    a->packet.flags & LA_PF_FRAGMENT);
}

static void expect(const struct packet_case *c, const struct answer *a)
{
	char got[CASE_ANSWER_MAX];

	write_answer(got, sizeof(got), a);
	if (strcmp(got, c->expected) || strcmp(a->begins, c->begins)) {
		unit_failures++;
		printf("# %s:%u: %s\n#   is   %s%s\n#   not  %s%s\n", c->file, c->line, c->title,
		       got, a->begins, c->expected, c->begins);
	}
}

/* Ethernet, with VLAN tags as a provider (IEEE 802.1ad) and its customer put them. */
static void write_link(uint8_t *frame, uint32_t base, uint32_t tags, uint16_t ethertype)
{
	uint8_t *type = frame + 12;

	memset(frame, 0xa5, base);
	if (!base)
		return;
	if (tags == 2)
		memcpy(type, (uint8_t[2]){ 0x88, 0xa8 }, 2);
	if (tags)
		memcpy(frame + base - 6, (uint8_t[2]){ 0x81, 0x00 }, 2);
	frame[base - 2] = (uint8_t)(ethertype >> 8);
	frame[base - 1] = (uint8_t)ethertype;
}

/* Where the IP header is, as found in the frame. */
static uint32_t link_of(const struct packet_case *c, const uint8_t *frame, uint32_t len)
{
	struct la_src src = { .data = frame, .len = len };
	struct la_link link = { LA_ETH_IPV4, 14 };

	la_link_of(&src, &link);
	CHECK_INT(link.ethertype, c->ethertype);
	return link.l2_len;
}

static void expect_all(uint32_t base, uint32_t tags)
{
	const struct packet_case *c;
	struct answer a;
	uint8_t *frame;

	for (c = cases; c < cases + n_cases; c++) {
		frame = malloc(base + c->len);
		if (!CHECK(frame))
			return;
		write_link(frame, base, tags, c->ethertype);
		memcpy(frame + base, c->packet, c->len);
		if (base && c->len >= 8) /* no frame is as short as that */
			CHECK_INT(link_of(c, frame, base + c->len), base);
		a = ask(c, frame, base + c->len, base);
		expect(c, &a);
		free(frame);
	}
}

static void test_answers(void)
{
	if (!CHECK_INT(cases_load(&cases, &n_cases), 0))
		return;
	CHECK(n_cases >= 700);
	expect_all(0, 0);
}

static void test_behind_a_link_header(void)
{
	expect_all(14, 0);
	expect_all(18, 1);
	expect_all(22, 2);
}

/* Of the end of a page behind which nothing is mapped. */
static uint8_t *map_edge(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || mprotect(at + page, page, PROT_NONE))
		return NULL;
	return at + page;
}

/* What is missing is not known; it is never made up. */
static bool invents_nothing(const struct answer *cut, const struct answer *whole)
{
	const struct la_flow_key *k = &cut->packet.key, *w = &whole->packet.key;

	if (cut->parsed)
		return true;
	if (whole->parsed || k->family != w->family || memcmp(&k->saddr, &w->saddr, 32))
		return false;
	if ((k->sport || k->dport) && (k->sport != w->sport || k->dport != w->dport))
		return false;
	if (cut->packet.flags & LA_PF_LATER && (k->sport || k->dport))
		return false;
	/* half a name is none */
	if (strstr(cut->begins, " hello ") && strcmp(cut->begins, whole->begins))
		return false;
	return cut->packet.payload_len <= cut->packet.len && cut->label.cls < LA_CLASS_MAX &&
	       cut->label.detail < LA_DETAIL_MAX;
}

static void test_cut_at_every_length(void)
{
	uint8_t *edge = map_edge();
	const struct packet_case *c;
	struct answer cut, whole;
	uint32_t len;

	if (!CHECK(edge))
		return;
	for (c = cases; c < cases + n_cases; c++) {
		memcpy(edge - c->len, c->packet, c->len);
		whole = ask(c, edge - c->len, c->len, 0);
		expect(c, &whole);
		for (len = 0; len < c->len; len++) {
			memcpy(edge - len, c->packet, len);
			cut = ask(c, edge - len, len, 0);
			if (!invents_nothing(&cut, &whole)) {
				unit_failures++;
				printf("# %s:%u: %s: wrong when cut at %u bytes\n", c->file,
				       c->line, c->title, len);
			}
		}
	}
}

/* A hook may be told of a link header that is longer than the frame. */
static void test_frame_shorter_than_its_link_header(void)
{
	struct answer a;

	for (uint32_t len = 0; len < 14; len++) {
		a = ask(&cases[0], cases[0].packet, len, 14);
		CHECK_INT(a.parsed, -1);
	}
}

/* clang-format off */
UNIT_MAIN("cases",
	  { "answers", test_answers },
	  { "behind_a_link_header", test_behind_a_link_header },
	  { "cut_at_every_length", test_cut_at_every_length },
	  { "frame_shorter_than_its_link_header", test_frame_shorter_than_its_link_header })
