/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The storage of a socket. */
#ifndef LEAKAUDIT_STORAGE_BPF_H
#define LEAKAUDIT_STORAGE_BPF_H

#include "maps.bpf.h"

/*
 * Also makes it. All programs' storage of a socket hangs on one list: where another CPU makes the
 * first of it or removes the last at the same moment, the kernel refuses once, though there is
 * room (EAGAIN in bpf_local_storage_update()). NULL: there is no room.
 */
la_inline void *la_make_storage(void *map, void *sk)
{
	void *made = bpf_sk_storage_get(map, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	return made ?: bpf_sk_storage_get(map, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
}

#endif
