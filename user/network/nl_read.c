/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl_read.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

#include "apart/apart.h"
#include "base/util.h"

struct question {
	const struct nl_kind *kind;
	uint32_t skip; /* items that were answered before */
	uint32_t len;
	uint64_t about[NL_ABOUT_MAX / sizeof(uint64_t)];
	uint64_t datagram[NL_BUF / sizeof(uint64_t)];
};

struct answer {
	uint32_t n; /* items in it */
	uint32_t more; /* there are others */
	uint64_t items[]; /* a head and what was read, each */
};

/* Room for some hundred items; what has more is asked again. */
#define ANSWER_ROOM 32768
_Static_assert(ANSWER_ROOM <= APART_ROOM, "an answer comes at once");
_Static_assert(sizeof(struct question) <= APART_IN, "a question is asked at once");
_Static_assert(sizeof(struct nl_head) % sizeof(uint64_t) == 0, "what follows is aligned");

const struct nl_kind nl_heads;

static size_t stride_of(const struct nl_kind *kind)
{
	return sizeof(struct nl_head) + (kind->size + 7) / 8 * 8;
}

/* --- apart --- */

struct nl_items {
	const struct question *q;
	struct answer *to;
	size_t most;
	uint32_t seen;
	struct nl_head head; /* of the message that is read */
};

/* A head, and zeros for the item that follows it. NULL: it was answered before, or has no room. */
static struct nl_head *put_head(struct nl_items *to)
{
	size_t stride = stride_of(to->q->kind);
	char *at = (char *)to->to->items + to->to->n * stride;

	if (to->seen++ < to->q->skip)
		return NULL;
	if (to->to->n == to->most) {
		to->to->more = 1;
		return NULL;
	}
	to->to->n++;
	memset(at, 0, stride);
	return memcpy(at, &to->head, sizeof(to->head));
}

void nl_put(struct nl_items *to, const void *item)
{
	struct nl_head *head;

	to->head.items++;
	head = put_head(to);
	if (head)
		memcpy(head + 1, item, to->q->kind->size);
}

static void parse_message(struct nl_items *to, const struct nlmsghdr *m)
{
	struct nl_head *head = put_head(to);

	if (head)
		head->items = to->q->kind->parse(m, to->q->about, head + 1);
}

static void read_message(struct nl_items *to, const struct nlmsghdr *m)
{
	const struct nl_kind *kind = to->q->kind;
	bool control = m->nlmsg_type < NLMSG_MIN_TYPE;

	to->head = (struct nl_head){ .seq = m->nlmsg_seq,
				     .portid = m->nlmsg_pid,
				     .error = control ? nl_error(m) : 0,
				     .type = m->nlmsg_type,
				     .flags = m->nlmsg_flags };
	if (!control && kind->parse) {
		parse_message(to, m);
		return;
	}
	if (!control && kind->read)
		kind->read(to, m, to->q->about);
	if (!to->head.items)
		put_head(to);
}

static size_t read_datagram(const void *in, size_t len, void *ret, size_t room)
{
	const size_t head = offsetof(struct question, datagram);
	const struct question *q = in;
	struct nl_items to = { .q = q, .to = ret };
	const struct nlmsghdr *m;
	int left;

	if (len < head || q->len != len - head || room < sizeof(*to.to))
		return 0;
	to.most = (room - sizeof(*to.to)) / stride_of(q->kind);
	*to.to = (struct answer){ 0 };
	left = (int)q->len;
	for (m = (const void *)q->datagram; nl_ok(m, left) && !to.to->more;
	     m = mnl_nlmsg_next(m, &left))
		read_message(&to, m);
	return sizeof(*to.to) + to.to->n * stride_of(q->kind);
}

/* --- what has asked --- */

void nl_make_bool(bool *b)
{
	unsigned char byte;

	memcpy(&byte, b, sizeof(byte));
	*b = byte & 1;
}

bool nl_prefix_is_possible(unsigned int family, unsigned int len)
{
	return (family == 4 || family == 6) && len <= 128 && (family == 6 || len >= ADDR_V4_BITS);
}

