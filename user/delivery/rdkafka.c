/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rdkafka.h"

#ifdef HAVE_rdkafka
#include "base/library.h"

const struct rdkafka *rdkafka_load(void)
{
	static struct rdkafka functions;
	static const struct library_function v[] = {
#define ROW(function) { "rd_kafka_" #function, (void **)&functions.function },
		RDKAFKA_FUNCTIONS(ROW)
#undef ROW
			{ 0 }
	};
	static bool tried, found;

	if (!tried) {
		tried = true;
		found = library_load(RDKAFKA_LIBRARY, v);
	}
	return found ? &functions : NULL;
}
#endif
