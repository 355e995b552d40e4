/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes bytes of unknown origin (process names, DNS names, paths) safe for people and terminals,
 * and formats numbers and addresses.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/event.h"
#include "util.h"

/*
 * Returns the code point at s and its length in *len. For a byte that starts no valid UTF-8
 * sequence (RFC 3629) returns -1 with *len 1. s ends with a NUL.
 */
int32_t text_rune(const char *s, size_t *len);

/* Whether the rune is neither a control nor changes how its neighbours are drawn. */
bool text_printable(int32_t rune);

/*
 * Columns of s on a terminal: one per code point, which is exact enough for names. s must not have
 * escapes.
 */
size_t text_columns(const char *s);

/*
 * A string built piece by piece. It is cut at the end of its buffer, never within a code point, and
 * always ends with a NUL.
 */
struct text {
	char *buf;
	size_t size, len;
	bool cut;
};

void text_init(struct text *t, char *buf, size_t size);
void text_add(struct text *t, const char *fmt, ...) _printf_(2, 3);
void text_vadd(struct text *t, const char *fmt, va_list ap) _printf_(2, 0);
/* Same as text_add() with "%.*s", "%s" and "%llu", but much faster. */
void text_put(struct text *t, const char *s, size_t n);
static inline void text_str(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void text_number(struct text *t, uint64_t v);
/* Writes the digits of v, at least width of them, without a NUL. Returns their number. */
#define TEXT_DIGITS_MAX 20
size_t text_digits(char *to, uint64_t v, unsigned int width);
/* Escapes non-printing bytes as \xNN, also newlines unless lines is set. */
void text_escape(struct text *t, const char *s, bool lines);
/* printf() for what a person reads, with all that is not printing escaped in the same way. */
void text_print(const char *fmt, ...) _printf_(1, 2);
void text_addr(struct text *t, const struct la_addr *a, unsigned int family);
/* Writes "192.0.2.53:53", "[2001:db8::1]:53", or without the port if it is 0. */
void text_endpoint(struct text *t, const struct la_addr *a, unsigned int family, unsigned int port);
void text_bytes(struct text *t, uint64_t bytes); /* "71 B", "3.1 kB" */
void text_duration(struct text *t, uint64_t ns); /* "0.4 s", "12 s", "3 min 20 s", "2 h 5 min" */
void text_count(struct text *t, uint64_t n, const char *one, const char *many);
