/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second opinion on what json.c writes, that shares nothing with it. */
#include <string.h>

#include "fuzz.h"

#define DEPTH_MAX 32

struct scan {
	const unsigned char *s, *end;
};

static bool take(struct scan *j, unsigned char c)
{
	if (j->s == j->end || *j->s != c)
		return false;
	j->s++;
	return true;
}

static bool take_word(struct scan *j, const char *word)
{
	while (*word)
		if (!take(j, (unsigned char)*word++))
			return false;
	return true;
}

static bool take_range(struct scan *j, unsigned char from, unsigned char to)
{
	if (j->s == j->end || *j->s < from || *j->s > to)
		return false;
	j->s++;
	return true;
}

static bool take_digits(struct scan *j)
{
	if (!take_range(j, '0', '9'))
		return false;
	while (take_range(j, '0', '9'))
		;
	return true;
}

static bool take_number(struct scan *j)
{
	take(j, '-');
	if (!take(j, '0') && !take_digits(j))
		return false;
	if (take(j, '.') && !take_digits(j))
		return false;
	if (!take(j, 'e') && !take(j, 'E'))
		return true;
	if (!take(j, '+'))
		take(j, '-');
	return take_digits(j);
}

static bool take_hex(struct scan *j)
{
	return take_range(j, '0', '9') || take_range(j, 'a', 'f') || take_range(j, 'A', 'F');
}

static bool take_escape(struct scan *j)
{
	if (take(j, 'u'))
		return take_hex(j) && take_hex(j) && take_hex(j) && take_hex(j);
	if (j->s == j->end || !strchr("\"\\/bfnrt", *j->s))
		return false;
	return *j->s++ != 0;
}

static bool take_more(struct scan *j, unsigned char from, unsigned char to, int n)
{
	bool valid = take_range(j, from, to);

	while (valid && --n > 0)
		valid = take_range(j, 0x80, 0xbf);
	return valid;
}

/* The table of RFC 3629 4. */
static bool take_rune(struct scan *j)
{
	unsigned char c = *j->s++;

	if (c >= 0x20 && c < 0x7f)
		return true;
	if (c >= 0xc2 && c <= 0xdf)
		return take_more(j, 0x80, 0xbf, 1);
	if (c >= 0xe0 && c <= 0xef)
		return take_more(j, c == 0xe0 ? 0xa0 : 0x80, c == 0xed ? 0x9f : 0xbf, 2);
	if (c >= 0xf0 && c <= 0xf4)
		return take_more(j, c == 0xf0 ? 0x90 : 0x80, c == 0xf4 ? 0x8f : 0xbf, 3);
	return false;
}

static bool take_string(struct scan *j)
{
	if (!take(j, '"'))
		return false;
	while (j->s < j->end && *j->s != '"')
		if (take(j, '\\') ? !take_escape(j) : !take_rune(j))
			return false;
	return take(j, '"');
}

static bool take_value(struct scan *j, int depth);

static bool take_members(struct scan *j, unsigned char close, int depth)
{
	if (take(j, close))
		return true;
	do {
		if (close == '}' && (!take_string(j) || !take(j, ':')))
			return false;
		if (!take_value(j, depth))
			return false;
	} while (take(j, ','));
	return take(j, close);
}

static bool take_value(struct scan *j, int depth)
{
	if (j->s == j->end || depth == DEPTH_MAX)
		return false;
	switch (*j->s) {
	case '"':
		return take_string(j);
	case '{':
		return take(j, '{') && take_members(j, '}', depth + 1);
	case '[':
		return take(j, '[') && take_members(j, ']', depth + 1);
	case 't':
		return take_word(j, "true");
	case 'f':
		return take_word(j, "false");
	case 'n':
		return take_word(j, "null");
	}
	return take_number(j);
}

bool json_is_valid(const char *s, size_t len)
{
	struct scan j = { (const unsigned char *)s, (const unsigned char *)s + len };

	return take_value(&j, 0) && j.s == j.end;
}
