/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A checkup: what was tried on this machine, what follows for leakaudit, and what helps. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/util.h"

enum grade {
	GRADE_OK,
	GRADE_NOTE, /* watch works whole; there is something that one should know */
	GRADE_LIMIT, /* watch works, and something is not seen */
	GRADE_FAIL, /* watch does not work */
};

struct check {
	const char *name;
	enum grade grade;
	char found[512];
	char follows[512]; /* "": nothing does */
	char remedy[512]; /* "": none is known, or needed */
};

#define CHECKS_MAX 64

struct checkup {
	struct check v[CHECKS_MAX];
	size_t n;
};

/* Adds a line, and returns it to be filled in further. */
struct check *checkup_add(struct checkup *c, const char *name, enum grade grade, const char *fmt,
			  ...) _printf_(4, 5);
void check_follows(struct check *c, const char *fmt, ...) _printf_(2, 3);
void check_remedy(struct check *c, const char *fmt, ...) _printf_(2, 3);

/* The worst of all. */
enum grade checkup_grade(const struct checkup *c);

/* "ok", "note", "limit", "FAIL" */
const char *grade_name(enum grade g);

/* The parts, in their order. */
void check_machine(struct checkup *c); /* kernel, capabilities, container, security */
void check_kernel(struct checkup *c); /* each feature, and all programs */
void check_network(struct checkup *c); /* sysctls around the tunnel */
void check_build(struct checkup *c); /* what this program was built with */

/* On standard output. */
void checkup_print(const struct checkup *c);
int checkup_print_json(const struct checkup *c); /* 0 or -errno */
