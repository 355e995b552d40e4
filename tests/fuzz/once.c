/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a fuzz target on the inputs in $FUZZ_CASES/NAME (tests/fuzz/cases): those
 * that found something once, and a few that never should. */
#include <dirent.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../unit/unit.h"
#include "fuzz.h"
#include "base/util.h"

#define INPUT_MAX (1U << 20)

static void run_file(const char *path)
{
	_cleanup_(freep) uint8_t *room = malloc(INPUT_MAX), *data = NULL;
	FILE *f = fopen(path, "re");
	size_t n;

	if (!room || !f)
		_exit(2);
	n = fread(room, 1, INPUT_MAX, f);
	fclose(f);
	data = malloc(n); /* of just its size */
	if (n)
		memcpy(data, room, n);
	LLVMFuzzerTestOneInput(data, n);
}

/* In a process of its own, so that the others are run as well. */
static void expect_nothing(const char *path)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		run_file(path);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
		unit_failures++;
		printf("# with the input %s\n", path);
	}
}

static int visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void run_all(const char *dir)
{
	struct dirent **files = NULL;
	int n = scandir(dir, &files, visible, alphasort), i;
	char path[512];

	CHECK(n > 0);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]->d_name);
		expect_nothing(path);
		free(files[i]);
	}
	free(files);
}

int main(int argc, char **argv)
{
	const char *program = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *under = getenv("FUZZ_CASES") ?: "tests/fuzz/cases";
	char dir[256];

	(void)argc;
	snprintf(dir, sizeof(dir), "%s/%s", under, program + strlen("fuzz_"));
	run_all(dir);
	printf("%s %s/cases\n", unit_failures ? "not ok" : "ok", program);
	return unit_failures ? 1 : 0;
}
