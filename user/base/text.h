/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes from strangers (process names, DNS names, paths), made fit for people
 * and terminals; numbers and addresses as people write them.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "util.h"

/* The code point that s starts with and its length in *len. A byte that starts
 * no valid UTF-8 sequence (RFC 3629) is -1 with *len 1. s ends with a NUL. */
int32_t text_rune(const char *s, size_t *len);

/* Neither a control nor something that changes how its neighbours are drawn. */
bool text_printable(int32_t rune);

/* Columns that s takes on a terminal: one a code point, which is enough for
 * names; escapes must not be in it. */
size_t text_columns(const char *s);

/* Whether to write colours there: a terminal that has them, and no NO_COLOR
 * (no-color.org: any value but the empty one). */
bool text_coloured(int fd);

/* A string that is written piece by piece and cut where its buffer ends,
 * always NUL-terminated and never within a code point. */
struct text {
	char *buf;
	size_t size, len;
	bool cut;
};

void text_init(struct text *t, char *buf, size_t size);
void text_add(struct text *t, const char *fmt, ...) _printf_(2, 3);
void text_vadd(struct text *t, const char *fmt, va_list ap) _printf_(2, 0);
/* As text_add() does with "%.*s", "%s" and "%llu", in a fraction of the time. */
void text_put(struct text *t, const char *s, size_t n);
void text_str(struct text *t, const char *s);
void text_number(struct text *t, uint64_t v);
/* The digits of v, at least width of them, without a NUL; how many they are. */
#define TEXT_DIGITS_MAX 20
size_t text_digits(char *to, uint64_t v, unsigned int width);
/* Non-printing bytes become \xNN; newlines too unless lines is set. */
void text_escape(struct text *t, const char *s, bool lines);
void text_addr(struct text *t, const struct la_addr *a, unsigned int family);
/* "192.0.2.53:53", "[2001:db8::1]:53", without the port when it is 0. */
void text_endpoint(struct text *t, const struct la_addr *a, unsigned int family, unsigned int port);
void text_bytes(struct text *t, uint64_t bytes); /* "71 B", "3.1 kB" */
void text_duration(struct text *t, uint64_t ns); /* "0.4 s", "12 s", "3 min 20 s", "2 h 5 min" */
void text_count(struct text *t, uint64_t n, const char *one, const char *many);
