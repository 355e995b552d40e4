/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks through all processes, and through all that they have open, for the namespaces that these
 * keep. With 10,000 of them a walk takes a tenth of a second and more, so that it goes in steps,
 * between which the main loop has its turn. What was found stays kept until a walk has ended that
 * has not found it again: walks have two bits for that, in turns.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/pause.h"
#include "namespaces_priv.h"

/* Of a core. */
#define SHARE 20000
#define PAUSE_MAX (300 * NSEC_PER_SEC)

#define STEP_NS (2 * (NSEC_PER_SEC / 1000))
/* Between two looks at the clock: a process takes some 10 us, a file 2. */
#define CLOCK_EVERY 16

/* Its link may have the name of a mount that is gone. Nothing waits for a server's answer. */
static bool is_netns(const struct namespaces *s, int dir, const char *name)
{
	struct statx st;

	return !statx(dir, name, AT_STATX_DONT_SYNC, STATX_INO, &st) &&
	       makedev(st.stx_dev_major, st.stx_dev_minor) == s->v[0]->ns->dev;
}

/* Two of us would keep a namespace for each other, and its card, when all others have left it. */
static bool is_one_of_us(const char *process)
{
	char path[64], comm[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.32s/comm", process);
	f = fopen(path, "re");
	if (f && !fgets(comm, sizeof(comm), f))
		comm[0] = '\0';
	if (f)
		fclose(f);
	return !strcmp(comm, "leakaudit\n");
}

static void look_at_file(struct namespaces *s, struct netns_walk *w, const char *name)
{
	char path[64];

	if (!is_netns(s, dirfd(w->files), name))
		return;
	snprintf(path, sizeof(path), "/proc/%s/fd/%.24s", w->process, name);
	namespaces_look_into(s, path, w->bit);
}

static void look_at_process(struct namespaces *s, struct netns_walk *w)
{
	char path[64];

	if (w->of_files) {
		snprintf(path, sizeof(path), "/proc/%s/fd", w->process);
		w->files = is_one_of_us(w->process) ? NULL : opendir(path);
		return;
	}
	snprintf(path, sizeof(path), "/proc/%s/ns/net", w->process);
	namespaces_look_into(s, path, w->bit);
}

/* Looks at the next file or process. False: there is none any more. */
static bool look_at_next(struct namespaces *s, struct netns_walk *w)
{
	const struct dirent *e = readdir(w->files ? w->files : w->processes);

	if (!e && !w->files)
		return false;
	if (!e) {
		closedir(w->files);
		w->files = NULL;
	} else if (w->files) {
		look_at_file(s, w, e->d_name);
	} else if (*e->d_name > '0' && *e->d_name <= '9') {
		snprintf(w->process, sizeof(w->process), "%.15s", e->d_name);
		look_at_process(s, w);
	}
	return true;
}

static void end(struct namespaces *s, struct netns_walk *w)
{
	closedirp(&w->processes);
	w->processes = NULL;
	namespaces_unkeep(s, w->last);
	namespaces_sentries_forget(s);
}

void netns_walk_begin(struct netns_walk *w, uint64_t least, uint8_t one, uint8_t other)
{
	if (w->processes)
		return;
	w->cost = 0;
	w->least = least;
	w->of_files = one == NETNS_BY_FILE;
	w->last = w->bit == one ? one : other;
	w->bit = w->bit == one ? other : one;
	w->processes = opendir("/proc");
}

static void go_on(struct namespaces *s, struct netns_walk *w, uint64_t until)
{
	uint64_t began;
	unsigned int n = 0;

	if (!w->processes)
		return;
	began = cpu_now();
	while (w->processes && (++n % CLOCK_EVERY || ktime_now() < until))
		if (!look_at_next(s, w))
			end(s, w);
	w->cost += cpu_now() - began;
	w->due = ktime_now() + pause_after(w->cost, SHARE, w->least, PAUSE_MAX);
	s->turn.due |= w->processes != NULL;
}

void namespaces_walk(struct namespaces *s)
{
	uint64_t until = s->turn.ends ? ktime_now() + STEP_NS : UINT64_MAX;

	go_on(s, &s->by_process, until);
	go_on(s, &s->by_file, until);
}

void namespaces_walks_free(struct namespaces *s)
{
	closedirp(&s->by_process.processes);
	closedirp(&s->by_file.files);
	closedirp(&s->by_file.processes);
}
