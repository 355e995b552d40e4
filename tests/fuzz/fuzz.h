/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz targets: tests/fuzz/fuzz_NAME.c, a function that is given bytes, hands
 * them to what it is for, and stops where an answer cannot be true. It is linked
 * twice: with libFuzzer ("make fuzz"), and with once.c, which runs the inputs
 * kept in tests/fuzz/cases/NAME, so that what was found once stays found.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what is not true and where, and aborts. */
#define REQUIRE(cond)                                           \
	do {                                                    \
		if (!(cond))                                    \
			fuzz_broken(__FILE__, __LINE__, #cond); \
	} while (0)

_Noreturn void fuzz_broken(const char *file, int line, const char *what);

/* What is left of an input. Behind its end there are zeros. */
struct input {
	const uint8_t *at;
	size_t left;
};

uint8_t input_8(struct input *in);
uint16_t input_16(struct input *in); /* the high byte first, as are all of them */
uint32_t input_32(struct input *in);
void input_fill(struct input *in, void *to, size_t n);

/* At most n bytes, in memory of just their size, so that the address sanitizer
 * sees who reads behind them. The caller's to free. */
uint8_t *input_bytes(struct input *in, size_t n, size_t *len);
/* As many bytes as two bytes of the input say. */
uint8_t *input_chunk(struct input *in, size_t *len);
/* As many as a byte says, up to a NUL, with a NUL behind them. */
char *input_string(struct input *in);

/* A file of just these bytes, which path names. There are INPUT_FILES of them, kept
 * from one input to the next, since making one takes longer than most targets. */
#define INPUT_FILES 2
#define INPUT_PATH_MAX 32
int input_file(unsigned int number, const uint8_t *data, size_t size, char path[INPUT_PATH_MAX]);

/* What is printed in between goes nowhere. */
void silence_begin(void);
void silence_end(void);

/* Whether these bytes are one JSON value (RFC 8259) in valid UTF-8 (RFC 3629). */
bool json_is_valid(const char *s, size_t len);
