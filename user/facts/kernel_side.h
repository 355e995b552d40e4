/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of a run: programs, maps, facts and hooks, brought up in the order
 * of the functions below. Zeroed it is not begun. On failure msg has the reason and what
 * helps, as datapath_open() has it.
 */
#pragma once

#include "datapath/attach.h"
#include "namespaces.h"

struct kernel_side {
	struct scope *scope; /* whose traffic; opened by who knows what the user calls it */
	struct netns *home; /* the namespace that we run in, and its interfaces, ... */
	struct links *links; /* ... until they are the namespaces' */
	struct tcx_placeholders *placeholders; /* NULL once ours are in them */
	struct datapath *datapath;
	struct namespaces *namespaces;
};

/* Reads home and its interfaces, whose roles are the policy's. */
int kernel_side_read_home(struct kernel_side *k, const struct policy *policy, char *msg,
			  size_t size);

/* Makes places at TC while the programs are verified. It takes longer without them. */
void kernel_side_hold_places(struct kernel_side *k);

/* Loads the programs; scope and home in cfg are filled in. */
int kernel_side_load(struct kernel_side *k, struct datapath_config *cfg, datapath_event_fn *fn,
		     void *arg, char *msg, size_t size);

/* Tells the kernel the facts of home; datapath in cfg is filled in. It comes before any
 * hook, so that no packet is judged by what is not known yet. TC is tried as cfg has it. */
int kernel_side_open_namespaces(struct kernel_side *k, struct namespaces_config *cfg,
				namespaces_fn *fn, void *arg, char *msg, size_t size);

/* Hooks for the scope's cgroup or, while that is waited for, for what looks beyond it. */
int kernel_side_attach(struct kernel_side *k, char *msg, size_t size);

/* Hooks at TC: the cgroup's are there. */
void kernel_side_arm(struct kernel_side *k);

/* Takes all hooks away, the last one first. */
void kernel_side_detach(struct kernel_side *k);
/* With the scope, and whatever of it there is. */
void kernel_side_close(struct kernel_side *k);
