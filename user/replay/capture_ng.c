/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcapng: draft-ietf-opsawg-pcapng. A file is a sequence of sections, a section one of blocks:
 * section header, interfaces, packets, others that are skipped. A block consists of its type, its
 * length, its body and its length again.
 */
#include <errno.h>
#include <stdio.h>

#include "base/grow.h"
#include "capture_link.h"
#include "capture_priv.h"

#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 2 /* obsolete, appendix A */
#define BLOCK_SIMPLE 3
#define BLOCK_ENHANCED 6

#define BYTE_ORDER_MAGIC 0x1a2b3c4d

#define OPTION_END 0
#define OPTION_NAME 2
#define OPTION_DESCRIPTION 3
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET 14
#define OPTION_FLAGS 2 /* of a packet */

/* A block's type and length, and the length at its end. */
#define BLOCK_HEADER 8
#define BLOCK_TRAILER 4
#define BLOCK_LEAST (BLOCK_HEADER + BLOCK_TRAILER)

struct block {
	const uint8_t *body;
	uint32_t type, total, len; /* total: bytes of the block; len: bytes of its body */
};

void capture_ng_clear(struct capture *c)
{
	while (c->n_interfaces)
		free(c->interfaces[--c->n_interfaces]);
}

/* --- time --- */

static void set_resolution(struct capture_clock *k, uint8_t resolution)
{
	unsigned int n = resolution & 0x7f, i;
	uint64_t power = 1;

	k->unusable = n > (resolution & 0x80 ? 63 : 27);
	k->shift = resolution & 0x80 && !k->unusable ? n : 0;
	if (resolution == 0x80) /* 2^0: seconds */
		n = 0;
	else if (resolution & 0x80 || k->unusable)
		return;
	for (i = n < 9 ? n : 9; i < (n < 9 ? 9 : n); i++)
		power *= 10;
	k->mult = n < 9 ? power : 1;
	k->div = n > 9 ? power : 1;
}

/* What 64 bits of seconds or of an offset in seconds come to. */
typedef __int128 wide;

static uint64_t time_of(struct capture *c, const struct capture_clock *k, uint64_t ticks)
{
	uint64_t mask = (1ULL << k->shift) - 1;
	wide ns;

	if (k->unusable)
		return c->time;
	if (k->shift)
		ns = ((wide)(ticks >> k->shift) * NSEC_PER_SEC) +
		     ((wide)(ticks & mask) * NSEC_PER_SEC >> k->shift);
	else
		ns = (wide)ticks * k->mult / k->div;
	ns += k->offset;
	/* no year that an event could tell: as if it had none */
	if (ns >= 0 && ns <= CAPTURE_TIME_MAX)
		c->time = (uint64_t)ns;
	return c->time;
}

/* --- interfaces --- */

static uint64_t get64(const struct capture *c, const uint8_t *b)
{
	uint64_t v;

	memcpy(&v, b, sizeof(v));
	return c->swapped ? __builtin_bswap64(v) : v;
}

static void take_words(char to[64], const uint8_t *value, uint16_t len)
{
	snprintf(to, 64, "%.*s", (int)len, (const char *)value);
}

static void take_option(struct capture *c, struct capture_ng_interface *i, uint16_t code,
			const uint8_t *value, uint16_t len)
{
	switch (code) {
	case OPTION_NAME:
		take_words(i->self.name, value, len);
		break;
	case OPTION_DESCRIPTION:
		take_words(i->self.description, value, len);
		break;
	case OPTION_RESOLUTION:
		if (len == 1)
			set_resolution(&i->clock, value[0]);
		break;
	case OPTION_OFFSET:
		if (len == 8)
			i->clock.offset = (wide)(int64_t)get64(c, value) * NSEC_PER_SEC;
		break;
	}
}

struct option {
	uint16_t code, len;
	const uint8_t *value;
};

/*
 * Takes the next option of the *n bytes at *b. An option that exceeds its block ends the list. The
 * block itself is valid.
 */
