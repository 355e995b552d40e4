/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams that systemd has connected to the journal. */
#pragma once

#include <stdbool.h>

/*
 * Whether fd is the stream that $JOURNAL_STREAM names (systemd.exec(5)). A line there may begin
 * with its priority, "<3>" (sd-daemon(3)).
 */
bool journal_has(int fd);
