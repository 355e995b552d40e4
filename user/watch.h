/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the audit: everything between the options and the exit code. */
#pragma once

#include "attach.h"
#include "opt.h"
#include "policy.h"
#include "scope.h"

struct child;

struct watch_config {
	enum scope_by by;
	const char *target; /* cgroup, unit or pid, by `by` */
	struct policy policy;
	struct opt_list outputs;
	uint64_t interval; /* ns between two updates of a flow */
	uint64_t buffer; /* bytes of the ring */
	uint64_t duration; /* ns, 0: until a signal */
	unsigned int tc; /* enum tc_mode */
	const char *btf;
	struct opt_list resolvers; /* files of known ones, beside the built-in list */
	bool no_payload; /* nothing of it is told or kept */
	struct child *child; /* NULL, or begins when all is attached; the run ends with it */
};

/* 0, or -EPERM where watching is not permitted, which has been logged. */
int watch_permitted(void);

/* Returns an enum exit_code; what went wrong has been logged. */
int watch_run(const struct watch_config *cfg);
