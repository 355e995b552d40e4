/* SPDX-License-Identifier: GPL-2.0-or-later */
/* user/host/permitted.h: what is said of a kernel that is too old. */
#include <errno.h>
#include <string.h>

#include "host/permitted.h"
#include "unit.h"

static void test_new_enough(void)
{
	static const char *const releases[] = { "5.15.0", "5.15.0-25-generic",	 "5.16-rc1",
						"6.1.0",  "6.18.44-fc-v595",	 "10.0.0",
						"",	  "not-a-release-at-all" };
	struct fault f = { 0 };

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++)
		if (!CHECK_INT(permitted_kernel(releases[i], &f), 0))
			printf("# of %s\n", releases[i]);
	CHECK(!*f.reason && !*f.help);
}

static void test_too_old(void)
{
	static const char *const releases[] = { "5.14.21", "5.10.0-30-amd64", "5.4.0",
						"4.19.0-27" };
	struct fault f;

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		fault_clear(&f);
		CHECK_INT(permitted_kernel(releases[i], &f), -EOPNOTSUPP);
		CHECK(strstr(f.reason, "needs Linux 5.15 or later"));
		CHECK(strstr(f.reason, releases[i]));
		CHECK(strstr(f.help, "newer kernel"));
	}
}

UNIT_MAIN("permitted", { "new_enough", test_new_enough }, { "too_old", test_too_old })
