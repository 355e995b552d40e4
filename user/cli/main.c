/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "base/log.h"
#include "base/opt.h"
#include "report/sink.h"

static int cmd_version(int argc, char **argv);
static int cmd_help(int argc, char **argv);

static const struct cmd {
	const char *name, *help;
	int (*run)(int argc, char **argv);
} cmds[] = {
	{ "watch", "audit live traffic and report each leak as it happens", cmd_watch },
	{ "run", "run a command, watched from its first packet", cmd_run },
	{ "guard", "stop leaks for good: a kill switch that outlives us", cmd_guard },
	{ "test", "send a probe of each kind of leak, see where it would leave, and stop it there",
	  cmd_test },
	{ "replay", "audit captures: the same events from pcap and pcapng files", cmd_replay },
	{ "report", "sum up recorded events: on the terminal, and as a page for a browser",
	  cmd_report },
	{ "schema", "print the JSON Schema of the events", cmd_schema },
	{ "version", "print the version", cmd_version },
	{ "help", "print this, or the help of a command", cmd_help },
};

static const struct cmd *cmd_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		if (!strcmp(cmds[i].name, name))
			return &cmds[i];
	return NULL;
}

static int cmd_unknown(const char *name)
{
	const char *names[ARRAY_SIZE(cmds) + 1] = { 0 };
	char instead[256];
	struct text t;

	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		names[i] = cmds[i].name;
	text_init(&t, instead, sizeof(instead));
	opt_say_instead(&t, name, names);
	log_err("unknown command '%s'; %s", name, instead);
	return EXIT_USAGE;
}

/* Fails if output on stdout was not written. */
static int flush_stdout(void)
{
	return fflush(stdout) == 0 ? EXIT_CLEAN : EXIT_INCOMPLETE;
}

static void print_library(const char *sink, const char *library, bool built)
{
	printf("output %s: %s %s\n", sink, built ? "with" : "not built in, without", library);
}

static int cmd_version(int argc, char **argv)
{
	if (argc > 1) {
		log_err("unexpected argument '%s'", argv[1]);
		return EXIT_USAGE;
	}
	printf("leakaudit %s\n", LEAKAUDIT_VERSION);
	sink_libraries(print_library);
	return flush_stdout();
}

static int cmd_help(int argc, char **argv)
{
	const struct cmd *c;

	if (argc > 1) {
		c = cmd_find(argv[1]);
		if (!c)
			return cmd_unknown(argv[1]);
		if (c->run != cmd_help && c->run != cmd_version)
			return c->run(2, (char *[]){ argv[1], (char[]){ "--help" }, NULL });
	}
	printf("usage: leakaudit COMMAND [OPTION]...\n\n"
	       "Sees every packet that leaves outside the VPN tunnel: whose, which kind,\n"
	       "how much, where to.\n\nCommands:\n");
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++)
		printf("  %-10s %s\n", cmds[i].name, cmds[i].help);
	printf("\n'leakaudit COMMAND --help' lists the options of a command.\n\n"
	       "Exit status: 0 no leak seen, 1 leaks were seen, 2 usage, 3 not permitted or\n"
	       "cannot attach, 4 the kernel lacks something, 5 incomplete.\n");
	return flush_stdout();
}

/*
 * If a standard descriptor is closed, one of our maps would get its number. Opened read-only, so
 * that writing to it still fails.
 */
static void open_std_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static void on_signal(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	/*
	 * If a reader goes away, a sink gets EPIPE and we go on. A handler, not SIG_IGN, since
	 * commands that we start would inherit SIG_IGN across exec.
	 */
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const struct cmd *c;

	open_std_fds();
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGXFSZ, &sa, NULL); /* a file at its ulimit: we get EFBIG */
	if (argc < 2) {
		log_err("no command given; 'leakaudit help' lists them");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return cmd_help(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V"))
		return cmd_version(argc - 1, argv + 1);
	c = cmd_find(argv[1]);
	if (!c)
		return cmd_unknown(argv[1]);
	return c->run(argc - 1, argv + 1);
}
