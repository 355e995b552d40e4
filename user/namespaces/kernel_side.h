/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's side of a run: programs, maps, facts and hooks. They are brought up in the
 * order of the functions below. A zeroed struct has none of them. Errors are as those of
 * datapath_open().
 */
#pragma once

#include "datapath/attach.h"
#include "namespaces.h"

struct kernel_side {
	struct scopes scopes; /* whose traffic; the caller opens them */
	struct netns *home; /* the namespace that we run in; NULL once namespaces has it */
	struct links *links; /* its interfaces, as long */
	struct tcx_placeholders *placeholders; /* NULL once ours are in them */
	struct datapath *datapath;
	struct namespaces *namespaces;
	struct record_line *lines; /* namespaces_reconcile(), as of kernel_side_detach() */
	size_t n_lines;
};

/* Reads home and its interfaces, whose roles are the policy's. */
int kernel_side_read_home(struct kernel_side *k, const struct policy *policy, struct fault *f);

/* Begins to make places at TC, while the programs are verified. Without them the start
 * takes longer. */
void kernel_side_hold_places(struct kernel_side *k);

/* Loads the programs; scopes and home in cfg are filled in. */
int kernel_side_load(struct kernel_side *k, struct datapath_config *cfg, datapath_event_fn *fn,
		     void *arg, struct fault *f);

/* Writes the facts of home; datapath in cfg is filled in. This comes before any hook, so
 * that no packet is judged without facts. -EOPNOTSUPP: the kernel lacks cfg's TC mode. */
int kernel_side_open_namespaces(struct kernel_side *k, struct namespaces_config *cfg,
				namespaces_fn *fn, void *arg, struct fault *f);

/* Attaches what looks beyond a cgroup. */
int kernel_side_attach(struct kernel_side *k, struct fault *f);

/*
 * Attaches the hooks of a scope's cgroup, which is open. Those of a cgroup around it see its
 * packets already. 1: they were attached to one around cgroups that had hooks of their own: what
 * these have sent meanwhile was counted twice.
 */
int kernel_side_attach_scope(struct kernel_side *k, size_t i, struct fault *f);

/* Attaches at TC. The cgroup's hooks are there: TC leaves alone what they have judged. */
void kernel_side_arm(struct kernel_side *k);

/* Detaches all hooks. No program runs any more when it returns. */
void kernel_side_detach(struct kernel_side *k);
/* Frees all that there is, with the scopes. */
void kernel_side_close(struct kernel_side *k);
