/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of users, from /etc/passwd alone: the name service might ask the network, which is what we
 * watch.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct users;

/* A user by name, as far as /etc/passwd has it. */
struct user {
	uint32_t uid, gid;
	char name[64], home[256];
};
/* Who owns nothing, where /etc/passwd does not name one. */
#define USER_NOBODY ((struct user){ 65534, 65534, "nobody", "/" })

/* -ENOENT: there is none. -errno of reading. */
int users_find(const char *name, struct user *ret);

int users_open(struct users **ret);
void users_free(struct users *u);

/* NULL: no such user. Valid until the next call. */
const char *users_name(struct users *u, uint32_t uid);

/* How often names were forgotten, which may be in use. */
uint64_t users_changes(const struct users *u);

/* Whether we are in the initial user namespace, as far as its map of users shows. */
bool users_are_initial(void);
