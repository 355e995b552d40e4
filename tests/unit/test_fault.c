/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a failure, how it is cut, and how it comes out on stderr. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "unit.h"

static void test_said(void)
{
	struct fault f = { 0 };

	CHECK_INT(fault_say(&f, -ESRCH, "there is no process %d", 7), -ESRCH);
	CHECK_STR(f.reason, "there is no process 7");
	CHECK_STR(f.help, "");
	CHECK_INT(fault_help(&f, -ESRCH, "pidof %s", "NAME"), -ESRCH);
	CHECK_INT(fault_help(&f, -ESRCH, "pgrep %s", "NAME"), -ESRCH);
	CHECK_STR(f.help, "pidof NAME\npgrep NAME");
	CHECK_INT(fault_at(&f, -ESRCH, "--pid '%d'", 7), -ESRCH);
	CHECK_STR(f.reason, "--pid '7': there is no process 7");
	CHECK_STR(f.help, "pidof NAME\npgrep NAME");
	CHECK_INT(fault_unsaid(&f, -EINVAL, "else"), -EINVAL);
	CHECK_STR(f.reason, "--pid '7': there is no process 7");
	CHECK_INT(fault_say(&f, -EIO, "%s", "anew"), -EIO);
	CHECK_STR(f.reason, "anew");
	CHECK_STR(f.help, "");
	fault_clear(&f);
	CHECK_INT(fault_unsaid(&f, -EIO, "%s", "else"), -EIO);
	CHECK_STR(f.reason, "else");
	fault_clear(&f);
	CHECK_INT(fault_at(&f, -ENOENT, "line %u", 3), -ENOENT);
	CHECK_STR(f.reason, "line 3: No such file or directory");
}

/* Whatever is too long: the end is a NUL, in front of it no half of a code point. */
static void test_cut(void)
{
	static char long_one[8192];
	struct fault f = { 0 };
	size_t i;

	for (i = 0; i + 2 < sizeof(long_one); i += 2)
		memcpy(long_one + i, "\xc3\xa4", 2);
	fault_say(&f, -EIO, "%s", long_one);
	CHECK_INT(strlen(f.reason), sizeof(f.reason) - 2);
	CHECK_STR(f.help, "");
	fault_at(&f, -EIO, "here");
	CHECK(!strncmp(f.reason, "here: \xc3\xa4", 8));
	CHECK_INT(strlen(f.reason), sizeof(f.reason) - 2);
	fault_help(&f, -EIO, "x");
	CHECK_STR(f.help, "x");
	fault_help(&f, -EIO, "%s", long_one);
	CHECK_INT(strlen(f.help), sizeof(f.help) - 2);
	for (i = 0; i < 3; i++) {
		fault_help(&f, -EIO, "%s", long_one);
		CHECK(memchr(f.help, 0, sizeof(f.help)) && !strncmp(f.help, "x\n\xc3\xa4", 4));
	}
}

static const char *logged(int r, const struct fault *f)
{
	static char said[8192];
	int err = dup(STDERR_FILENO), fds[2];
	ssize_t n;

	if (!CHECK(!pipe(fds)))
		return NULL;
	dup2(fds[1], STDERR_FILENO);
	CHECK_INT(log_fault(r, f), r);
	dup2(err, STDERR_FILENO);
	close(err);
	close(fds[1]);
	for (size_t len = 0; (n = read(fds[0], said + len, sizeof(said) - 1 - len)) > 0;)
		said[len += (size_t)n] = '\0';
	close(fds[0]);
	return said;
}

static void test_logged(void)
{
	struct fault f = { 0 };

	CHECK_STR(logged(-ENOENT, &f), "leakaudit: error: No such file or directory\n");
	fault_say(&f, -EPERM, "first\n    second \033[1m");
	CHECK_STR(logged(-EPERM, &f), "leakaudit: error: first\n    second \\x1b[1m\n");
	fault_help(&f, -EPERM, "100%% of this");
	CHECK_STR(logged(-EPERM, &f), "leakaudit: error: first\n    second \\x1b[1m\n"
				      "leakaudit:   try: 100% of this\n");
	fault_help(&f, -EPERM, "or that");
	CHECK_STR(logged(-EPERM, &f), "leakaudit: error: first\n    second \\x1b[1m\n"
				      "leakaudit:   try: 100% of this\n"
				      "leakaudit:   try: or that\n");
}

UNIT_MAIN("fault", { "said", test_said }, { "cut", test_cut }, { "logged", test_logged })
