/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pauses between tries to reach a receiver: they grow, and hosts of a fleet do not keep step. */
#pragma once

/* ms until the next try; *pause is the last one without its share of chance, 0: there was none. */
int retry_pause(int *pause);
