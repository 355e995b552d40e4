/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by unpack.c, which reads, and by unpack_formats.c, which knows the libraries. */
#pragma once

#include "unpack.h"

/* What is left of the input, and of the room for the output. */
struct unpack_step {
	const uint8_t *in;
	size_t in_left;
	uint8_t *out;
	size_t out_left;
	bool last; /* no input comes after this */
};

struct unpack_format {
	const char *magic;
	size_t n;
	const char *name, *cat; /* of the format; of the program that prints its contents */
	const char *package, *library; /* to build with; to run with. NULL: always there */
	/* -ENOSYS: not built with it, or not loaded. -ENOMEM. NULL: never */
	int (*open)(void **state);
	/* 1: a stream has ended here; 0; -EBADMSG */
	int (*step)(void *state, struct unpack_step *s);
	void (*close)(void *state);
};

/* Ends with a format without a name. */
extern const struct unpack_format unpack_formats[];
