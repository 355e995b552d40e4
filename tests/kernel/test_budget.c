/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs cost the verifier, against tests/kernel/budget. */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdlib.h>

#include "../unit/unit.h"
#include "rig.h"
#include "core/tables.h"
#include "datapath/offsets.h"
#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "base/util.h"

/* 0: the file does not name it. */
static uint32_t budget_of(const char *program)
{
	FILE *f = fopen(getenv("BUDGET") ?: "tests/kernel/budget", "re");
	char line[256], name[64];
	uint32_t limit, found = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %u", name, &limit) == 2 && !strcmp(name, program))
			found = limit;
	fclose(f);
	return found;
}

/* With all that a user can switch on: nothing is pruned. */
#define SWITCH_ON(rodata)                                  \
	do {                                               \
		(rodata)->la_is_host = false;              \
		(rodata)->la_drop = ~0U;                   \
		(rodata)->la_lan_exempt = true;            \
		(rodata)->la_resolver_mode = 2;            \
		(rodata)->la_allow_n = LA_ALLOW_MAX;       \
		(rodata)->la_offsets.tells_connection = 1; \
	} while (0)

static struct leakaudit_bpf *load_packets(void)
{
	struct leakaudit_bpf *skel = leakaudit_bpf__open();

	if (!skel)
		return NULL;
	SWITCH_ON(skel->rodata);
	if (!leakaudit_bpf__load(skel))
		return skel;
	leakaudit_bpf__destroy(skel);
	return NULL;
}

/* Before Linux 6.16 it has no tracepoint. */
static bool has_data_put(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	struct la_offsets o = { 0 };
	bool has = btf && !offsets_find(btf, &o) && o.tells_put;

	btf__free(btf);
	return has;
}

static struct owners_bpf *load_owners(void)
{
	struct owners_bpf *skel = owners_bpf__open();

	if (!skel)
		return NULL;
	SWITCH_ON(skel->rodata);
	bpf_program__set_autoload(skel->progs.la_data_put, has_data_put());
	if (!owners_bpf__load(skel))
		return skel;
	owners_bpf__destroy(skel);
	return NULL;
}

static bool within_budget(const struct bpf_program *prog, uint32_t cost)
{
	const char *name = bpf_program__name(prog);
	uint32_t limit = budget_of(name);

	printf("# %-16s %6u of %6u instructions\n", name, cost, limit);
	if (!limit)
		printf("# %s is not in tests/kernel/budget\n", name);
	return cost <= limit;
}

static void check_object(const struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_program__fd(prog) < 0)
			continue;
		if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &size) ||
		    !info.verified_insns) {
			unit_skipped = "this kernel does not say what a program cost (5.16 does)";
			break;
		}
		CHECK(within_budget(prog, info.verified_insns));
	}
}

static void test_verifier(void)
{
	const char *why = rig_cannot();
	struct leakaudit_bpf *packets;
	struct owners_bpf *owners;

	if (why)
		SKIP(why);
	packets = load_packets();
	owners = load_owners();
	if (CHECK(packets && owners)) {
		check_object(packets->obj);
		check_object(owners->obj);
	}
	leakaudit_bpf__destroy(packets);
	owners_bpf__destroy(owners);
}

UNIT_MAIN("budget", { "verifier", test_verifier })
