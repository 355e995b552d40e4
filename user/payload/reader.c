/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apart/apart.h"
#include "base/util.h"

#define PAYLOAD_MAX 65536
#define OWN_MAX 64

struct question {
	uint64_t flow; /* of a hello */
	uint32_t len;
	uint16_t n_own; /* of an address */
	uint8_t proto;
	uint8_t hello;
	struct la_addr own[OWN_MAX];
	uint8_t payload[PAYLOAD_MAX];
};

struct answer {
	int32_t fault;
	uint32_t form; /* enum address_leak_form */
	struct la_addr found;
	uint8_t complete; /* hello is one */
	struct quic_hello hello;
};

struct reader {
	struct apart *apart;
	int fault;
	struct question q;
	struct answer a;
};

/* --- the process --- */

/* What has come of hellos that are not complete yet. */
static struct hellos *hellos;

static void begin(void)
{
	_cleanup_(quic_freep) struct quic *q = NULL;

	quic_open(&q); /* its library could not be opened later */
	hellos_open(&hellos);
}

/* An apart_fn. */
static size_t read_one(const void *in, size_t len, void *ret, size_t room)
{
	const struct question *q = in;
	const struct address_leak_addrs own = { q->own, MIN(q->n_own, (size_t)OWN_MAX) };
	const struct quic_hello *hello;
	struct answer *a = ret;

	if (!hellos || len != offsetof(struct question, payload) + q->len || room < sizeof(*a))
		return 0;
	memset(a, 0, sizeof(*a));
	if (!q->hello) {
		a->form = address_leak_find(q->proto, q->payload, q->len, &own, &a->found);
		return sizeof(*a);
	}
	hello = hellos_add(hellos, q->flow, q->payload, q->len);
	a->fault = hellos_fault(hellos);
	a->complete = hello != NULL;
	if (hello)
		a->hello = *hello;
	return sizeof(*a);
}

/* --- the loader's side --- */

int reader_open(struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));

	if (!r || apart_open(&r->apart, "read-payload", begin)) {
		free(r);
		return -ENOMEM;
	}
	*ret = r;
	return 0;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	apart_free(r->apart);
	free(r);
}

/* Of r->q, whose payload is len bytes. False: there is no answer. */
static bool ask(struct reader *r, const uint8_t *payload, size_t len)
{
	r->q.len = (uint32_t)MIN(len, (size_t)PAYLOAD_MAX);
	memcpy(r->q.payload, payload, r->q.len);
	return apart_run(r->apart, read_one, &r->q, offsetof(struct question, payload) + r->q.len,
			 &r->a, sizeof(r->a)) == sizeof(r->a);
}

const struct quic_hello *reader_hello(struct reader *r, uint64_t flow, const uint8_t *datagram,
				      size_t len)
{
	r->q.hello = 1;
	r->q.flow = flow;
	r->q.n_own = 0;
	if (!ask(r, datagram, len))
		return NULL;
	r->fault = r->a.fault;
	r->a.hello.name[sizeof(r->a.hello.name) - 1] = '\0';
	return r->a.complete ? &r->a.hello : NULL;
}

enum address_leak_form reader_address(struct reader *r, uint8_t proto, const uint8_t *payload,
				      size_t len, const struct address_leak_addrs *own,
				      struct la_addr *ret)
{
	size_t i;

	r->q.hello = 0;
	r->q.proto = proto;
	r->q.n_own = (uint16_t)MIN(own->n, (size_t)OWN_MAX);
	memcpy(r->q.own, own->v, r->q.n_own * sizeof(*own->v));
	if (!ask(r, payload, len) || r->a.form >= ADDRESS_LEAK_MAX)
		return ADDRESS_LEAK_NONE;
	for (i = 0; i < r->q.n_own; i++)
		if (addr_equal(&own->v[i], &r->a.found)) {
			*ret = own->v[i];
			return (enum address_leak_form)r->a.form;
		}
	return ADDRESS_LEAK_NONE;
}

int reader_fault(const struct reader *r)
{
	return r->fault;
}

uint64_t reader_lost(const struct reader *r)
{
	return apart_lost(r->apart);
}
