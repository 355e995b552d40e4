/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How grave an event is. */
#pragma once

#include "record.h"

/* As syslog has it (RFC 5424 6.2.1): from 3 (error: something leaked) to 6 (information). */
unsigned int record_severity(const struct record *r);

/* Its name for log.level: "error", "warning", "notice", "info". */
const char *record_level_name(unsigned int severity);
