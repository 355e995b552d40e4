/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ring.h"

#include <errno.h>

#include "core/event.h"

/* Size of a kind's record without its variable part. */
static size_t least(unsigned int kind)
{
	switch (kind) {
	case LA_KIND_FLOW:
	case LA_KIND_INSIDE:
	case LA_KIND_NOTICE:
	case LA_KIND_ASKED:
	case LA_KIND_HEARD:
	case LA_KIND_UPSTREAM:
		return sizeof(struct la_event_flow);
	case LA_KIND_PACKET:
		return sizeof(struct la_event_packet);
	}
	return sizeof(struct la_event_task);
}

/* Size of the variable part. */
static size_t more(const struct la_event_hdr *h)
{
	switch (h->kind) {
	case LA_KIND_FLOW:
	case LA_KIND_INSIDE:
	case LA_KIND_NOTICE:
	case LA_KIND_ASKED:
	case LA_KIND_HEARD:
	case LA_KIND_UPSTREAM:
		return ((const struct la_event_flow *)h)->payload_len;
	case LA_KIND_PACKET:
		return ((const struct la_event_packet *)h)->caplen;
	}
	return 0;
}

int ring_check(const void *record, size_t size)
{
	const struct la_event_hdr *h = record;

	if (size < sizeof(*h) || h->version != LA_ABI_VERSION || h->kind >= LA_KIND_MAX)
		return -EPROTO;
	if (h->size > size || h->size < least(h->kind) || more(h) > h->size - least(h->kind))
		return -EPROTO;
	return 0;
}
