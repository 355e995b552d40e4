/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "captures.h"

#include <string.h>

void put_bytes(struct file *f, const void *bytes, size_t n)
{
	memcpy(f->b + f->n, bytes, n);
	f->n += n;
}

void put16(struct file *f, uint16_t v)
{
	v = f->swapped ? __builtin_bswap16(v) : v;
	put_bytes(f, &v, sizeof(v));
}

void put32(struct file *f, uint32_t v)
{
	v = f->swapped ? __builtin_bswap32(v) : v;
	put_bytes(f, &v, sizeof(v));
}

void put_pcap(struct file *f, uint32_t magic, uint32_t snaplen)
{
	put32(f, magic);
	put16(f, 2);
	put16(f, 4);
	put32(f, 0);
	put32(f, 0);
	put32(f, snaplen);
	put32(f, 1);
}

void put_record(struct file *f, uint32_t part, uint32_t len, const char *data)
{
	put32(f, 1700000000);
	put32(f, part);
	put32(f, (uint32_t)strlen(data));
	put32(f, len);
	put_bytes(f, data, strlen(data));
}

/* Returns where the block begins; end_block() writes its length. */
size_t begin_block(struct file *f, uint32_t type)
{
	size_t at = f->n;

	put32(f, type);
	put32(f, 0);
	return at;
}

void end_block(struct file *f, size_t at)
{
	uint32_t total;

	while ((f->n - at) % 4)
		put_bytes(f, "", 1);
	total = (uint32_t)(f->n - at) + 4;
	put32(f, total);
	total = f->swapped ? __builtin_bswap32(total) : total;
	memcpy(f->b + at + 4, &total, sizeof(total));
}

void put_section(struct file *f)
{
	size_t at = begin_block(f, 0x0a0d0d0a);

	put32(f, 0x1a2b3c4d);
	put16(f, 1);
	put16(f, 0);
	put32(f, 0xffffffff);
	put32(f, 0xffffffff);
	end_block(f, at);
}

/* resolution 0: not said; offset: seconds, 0: not said */
void put_interface(struct file *f, uint16_t linktype, uint32_t snaplen, const char *name,
		   uint8_t resolution, uint32_t offset)
{
	size_t at = begin_block(f, 1);

	put16(f, linktype);
	put16(f, 0);
	put32(f, snaplen);
	put16(f, 2);
	put16(f, (uint16_t)strlen(name));
	put_bytes(f, name, strlen(name));
	while ((f->n - at) % 4)
		put_bytes(f, "", 1);
	if (resolution) {
		put16(f, 9);
		put16(f, 1);
		put_bytes(f, (uint8_t[4]){ resolution }, 4);
	}
	if (offset) {
		put16(f, 14);
		put16(f, 8);
		put32(f, f->swapped ? 0 : offset);
		put32(f, f->swapped ? offset : 0);
	}
	put32(f, 0);
	end_block(f, at);
}

void put_enhanced(struct file *f, uint32_t interface, uint64_t ticks, uint32_t len,
		  const char *data)
{
	size_t at = begin_block(f, 6);

	put32(f, interface);
	put32(f, (uint32_t)(ticks >> 32));
	put32(f, (uint32_t)ticks);
	put32(f, (uint32_t)strlen(data));
	put32(f, len);
	put_bytes(f, data, strlen(data));
	end_block(f, at);
}
