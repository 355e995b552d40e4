/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs at tracepoints and iterators that the kernel's types name. To find where they belong
 * libbpf would read all types of the kernel once more, which takes 12 MB: we have read them already.
 */
#pragma once

#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* From now on libbpf opens such programs for us. Before a thread opens an object. */
void tracing_register(void);

/* Finds where those of an object belong, before any of them is loaded. */
void tracing_find(const struct btf *kernel, const struct bpf_object *of);

/* Attaches one of these, or one at a raw tracepoint. NULL: as of bpf_program__attach(). */
struct bpf_link *tracing_attach(const struct bpf_program *prog);