static bool is_possible(const struct nl_kind *kind, struct nl_head *head, void *item)
{
	const bool can_have = kind->parse ? head->items == 1 : kind->read != NULL;

	return head->error <= 0 &&
	       (!head->items || (can_have && (!kind->check || kind->check(item))));
}

bool nl_answer_is_possible(const struct nl_kind *kind, void *answer, size_t n)
{
	const size_t stride = stride_of(kind);
	struct answer *a = answer;
	char *at = (char *)a->items;
	uint32_t i;

	if (n < sizeof(*a) || a->n > ANSWER_ROOM / stride || n != sizeof(*a) + a->n * stride ||
	    a->more > 1 || (a->more && !a->n))
		return false;
	for (i = 0; i < a->n; i++, at += stride)
		if (!is_possible(kind, (void *)at, at + sizeof(struct nl_head)))
			return false;
	return true;
}

/* Of a question, whose answer has room for ANSWER_ROOM bytes. */
static int ask(const struct nl *nl, const struct question *q, struct answer *a)
{
	const size_t len = offsetof(struct question, datagram) + q->len;
	ssize_t n;

	if (!nl->foreign)
		return read_datagram(q, len, a, ANSWER_ROOM) ? 0 : -EPROTO;
	n = apart_read(read_datagram, q, len, a, ANSWER_ROOM);
	if (n < 0)
		return (int)n;
	return nl_answer_is_possible(q->kind, a, (size_t)n) ? 0 : apart_read_refuse();
}

int nl_each(struct nl *nl, int len, const struct nl_kind *kind, const void *about, nl_each_fn *fn,
	    void *arg)
{
	_cleanup_(freep) struct question *q = malloc(sizeof(*q));
	_cleanup_(freep) struct answer *a = malloc(ANSWER_ROOM);
	const struct nl_head *head;
	uint32_t i;
	int r = 0;

	if (!q || !a)
		return -ENOMEM;
	q->kind = kind;
	q->skip = 0;
	q->len = (uint32_t)len;
	memset(q->about, 0, sizeof(q->about));
	if (kind->about)
		memcpy(q->about, about, kind->about);
	memcpy(q->datagram, nl->buf, q->len);
	do {
		r = ask(nl, q, a);
		for (i = 0; !r && i < a->n; i++) {
			head = (void *)((char *)a->items + i * stride_of(kind));
			r = fn(arg, head, head->items ? head + 1 : NULL);
		}
		/* a datagram has no more items than bytes: a process may not answer for ever */
		q->skip += a->n;
	} while (!r && a->more && q->skip < NL_BUF);
	return r;
}

struct asking {
	const struct nl *nl;
	bool multi, torn;
	nl_item_fn *fn;
	void *arg;
	int r; /* where it has ended */
};

/* An nl_each_fn. 1: the answer has ended. */
static int take(void *arg, const struct nl_head *head, const void *item)
{
	struct asking *a = arg;

	if (!nl_answers(a->nl, head))
		return 0;
	a->torn |= (head->flags & NLM_F_DUMP_INTR) != 0;
	if (head->type == NLMSG_ERROR || head->type == NLMSG_DONE) {
		a->r = head->error ?: a->torn ? -EINTR : 0;
		return 1;
	}
	a->r = item ? a->fn(a->arg, item) : 0;
	return a->r < 0 || !a->multi;
}

int nl_ask(struct nl *nl, struct nlmsghdr *nlh, const struct nl_kind *kind, const void *about,
	   nl_item_fn *fn, void *arg)
{
	struct asking a = { nl, nlh->nlmsg_flags & NLM_F_DUMP, false, fn, arg, 0 };
	int len, r = nl_send(nl, nlh);

	while (!r) {
		len = nl_recv(nl);
		if (len <= 0)
			r = len ?: -EAGAIN;
		else
			r = nl_each(nl, len, kind, about, take, &a);
	}
	nl_forget(nl);
	return r < 0 ? r : MIN(a.r, 0);
}

bool nl_answers(const struct nl *nl, const struct nl_head *head)
{
	return head->portid == nl->portid && head->seq == nl->seq;
}
