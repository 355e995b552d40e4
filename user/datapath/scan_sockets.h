/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the holders of sockets, for kernels whose iterator over open files cannot be used. */
#pragma once

struct datapath;
struct la_held;

typedef void held_fn(void *arg, const struct la_held *held);

/*
 * Does for each socket of the scope's processes what la_scan_sockets in bpf/ does. Otherwise the
 * same as attach_scan().
 */
int scan_sockets(struct datapath *k, held_fn *fn, void *arg);
