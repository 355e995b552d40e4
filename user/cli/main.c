/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "cmd.h"
#include "base/log.h"

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
	if (!strcmp(argv[1], "complete"))
		return cmd_complete(argc - 1, argv + 1);
	c = cmd_find(argv[1]);
	if (!c)
		return cmd_unknown(argv[1]);
	return c->run(argc - 1, argv + 1);
}
