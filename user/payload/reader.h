/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads payloads in a process of its own, which has no capability, no descriptor but a socket to us
 * and none of the maps that we share with the kernel, and may do nothing but use its memory. It is
 * started when the first payload comes, and again if it has ended: a message may have been made
 * for that.
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
