/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record_severity.h"

#include <syslog.h>

static unsigned int of_leak(const struct record_leak *l)
{
	return l->outcome == RECORD_OUTCOME_LEFT ? LOG_ERR : LOG_NOTICE;
}

static unsigned int of_summary(const struct record_summary *s)
{
	if (s->leaks.packets || s->inside.packets)
		return LOG_ERR;
	return s->complete ? LOG_INFO : LOG_WARNING;
}

unsigned int record_severity(const struct record *r)
{
	switch (r->action) {
	case RECORD_LEAK:
		return of_leak(&r->leak);
	case RECORD_BYPASS:
		return r->bypass.refused ? LOG_NOTICE : LOG_ERR;
	case RECORD_SUMMARY:
		return of_summary(&r->summary);
	case RECORD_POSSIBLE:
	case RECORD_TUNNEL_DOWN:
	case RECORD_SCOPE_LEFT:
	case RECORD_LOST:
		return LOG_WARNING;
	case RECORD_TUNNEL_UP:
	case RECORD_SCOPE_GONE:
	case RECORD_SCOPE_BACK:
		return LOG_NOTICE;
	case RECORD_READY:
	case RECORD_INTERFACE:
	case RECORD_HEARTBEAT:
	case RECORD_PAGE:
	case RECORD_ACTION_MAX:
		break;
	}
	return LOG_INFO;
}

const char *record_level_name(unsigned int severity)
{
	static const char *const names[] = {
		[LOG_ERR] = "error",
		[LOG_WARNING] = "warning",
		[LOG_NOTICE] = "notice",
		[LOG_INFO] = "info",
	};

	return severity <= LOG_INFO ? names[severity] : NULL;
}
