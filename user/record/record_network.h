/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "network" of a leak: which protocols, and the flow's Community ID. */
#pragma once

#include "base/json.h"
#include "record.h"

/* It stays open. */
void record_put_network(struct json *j, const struct record_leak *l);
