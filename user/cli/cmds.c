/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and those that only show it. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "base/log.h"
#include "base/text_wrap.h"

#define CMDS_MAX 32
#define HELP_WIDTH 80

const struct cmd cmds[] = {
	{ "watch", "audit live traffic and report each leak as it happens", cmd_watch,
	  cmd_watch_usage },
	{ "run", "run a command, watched from its first packet", cmd_run, cmd_run_usage },
	{ "guard", "stop leaks for good: a kill switch that outlives us", cmd_guard,
	  cmd_guard_usage },
	{ "test", "send a probe of each kind of leak, see where it would leave, and stop it there",
	  cmd_test, cmd_test_usage },
	{ "status", "show what is watched and guarded here, and whether it holds", cmd_status,
	  cmd_status_usage },
	{ "top", "show a run or a guard on the whole screen: am I safe, who leaks", cmd_top,
	  cmd_top_usage },
	{ "replay", "audit captures: the same events from pcap and pcapng files", cmd_replay,
	  cmd_replay_usage },
	{ "report", "sum up recorded events: on the terminal, and as a page for a browser",
	  cmd_report, cmd_report_usage },
	{ "doctor", "try what the kernel can, and say what follows and what helps", cmd_doctor,
	  cmd_doctor_usage },
	{ "check-config", "say what units would run by their files, and what is wrong in them",
	  cmd_check_config, cmd_check_config_usage },
	{ "schema", "print the JSON Schema of the events", cmd_schema, cmd_schema_usage },
	{ "version", "print the version", cmd_version, cmd_version_usage },
	{ "help", "print this, or the help of a command", cmd_help, cmd_help_usage },
	{ 0 },
};

const struct cmd *cmd_find(const char *name)
{
	for (const struct cmd *c = cmds; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int cmd_unknown(const char *name)
{
	const char *names[CMDS_MAX + 1] = { 0 };
	char instead[256];
	struct text t;

	for (size_t i = 0; i < CMDS_MAX && cmds[i].name; i++)
		names[i] = cmds[i].name;
	if (name[0] == '-') {
		log_err("the command comes first, its options behind it, not '%s'", name);
		log_hint("leakaudit COMMAND %s; 'leakaudit help' lists the commands", name);
		return EXIT_USAGE;
	}
	text_init(&t, instead, sizeof(instead));
	opt_say_instead(&t, name, names);
	log_err("unknown command '%s'; %s", name, instead);
	return EXIT_USAGE;
}

int cmd_help_usage(opt_use_fn *use, void *arg)
{
	static const struct opt opts[] = { OPT_END };
	const struct opt_usage usage = {
		.synopsis = "help [COMMAND]",
		.about = "Prints the commands, or the help of a command.",
		.opts = opts,
		.operand = "COMMAND",
	};

	return use(arg, &usage);
}

static int print_help(void *arg, const struct opt_usage *u)
{
	(void)arg;
	opt_help(u);
	return 0;
}

static void print_commands(void)
{
	printf("usage: leakaudit COMMAND [OPTION]...\n\n"
	       "Sees every packet that leaves outside the VPN tunnel: whose, which kind,\n"
	       "how much, where to.\n\nCommands:\n");
	for (const struct cmd *c = cmds; c->name; c++) {
		printf("  %-13s ", c->name);
		text_wrap(c->help, 16, HELP_WIDTH);
	}
	printf("\n'leakaudit COMMAND --help' lists the options of a command.\n\n"
	       "Exit status: 0 no leak seen, 1 leaks were seen, 2 usage, 3 not permitted or\n"
	       "cannot attach, 4 the kernel lacks something, 5 incomplete.\n");
}

int cmd_help(int argc, char **argv)
{
	const struct cmd *c;

	if (argc > 1 && strcmp(argv[1], "--help") && strcmp(argv[1], "-h")) {
		c = cmd_find(argv[1]);
		if (!c)
			return cmd_unknown(argv[1]);
		c->usage(print_help, NULL);
	} else {
		print_commands();
	}
	return fflush(stdout) ? EXIT_INCOMPLETE : EXIT_CLEAN;
}
