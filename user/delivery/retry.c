/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "retry.h"

#include <stdint.h>
#include <sys/random.h>

#include "base/util.h"

#define FIRST_MS 250
#define MOST_MS 30000

int retry_pause(int *pause)
{
	uint16_t chance = 0;

	*pause = !*pause ? FIRST_MS : MIN(2 * *pause, MOST_MS);
	if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != sizeof(chance))
		return *pause;
	return *pause - *pause / 4 + *pause / 2 * chance / UINT16_MAX;
}
