/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Torrent clients by their names, and the setting of each that binds what it sends to the tunnel. A
 * client has one for its connections to peers and another one, or none, for the rest: which one is
 * missing shows in what leaks.
 */
#pragma once

#include "record/record.h"

/* What to set in the client that has sent this. NULL: no such client, or nothing of it would help. */
const char *torrent_client_setting(const struct record_leak *l);
