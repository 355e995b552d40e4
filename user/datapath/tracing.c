/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tracing.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/util.h"

/* What a section's name begins with, and the type that tells where its programs belong. */
static const struct family {
	const char *section;
	enum bpf_attach_type at;
	const char *type;
	uint32_t kind;
} families[] = {
	{ "tp_btf/", BPF_TRACE_RAW_TP, "btf_trace_", BTF_KIND_TYPEDEF },
	{ "iter/", BPF_TRACE_ITER, "bpf_iter_", BTF_KIND_FUNC },
};

/* Globals, since libbpf's handlers of sections are: of the one kernel that runs. */
#define TARGETS_MAX 16
static struct target {
	const struct family *family;
	char name[48]; /* what follows in the section, and in the type */
	uint32_t id;
} targets[TARGETS_MAX];
static size_t n_targets;

/* What follows in a text that begins so. NULL: it does not. */
static const char *after(const char *text, const char *begin)
{
	size_t n = strlen(begin);

	return strncmp(text, begin, n) ? NULL : text + n;
}

static struct target *find(const struct family *family, const char *name)
{
	size_t i;

	for (i = 0; i < n_targets; i++)
		if (targets[i].family == family && !strcmp(targets[i].name, name))
			return &targets[i];
	return NULL;
}

/* The program has another type until then: for one of its own, libbpf reads the kernel's types. */
static int prepare(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long cookie)
{
	const struct family *family = &families[cookie];
	const char *name = after(bpf_program__section_name(prog), family->section);
	const struct target *t = name ? find(family, name) : NULL;

	if (!t || !t->id)
		return -ESRCH; /* as libbpf has it */
	opts->attach_btf_id = t->id;
	return bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
}

void tracing_register(void)
{
	static bool done;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families) && !done; i++) {
		LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = (long)i,
			    .prog_prepare_load_fn = prepare);

		libbpf_register_prog_handler(families[i].section, BPF_PROG_TYPE_RAW_TRACEPOINT,
					     families[i].at, &opts);
	}
	done = true;
}

static void add_targets(const struct bpf_object *of)
{
	struct bpf_program *prog;
	const char *name;
	size_t i;

	bpf_object__for_each_program(prog, of) {
		for (i = 0; i < ARRAY_SIZE(families); i++) {
			name = after(bpf_program__section_name(prog), families[i].section);
			if (!name || find(&families[i], name) || n_targets == TARGETS_MAX)
				continue;
			targets[n_targets].family = &families[i];
			snprintf(targets[n_targets].name, sizeof(targets->name), "%s", name);
			n_targets++;
		}
	}
}

static void look_at_type(const struct btf *kernel, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(kernel, id);
	const char *name;
	struct target *target;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(families); i++) {
		if (btf_kind(t) != families[i].kind)
			continue;
		name = after(btf__name_by_offset(kernel, t->name_off), families[i].type);
		target = name ? find(&families[i], name) : NULL;
		if (target)
			target->id = id;
	}
}

void tracing_find(const struct btf *kernel, const struct bpf_object *of)
{
	uint32_t id, n = btf__type_cnt(kernel);

	add_targets(of);
	for (id = 1; id < n; id++)
		look_at_type(kernel, id);
}

struct bpf_link *tracing_attach(const struct bpf_program *prog)
{
	return bpf_program__type(prog) == BPF_PROG_TYPE_TRACING ? bpf_program__attach_trace(prog)
								: bpf_program__attach(prog);
}
