/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures whose every byte a test makes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file that grows word by word, in either byte order. */
struct file {
	uint8_t b[8192];
	size_t n;
	bool swapped;
};

void put_bytes(struct file *f, const void *bytes, size_t n);
void put16(struct file *f, uint16_t v);
void put32(struct file *f, uint32_t v);

void put_pcap(struct file *f, uint32_t magic, uint32_t snaplen);
void put_record(struct file *f, uint32_t part, uint32_t len, const char *data);

/* Returns where the block begins; end_block() writes its length. */
size_t begin_block(struct file *f, uint32_t type);
void end_block(struct file *f, size_t at);
void put_section(struct file *f);
/* resolution 0: not said; offset: seconds, 0: not said */
void put_interface(struct file *f, uint16_t linktype, uint32_t snaplen, const char *name,
		   uint8_t resolution, uint32_t offset);
void put_enhanced(struct file *f, uint32_t interface, uint64_t ticks, uint32_t len,
		  const char *data);
