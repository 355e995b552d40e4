/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a connection by TLS, as the options of an output name them. */
#pragma once

#include "output_option.h"

struct tls_files {
	char *ca; /* certificates to trust; NULL: the system's */
	char *cert, *key; /* what we show to a receiver that asks who we are; NULL: nothing */
};

/* The rows of output_option_parse() for it. */
/* clang-format off */
#define TLS_OPTIONS(t)                          \
	{ .name = "ca", .word = &(t)->ca },     \
	{ .name = "cert", .word = &(t)->cert }, \
	{ .name = "key", .word = &(t)->key }
/* clang-format on */
#define TLS_USAGE "[,ca=FILE][,cert=FILE,key=FILE]"

/* Whether they can be read. A certificate without a key has it in its own file. -errno: f says why.
 */
int tls_files_check(struct tls_files *t, struct fault *f);
static inline int tls_files_any(const struct tls_files *t)
{
	return t->ca || t->cert || t->key;
}
void tls_files_clear(struct tls_files *t);

/* What helps where a receiver's certificate is refused. verified: X509_V_...; OK: for its name. */
const char *tls_help_refused(long verified);
