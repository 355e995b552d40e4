/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads payloads in a process without privileges (apart/apart.h), which is not the one that reads
 * all else: its library for ciphers takes memory.
 */
#pragma once

#include "address_leak.h"
#include "hellos.h"

struct reader;

int reader_open(struct reader **ret);
void reader_free(struct reader *r);

/* As hellos_add(), address_leak_find(). What cannot be read has neither. */
const struct quic_hello *reader_hello(struct reader *r, uint64_t flow, const uint8_t *datagram,
				      size_t len);
enum address_leak_form reader_address(struct reader *r, uint8_t proto, const uint8_t *payload,
				      size_t len, const struct address_leak_addrs *own,
				      struct la_addr *ret);

/* As hellos_fault(). */
int reader_fault(const struct reader *r);

/* How many payloads could not be read, since there was no such process, or not any more. */
uint64_t reader_lost(const struct reader *r);
