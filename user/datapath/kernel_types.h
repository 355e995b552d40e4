/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The types of the running kernel, and of them those that our programs name. libbpf goes through
 * all types that it is given for each struct that a program reads, 1 ms each of a kernel's 150,000.
 */
#pragma once

#include <bpf/btf.h>

struct kernel_types {
	struct btf *all; /* NULL: they cannot be read, or are not needed any more */
	const char
		*file; /* of all of them, as the user names it; NULL: the kernel's own. Borrowed */
	int fd; /* the named ones, as a file; -1: there is none */
	char path[32]; /* of that */
};

void kernel_types_open(struct kernel_types *t, const char *file);
void kernel_types_close(struct kernel_types *t);

/* What libbpf is to read when it loads an object; NULL: the kernel's own types. */
const char *kernel_types_file(const struct kernel_types *t);

/*
 * Writes what the object names, whose types are given, before it is loaded. All objects that are
 * loaded later name the same. Forgets all others. 0 or -errno.
 */
int kernel_types_write(struct kernel_types *t, const struct btf *named);
