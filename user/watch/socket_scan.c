/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socket_scan.h"

/*
 * A closed socket's owner cannot be found any more, so scans follow soon after each other. They
 * take at most a twentieth of the time.
 */
#define SWEEP_PAUSE (NSEC_PER_SEC / 100)
#define SWEEP_SHARE 20
/* One that has to wait for the last one's pause. */
#define SWEEP_WAIT_MS 10
/* A process that moved may be sending already: no pause, unless very many move. */
#define MOVES_AT_ONCE 32

/*
 * A socket may be passed to a process, or may bypass the hooks by a call that no hook sees. A scan
 * takes 0.4 ms with 1500 open files. Periodic scans take at most a two-thousandth of the time,
 * unless that were less than one in a minute.
 */
#define LOOK_PAUSE NSEC_PER_SEC
#define LOOK_PAUSE_MAX (60 * NSEC_PER_SEC)
#define LOOK_SHARE 2000

/* What was judged by what was known before is judged again. */
static void finish(struct socket_scan *s, struct datapath *k)
{
	bool urgent = s->wanted && !s->pause;

	if (attach_scan_changed(k))
		datapath_bump_epoch(k);
	s->running = false;
	s->last = ktime_now();
	if (!urgent)
		s->pause = MAX(SWEEP_PAUSE, s->cost * SWEEP_SHARE);
}

static void begin(struct socket_scan *s)
{
	s->wanted = false;
	s->pause = SWEEP_PAUSE;
	s->cost = 0;
}

void socket_scan_now(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg)
{
	uint64_t began = ktime_now();

	begin(s);
	attach_scan(k, fn, arg);
	s->cost = ktime_now() - began;
	finish(s, k);
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

void socket_scan_work(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg)
{
	uint64_t began = ktime_now();
	int r = 0;

	if (!s->running && (!s->wanted || !has_rested(s, s->pause)))
		return;
	if (!s->running) {
		begin(s);
		r = attach_scan_begin(k);
		s->running = !r;
	}
	if (s->running)
		r = attach_scan_step(k, fn, arg);
	s->cost += ktime_now() - began;
	if (r <= 0)
		finish(s, k);
}

int socket_scan_wait(const struct socket_scan *s)
{
	if (s->running)
		return 0;
	return s->wanted ? SWEEP_WAIT_MS : -1;
}

void socket_scan_moved(struct socket_scan *s)
{
	s->pause = s->moves++ < MOVES_AT_ONCE ? 0 : SWEEP_PAUSE;
	s->wanted = true;
}

void socket_scan_tick(struct socket_scan *s)
{
	uint64_t pause = MIN(MAX(LOOK_PAUSE, s->cost * LOOK_SHARE), LOOK_PAUSE_MAX);

	s->moves = 0;
	if (!s->running && has_rested(s, pause))
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
