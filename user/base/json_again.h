/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members that many lines have alike: they are written once, and copied from then on. So many are
 * kept as one burst of events has processes and flows.
 */
#pragma once

#include "json.h"

#define JSON_AGAIN_KEY 256

/*
 * key: all that the members are made from; where it has the address of a string, also a number that
 * grows when the string may have changed. True: they are written. Else write them, then call
 * json_keep(). size: at most JSON_AGAIN_KEY, in whole words.
 */
bool json_again(struct json *j, const void *key, size_t size);
void json_keep(struct json *j);

/* Done by json_free(). */
void json_again_free(struct json *j);
