/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds which socket, for kernels whose iterator over open files is of no use. */
#pragma once

struct datapath;
struct la_held;

typedef void held_fn(void *arg, const struct la_held *held);

/* What la_scan_sockets in bpf/ does, from here: for each socket of the scope's processes. As
 * attach_scan() else. */
int scan_sockets(struct datapath *k, held_fn *fn, void *arg);
