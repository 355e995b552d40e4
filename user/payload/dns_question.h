/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the question of a DNS message (RFC 1035 4.1.2) into text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 255 octets, each of up to 4 characters (\DDD) */
#define DNS_QUESTION_NAME_MAX 1024

struct dns_question {
	char name[DNS_QUESTION_NAME_MAX]; /* case as sent; "." is the root */
	char type[16]; /* "AAAA", "TYPE65280" (RFC 3597 5) */
};

/*
 * msg: a DNS message from its header on, perhaps cut off at len. Returns false if the name is cut
 * off or malformed.
 */
bool dns_question_read(const uint8_t *msg, size_t len, struct dns_question *ret);

/* Writes a TLS server name (RFC 6066 3) in the same way. to: DNS_QUESTION_NAME_MAX bytes. */
void dns_question_server(const void *name, size_t len, char *to);