static bool next_option(const struct capture *c, const uint8_t **b, uint32_t *n, struct option *o)
{
	uint32_t padded;

	if (*n < 4)
		return false;
	o->code = capture_16(c, *b);
	o->len = capture_16(c, *b + 2);
	o->value = *b + 4;
	padded = (o->len + 3U) & ~3U;
	if (o->code == OPTION_END || padded > *n - 4)
		return false;
	*b += 4 + padded;
	*n -= 4 + padded;
	return true;
}

static void take_options(struct capture *c, struct capture_ng_interface *i, const uint8_t *b,
			 uint32_t n)
{
	struct option o;

	while (next_option(c, &b, &n, &o))
		take_option(c, i, o.code, o.value, o.len);
}

static int add_interface(struct capture *c, const struct block *b)
{
	_cleanup_(freep) struct capture_ng_interface *i = calloc(1, sizeof(*i));
	size_t n = c->n_interfaces;

	if (b->len < 8)
		return capture_damaged(c, 4, "an interface description of %u bytes", b->total);
	if (!i)
		return -ENOMEM;
	if (!GROW(c->interfaces, n))
		return -ENOMEM;
	i->self.described = true;
	i->self.number = (uint32_t)n;
	i->self.linktype = capture_16(c, b->body);
	i->snaplen = capture_32(c, b->body + 4);
	set_resolution(&i->clock, 6);
	take_options(c, i, b->body + 8, b->len - 8);
	c->interfaces[c->n_interfaces++] = take_ptr(i);
	return 0;
}

/* --- packets --- */

/* head: bytes of the body before the packet's bytes */
static int take_packet(struct capture *c, const struct block *b, uint32_t number, uint32_t head,
		       uint32_t caplen, uint32_t len, struct capture_packet *ret)
{
	if (number >= c->n_interfaces)
		return capture_damaged(c, 8, "a packet of interface %u, which has no description",
				       number);
	if (caplen > b->len - head)
		return capture_damaged(c, 4, "a packet of %u bytes in a block of %u", caplen,
				       b->total);
	ret->data = b->body + head;
	ret->caplen = caplen;
	ret->len = MAX(len, caplen);
	ret->direction = CAPTURE_UNKNOWN;
	ret->interface = &c->interfaces[number]->self;
	return 1;
}

/* behind: the packet's bytes, and what pads them */
static uint8_t direction_of(const struct capture *c, const struct block *b, uint32_t behind)
{
	const uint8_t *at = b->body + behind;
	uint32_t n = b->len - behind, flags = CAPTURE_UNKNOWN;
	struct option o;

	while (next_option(c, &at, &n, &o))
		if (o.code == OPTION_FLAGS && o.len == 4)
			flags = capture_32(c, o.value) & 3;
	/* 1: inbound, 2: outbound */
	return flags < 3 ? (uint8_t)flags : CAPTURE_UNKNOWN;
}

static int take_enhanced(struct capture *c, const struct block *b, struct capture_packet *ret)
{
	const uint8_t *h = b->body;
	uint32_t number, behind;
	int r;

	if (b->len < 20)
		return capture_damaged(c, 4, "a packet's block of %u bytes", b->total);
	/* the upper half of the obsolete block's interface field counts drops */
	number = b->type == BLOCK_PACKET ? capture_16(c, h) : capture_32(c, h);
	r = take_packet(c, b, number, 20, capture_32(c, h + 12), capture_32(c, h + 16), ret);
	if (r <= 0)
		return r;
	ret->time = time_of(c, &c->interfaces[number]->clock,
			    (uint64_t)capture_32(c, h + 4) << 32 | capture_32(c, h + 8));
	behind = 20 + ((ret->caplen + 3) & ~3U);
	if (behind < b->len)
		ret->direction = direction_of(c, b, behind);
	return r;
}

/*
 * A simple packet belongs to the first interface, has no time, and is cut at that interface's
 * snaplen.
 */
