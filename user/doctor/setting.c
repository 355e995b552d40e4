/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setting.h"

#include <fcntl.h>
#include <stdlib.h>

#include "host/proc.h"

int setting_read(const char *path, char *buf, size_t size)
{
	return proc_line(AT_FDCWD, path, buf, size);
}

int setting_number(const char *path, int def)
{
	char word[32], *end;
	long n;

	if (setting_read(path, word, sizeof(word)))
		return def;
	n = strtol(word, &end, 0);
	return end == word ? def : (int)n;
}
