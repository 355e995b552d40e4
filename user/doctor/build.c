/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checkup.h"
#include "report/sink.h"

static void on_library(void *arg, const char *sink, const char *library, bool built)
{
	struct checkup *c = arg;
	struct check *check;

	if (built) {
		checkup_add(c, sink, GRADE_OK, "the output is built in, with %s", library);
		return;
	}
	check = checkup_add(c, sink, GRADE_NOTE, "the output is not built in, since %s was missing",
			    library);
	check_follows(check, "-o %s does not work", sink);
	check_remedy(check, "install the library's headers and build again");
}

void check_build(struct checkup *c)
{
	checkup_add(c, "version", GRADE_OK, "leakaudit %s", LEAKAUDIT_VERSION);
	sink_libraries(on_library, c);
}