static int take_simple(struct capture *c, const struct block *b, struct capture_packet *ret)
{
	uint32_t len, caplen;

	if (b->len < 4)
		return capture_damaged(c, 4, "a packet's block of %u bytes", b->total);
	len = capture_32(c, b->body);
	caplen = len;
	if (c->n_interfaces && c->interfaces[0]->snaplen)
		caplen = MIN(caplen, c->interfaces[0]->snaplen);
	ret->time = c->time;
	return take_packet(c, b, 0, 4, caplen, len, ret);
}

/* --- blocks --- */

/*
 * A section header gives its byte order in its second word. Its length can only be read after that.
 */
static int take_order(struct capture *c, const uint8_t *h)
{
	uint32_t magic;

	memcpy(&magic, h + 8, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC && magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return capture_damaged(c, 8, "a section without a byte order");
	c->swapped = magic != BYTE_ORDER_MAGIC;
	capture_ng_clear(c);
	return 0;
}

static int take_section(struct capture *c, const struct block *b)
{
	if (b->len < 16)
		return capture_damaged(c, 4, "a section's header of %u bytes", b->total);
	if (capture_16(c, b->body + 4) != 1)
		return capture_damaged(c, 12, "version %u.%u of the format is not known",
				       capture_16(c, b->body + 4), capture_16(c, b->body + 6));
	return 0;
}

/* 0: b is the next block, complete. 1: the end. Else -errno. */
static int read_block(struct capture *c, struct block *b)
{
	const uint8_t *h = capture_need(c, BLOCK_LEAST);
	int r;

	if (!h)
		return capture_ended(c, "a block") ?: 1;
	b->type = capture_32(c, h);
	if (b->type == CAPTURE_MAGIC_NG) {
		r = take_order(c, h);
		if (r)
			return r;
	}
	b->total = capture_32(c, h + 4);
	b->len = b->total - BLOCK_LEAST;
	if (b->total < BLOCK_LEAST || b->total & 3 || b->total > CAPTURE_BLOCK_MAX)
		return capture_damaged(c, 4, "a block of %u bytes", b->total);
	h = capture_need(c, b->total);
	if (!h)
		return capture_ended(c, "a block");
	if (capture_32(c, h + b->total - BLOCK_TRAILER) != b->total)
		return capture_damaged(c, b->total - BLOCK_TRAILER,
				       "a block of %u bytes with another length at its end, %u",
				       b->total, capture_32(c, h + b->total - BLOCK_TRAILER));
	b->body = h + BLOCK_HEADER;
	return 0;
}

static int take_block(struct capture *c, const struct block *b, struct capture_packet *ret)
{
	switch (b->type) {
	case BLOCK_ENHANCED:
	case BLOCK_PACKET:
		return take_enhanced(c, b, ret);
	case BLOCK_SIMPLE:
		return take_simple(c, b, ret);
	case BLOCK_INTERFACE:
		return add_interface(c, b);
	case CAPTURE_MAGIC_NG:
		return take_section(c, b);
	}
	return 0; /* names, statistics, custom blocks */
}

static int next(struct capture *c, struct capture_packet *ret)
{
	struct block b = { 0 };
	int r;

	do {
		r = read_block(c, &b);
		if (r)
			return r > 0 ? 0 : r;
		r = take_block(c, &b, ret);
		if (r >= 0) /* the packet's bytes stay in the buffer until the next call */
			capture_skip(c, b.total);
	} while (!r);
	return r;
}

static bool has_next(const struct capture *c, const uint8_t *b, size_t n)
{
	uint32_t type;

	if (n < BLOCK_LEAST)
		return false;
	type = capture_32(c, b);
	return (type == BLOCK_ENHANCED || type == BLOCK_PACKET || type == BLOCK_SIMPLE) &&
	       n >= capture_32(c, b + 4);
}

bool capture_ng_begins(struct capture *c, const uint8_t *b, size_t n)
{
	static const uint8_t section[] = { 0x0a, 0x0d, 0x0d, 0x0a };

	c->next = next;
	c->has_next = has_next;
	return n >= sizeof(section) && !memcmp(b, section, sizeof(section));
}
