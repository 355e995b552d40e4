/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socket_scan.h"

/*
 * A closed socket's owner cannot be found any more, so scans follow soon after each other. They
 * take at most a twentieth of the time.
 */
#define SWEEP_PAUSE (NSEC_PER_SEC / 100)
#define SWEEP_SHARE 20
/* A process that moved may be sending already: no pause, unless very many move. */
#define MOVES_AT_ONCE 32

/*
 * A socket may be passed to a process, or may bypass the hooks by a call that no hook sees. A scan
 * takes 0.4 ms with 1500 open files. Periodic scans take at most a hundredth of the time.
 */
#define LOOK_PAUSE NSEC_PER_SEC
#define LOOK_SHARE 100

void socket_scan_now(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg)
{
	uint64_t began = ktime_now();

	attach_scan(k, fn, arg);
	datapath_bump_epoch(k);
	s->last = ktime_now();
	s->wanted = false;
	s->pause = MAX(SWEEP_PAUSE, (s->last - began) * SWEEP_SHARE);
}

static bool has_rested(const struct socket_scan *s, uint64_t pause)
{
	return ktime_now() - s->last >= pause;
}

bool socket_scan_request(struct socket_scan *s)
{
	if (has_rested(s, s->pause))
		return true;
	s->wanted = true;
	return false;
}

bool socket_scan_is_due(const struct socket_scan *s)
{
	return s->wanted && has_rested(s, s->pause);
}

void socket_scan_moved(struct socket_scan *s)
{
	s->pause = s->moves++ < MOVES_AT_ONCE ? 0 : SWEEP_PAUSE;
	s->wanted = true;
}

void socket_scan_tick(struct socket_scan *s)
{
	s->moves = 0;
	if (has_rested(s, MAX(LOOK_PAUSE, s->pause / SWEEP_SHARE * LOOK_SHARE)))
		s->wanted = true;
}

bool socket_scan_reported(struct socket_scan *s, uint64_t inode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(s->reported); i++)
		if (s->reported[i] == inode)
			return true;
	s->reported[s->n_reported++ % ARRAY_SIZE(s->reported)] = inode;
	return false;
}
