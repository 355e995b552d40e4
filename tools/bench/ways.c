/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "child.h"
#include "hooks.h"

const struct way_type ways[WAY_MAX] = {
	[NOBODY] = { "nobody", "let through by all", NOBODY, false },
	/* what it differs by is noise */
	[NOBODY_AGAIN] = { "again", "the same once more", NOBODY, false },
	[EMPTY_COUNT] = { "hooks", "let through by empty programs", NOBODY, false },
	[FLOOR_COUNT] = { "floor", "all counted by one program", NOBODY, false },
	[NFT_COUNT] = { "nft-count", "counted by nft", NOBODY, false },
	[OLD_COUNT] = { "old", "counted by the baseline", NOBODY, false },
	[OUR_COUNT] = { "count", "counted by leakaudit", NOBODY, false },
	[EMPTY_DROP] = { "empty", "dropped by an empty program", EMPTY_DROP, true },
	[NFT_DROP] = { "nft-drop", "dropped by nft", EMPTY_DROP, true },
	[OUR_DROP] = { "drop", "dropped by leakaudit", EMPTY_DROP, true },
	[GUARD_DROP] = { "guard", "dropped by a guard alone", EMPTY_DROP, true },
};

static bool is_nft(enum way way)
{
	return way == NFT_COUNT || way == NFT_DROP;
}

void way_path(char path[4096], const char *before, enum way way)
{
	snprintf(path, 4096, "%s%s", before, ways[way].name);
}

static int open_cgroup(const struct stop_settings *set, enum way way)
{
	char path[4096];
	int fd;

	way_path(path, set->cgroup, way);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open %s", path);
	return fd;
}

/* The least that counts: packets and bytes, of all that the cgroup sends, at one hook. */
static int attach_counter(const struct stop_settings *set)
{
	int fd = open_cgroup(set, FLOOR_COUNT), r = hooks_attach_counter(fd);

	close(fd);
	return r;
}

/* Stops all, as the least that can: its result is what sendto() fails by. */
int ways_attach_stopper(const struct stop_settings *set)
{
	int fd = open_cgroup(set, EMPTY_DROP), r = hooks_attach_result(HOOK_EGRESS, fd, 0);

	if (r < 0) {
		errno = -r;
		die("cannot attach an empty program");
	}
	close(fd);
	return r;
}

static int open_home(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home < 0)
		die("cannot open this network namespace");
	return home;
}

static void return_home(int home)
{
	if (setns(home, CLONE_NEWNET))
		die("cannot return");
	close(home);
}

/*
 * Programs without an opinion at the two hooks that ours cannot do without: less than they cost is
 * not to be had. Their links are open until the end. Returns -errno.
 */
static int attach_empty_hooks(const struct stop_settings *set)
{
	int cgroup = open_cgroup(set, EMPTY_COUNT), home = open_home(), r;
	char path[4096];

	r = hooks_attach_result(HOOK_EGRESS, cgroup, 1);
	way_path(path, set->netns, EMPTY_COUNT);
	enter_netns(path);
	if (r >= 0)
		r = hooks_attach_result(HOOK_TC, (int)if_nametoindex("eth0"), -1);
	if (r >= 0)
		r = hooks_attach_result(HOOK_TC, (int)if_nametoindex("eth1"), -1);
	return_home(home);
	close(cgroup);
	return r;
}

/*
 * What is sent to nobody ends at the other side's device, as a card takes it. The stack there would
 * drop it in the sender's time, and who is told of drops would seem to cost the sender more than he
 * does. Where that cannot be had, the stack drops it.
 */
void ways_attach_sinks(const struct stop_settings *set)
{
	int home = open_home(), way;
	char device[16];

	enter_netns(set->peer);
	for (way = 0; way < WAY_MAX; way++) {
		snprintf(device, sizeof(device), "%s-0", ways[way].name);
		hooks_attach_sink(if_nametoindex(device));
	}
	return_home(home);
}

const char *way_skipped(const struct stop_settings *set, enum way way)
{
	if (way == OLD_COUNT && !set->baseline)
		return "no BASELINE is named";
	if (way == EMPTY_COUNT && attach_empty_hooks(set) < 0)
		return "this kernel has no tcx";
	if (way == FLOOR_COUNT && attach_counter(set) < 0)
		return "its program cannot be attached";
	if (way == GUARD_DROP)
		return set->no_guard;
	return is_nft(way) ? set->no_nft : NULL;
}
