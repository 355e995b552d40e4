/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question of a DNS message (RFC 1035 4.1.2), read for people. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 255 octets, each at most as \DDD */
#define DNS_QUESTION_NAME_MAX 1024

struct dns_question {
	char name[DNS_QUESTION_NAME_MAX]; /* as sent: case kept; "." is the root */
	char type[16]; /* "AAAA", "TYPE65280" (RFC 3597 5) */
};

/* msg: from the header on, cut off at len. False where the name is not whole
 * or not well-formed. */
bool dns_question_read(const uint8_t *msg, size_t len, struct dns_question *ret);

/* A server's name as TLS has it (RFC 6066 3), its bytes written in the same way.
 * to: DNS_QUESTION_NAME_MAX bytes */
void dns_question_server(const void *name, size_t len, char *to);
