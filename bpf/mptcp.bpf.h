/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* MPTCP: a process has the connection, and its packets are those of its subflows. */
#ifndef LEAKAUDIT_MPTCP_BPF_H
#define LEAKAUDIT_MPTCP_BPF_H

#include "maps.bpf.h"

/* The MPTCP connection that a socket is a subflow of; NULL: of none. The helper came with 5.19. */
la_inline struct mptcp_sock *la_connection_of(struct bpf_sock *sk)
{
	return la_offsets.tells_connection ? bpf_skc_to_mptcp_sock(sk) : NULL;
}

#endif
