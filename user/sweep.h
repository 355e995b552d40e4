/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds which socket, for kernels whose iterator over open files is of no use. */
#pragma once

struct kernel;

/* What la_sweep in bpf/ does, from here: for each socket of the scope's processes. */
int sweep_sockets(struct kernel *k);
