/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records for tests, and what they say. */
#pragma once

#include "record/record.h"

struct record dns_leak(void); /* the example of the event format */
struct record plain_leak(unsigned int family, unsigned int proto); /* of curl[7], to port 443 */

/* Both are valid until the next call. */
const char *message(const struct record *r);
const char *line(const struct record *r); /* of JSON, or NULL */
