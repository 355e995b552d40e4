/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JSON text that is read as a whole, of a size that fits into memory: our own state. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json_node {
	enum json_type type;
	const char *key; /* of a member; NULL: none */
	const char *word; /* a string; of a number its digits, of others their word. Ends with NUL */
	size_t next; /* index of the node behind it and all within it */
};

/* A zeroed struct is ready for use. */
struct json_tree {
	struct json_node *v; /* in the order of the text; the first is all */
	size_t n;
};

/*
 * Reads a text that ends with NUL, changes it, and borrows it. -EBADMSG: it is malformed, or nested
 * too deeply. -ENOMEM.
 */
int json_tree_read(struct json_tree *t, char *text, size_t len);
void json_tree_free(struct json_tree *t);

/* The first member or element, and the one behind another; NULL: there is none. */
const struct json_node *json_first(const struct json_tree *t, const struct json_node *of);
const struct json_node *json_next(const struct json_tree *t, const struct json_node *of,
				  const struct json_node *before);

/* By names with dots between them: "verdict.word". NULL: there is no such member. */
const struct json_node *json_find(const struct json_tree *t, const struct json_node *of,
				  const char *path);

/* What is there, or another value. */
const char *json_word(const struct json_tree *t, const struct json_node *of, const char *path,
		      const char *other);
uint64_t json_count(const struct json_tree *t, const struct json_node *of, const char *path);
double json_number(const struct json_tree *t, const struct json_node *of, const char *path);
bool json_is(const struct json_tree *t, const struct json_node *of, const char *path);
