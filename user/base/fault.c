/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fault.h"

#include <string.h>

#include "text.h"

int fault_vsay(struct fault *f, int error, const char *fmt, va_list ap)
{
	struct text t;

	fault_clear(f);
	text_init(&t, f->reason, sizeof(f->reason));
	text_vadd(&t, fmt, ap);
	return error;
}

int fault_say(struct fault *f, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fault_vsay(f, error, fmt, ap);
	va_end(ap);
	return error;
}

int fault_unsaid(struct fault *f, int error, const char *fmt, ...)
{
	va_list ap;

	if (f->reason[0])
		return error;
	va_start(ap, fmt);
	fault_vsay(f, error, fmt, ap);
	va_end(ap);
	return error;
}

int fault_help(struct fault *f, int error, const char *fmt, ...)
{
	size_t used = strlen(f->help);
	struct text t;
	va_list ap;

	text_init(&t, f->help + used, sizeof(f->help) - used);
	if (used)
		text_str(&t, "\n");
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	return error;
}

int fault_at(struct fault *f, int error, const char *fmt, ...)
{
	char said[sizeof(f->reason)];
	struct text t;
	va_list ap;

	strcpy(said, f->reason);
	text_init(&t, f->reason, sizeof(f->reason));
	va_start(ap, fmt);
	text_vadd(&t, fmt, ap);
	va_end(ap);
	text_str(&t, ": ");
	text_str(&t, said[0] ? said : strerror(abs(error)));
	return error;
}
