/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What helps: the option that lets a VPN's own traffic pass, where it is told as a leak because
 * nothing proves what it is; or the setting of a torrent client that keeps it in the tunnel.
 */
#pragma once

#include "priv.h"

#define REMEDY_MAX 512

/*
 * Sets the leak's remedy, which is in buf then, if its process makes a tunnel, or its setting, and
 * whether this run has said it. Its flow, process, cause and place are known.
 */
void remedy_tell(struct watch *w, struct record_leak *l, char buf[REMEDY_MAX]);
