/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socket_scan.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/pause.h"

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
 * takes 0.4 ms with 1500 open files, and 150 with 100,000. What was passed is found at the process
 * that has it, in at most a two-hundredth of the time. Scans of all take a ten-thousandth, or a
 * two-thousandth where only they find it, unless that were less than one in a minute.
 */
#define LOOK_PAUSE NSEC_PER_SEC
#define LOOK_SHARE 200
#define ALL_PAUSE_MAX (60 * NSEC_PER_SEC)
#define ALL_SHARE 10000
#define ALL_ALONE_SHARE 2000

#define LOOK_STEP_NS (2 * (NSEC_PER_SEC / 1000))

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
	uint64_t began = cpu_now();

	begin(s);
	attach_scan(k, fn, arg); /* and what has begun goes to its end */
	s->look.at += s->look.running;
	s->look.running = false;
	s->cost = cpu_now() - began;
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

static int begin_or_go_on(bool *running, struct datapath *k, pid_t pid, held_fn *fn, void *arg)
{
	int r = *running ? 0 : attach_scan_begin(k, pid);

	*running = !r;
	return r ?: attach_scan_step(k, fn, arg);
}

static void look_at_members(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg)
{
	uint64_t began = cpu_now(), until = ktime_now() + LOOK_STEP_NS;
	struct members_look *l = &s->look;
	int r;

	while (l->at < l->n && ktime_now() < until) {
		r = begin_or_go_on(&l->running, k, l->v[l->at], fn, arg);
		if (r > 0)
			continue;
		l->running = false;
		l->unable = r == -EOPNOTSUPP;
		l->at = l->unable ? l->n : l->at + 1;
	}
	l->cost += cpu_now() - began;
	if (l->at == l->n && attach_scan_changed(k))
		datapath_bump_epoch(k);
}

static void scan_all(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg)
{
	uint64_t began = cpu_now();
	int r;

	if (!s->running)
		begin(s);
	r = begin_or_go_on(&s->running, k, 0, fn, arg);
	s->cost += cpu_now() - began;
	if (r <= 0)
		finish(s, k);
}

void socket_scan_work(struct socket_scan *s, struct datapath *k, held_fn *fn, void *arg)
{
	bool due = s->running || (s->wanted && has_rested(s, s->pause));

	if (due && !s->look.running)
		scan_all(s, k, fn, arg);
	else if (s->look.at < s->look.n)
		look_at_members(s, k, fn, arg);
}

int socket_scan_wait(const struct socket_scan *s)
{
	if (s->running || s->look.at < s->look.n)
		return 0;
	return s->wanted ? SWEEP_WAIT_MS : -1;
}

void socket_scan_moved(struct socket_scan *s)
{
	s->pause = s->moves++ < MOVES_AT_ONCE ? 0 : SWEEP_PAUSE;
	s->wanted = true;
}

void socket_scan_meet(struct socket_scan *s, pid_t pid)
{
	struct members_look *l = &s->look;

	if (l->gathers && GROW(l->v, l->n))
		l->v[l->n++] = pid;
}

static void begin_look(struct members_look *l)
{
	uint64_t now = ktime_now();

	l->gathers = !l->unable && l->at == l->n &&
		     now - l->last >= pause_after(l->cost, LOOK_SHARE, LOOK_PAUSE, UINT64_MAX);
	if (!l->gathers)
		return;
	l->last = now;
	l->n = l->at = 0;
	l->cost = 0;
}

static uint64_t pause_of_all(const struct socket_scan *s, bool alone)
{
	return pause_after(s->cost, alone ? ALL_ALONE_SHARE : ALL_SHARE, LOOK_PAUSE, ALL_PAUSE_MAX);
}

void socket_scan_tick(struct socket_scan *s, bool meets)
{
	s->moves = 0;
	if (!s->running && has_rested(s, pause_of_all(s, !meets || s->look.unable)))
		s->wanted = true;
	begin_look(&s->look);
}

void socket_scan_clear(struct socket_scan *s)
{
	free(s->look.v);
	s->look = (struct members_look){ 0 };
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
