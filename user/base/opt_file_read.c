/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a file of options, and whether it can be trusted. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "grow.h"
#include "opt_file.h"

#define FILE_BYTES_MAX (1 << 16)
#define LINE_BYTES_MAX 2048 /* a message has room for what is wrong with it */
#define BLANKS " \t\r"
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* an editor's, as the \r at the end of a line */

/* --- whose it is --- */

static bool is_ours(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

/* Who may write to a directory may put another file in the place of this one, unless it is sticky. */
static int check_directory(const char *path, struct fault *f)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat st;

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)MAX(slash - path, 1) : 1,
		 slash ? path : ".");
	if (stat(dir, &st))
		return -errno;
	if (is_ours(&st) && (!(st.st_mode & (S_IWGRP | S_IWOTH)) || st.st_mode & S_ISVTX))
		return 0;
	fault_say(f, -EPERM, "%s is not read: others may write to its directory %s", path, dir);
	return fault_help(f, -EPERM, "chown root %s && chmod go-w %s", dir, dir);
}

static int check_file(int fd, const char *path, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return fault_say(f, -EINVAL, "%s is no regular file", path);
	if (!is_ours(&st)) {
		fault_say(f, -EPERM, "%s is not read: others may write it, it belongs to uid %u",
			  path, st.st_uid);
		return fault_help(f, -EPERM, "chown root %s", path);
	}
	if (st.st_mode & (S_IWGRP | S_IWOTH)) {
		fault_say(f, -EPERM, "%s is not read: others may write it, its mode is %04o", path,
			  st.st_mode & 07777);
		return fault_help(f, -EPERM, "chmod go-w %s", path);
	}
	if (st.st_size > FILE_BYTES_MAX)
		return fault_say(f, -EFBIG, "%s is longer than %d kB", path, FILE_BYTES_MAX >> 10);
	return check_directory(path, f);
}

/* It has a byte of 0, which ends it for whoever reads it as text. */
static int no_text(const char *path, const char *text, struct fault *f)
{
	unsigned int line = 1;

	for (const char *at = text; *at; at++)
		line += *at == '\n';
	fault_say(f, -EINVAL, "%s:%u: there is a byte of 0: it is no text", path, line);
	return fault_help(f, -EINVAL, "save the file as UTF-8");
}

static int read_text(const char *path, char **ret, struct fault *f)
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(freep) char *text = NULL;
	ssize_t n;
	int r = fd < 0 ? -errno : check_file(fd, path, f);

	if (r)
		return r;
	text = malloc(FILE_BYTES_MAX + 1);
	if (!text)
		return -ENOMEM;
	n = read(fd, text, FILE_BYTES_MAX);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	if (strlen(text) != (size_t)n)
		return no_text(path, text, f);
	*ret = take_ptr(text);
	return 0;
}

/* --- its lines --- */

/* Ends it before its last blanks. */
static char *trimmed(char *s)
{
	size_t len;

	s += strspn(s, BLANKS);
	len = strlen(s);
	while (len && strchr(BLANKS, s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* Where a comment begins: at a "#" that begins the line or has a blank before it. Else the end. */
static char *comment_at(char *s)
{
	char *at = s;

	while ((at = strchr(at, '#')) && at > s && !strchr(BLANKS, at[-1]))
		at++;
	return at ?: s + strlen(s);
}

/* A shell's habit. Here they would be a part of the value. */
static bool is_in_single_quotes(const char *value)
{
	size_t len = strlen(value);

	return len > 1 && value[0] == '\'' && value[len - 1] == '\'';
}

/* A shell's as well: here a line ends where it ends. */
static bool ends_in_backslash(const char *value)
{
	size_t len = strlen(value);

	return len && value[len - 1] == '\\';
}

/* What is between quotes is the value as it is; without them it ends before a comment. */
static int take_value(const struct opt_file *file, struct opt_entry *e, char *s, struct fault *f)
{
	char *end;

	s += strspn(s, BLANKS);
	if (*s != '"') {
		*comment_at(s) = '\0';
		e->value = trimmed(s);
		if (is_in_single_quotes(e->value))
			return fault_say(f, -EINVAL,
					 "%s:%u: %s: a value is in double quotes, or in none",
					 file->path, e->line, e->name);
		if (ends_in_backslash(e->value))
			return fault_say(
				f, -EINVAL,
				"%s:%u: %s: a '\\' does not join two lines: each is NAME = "
				"VALUE",
				file->path, e->line, e->name);
	} else {
		end = strchr(++s, '"');
		if (!end)
			return fault_say(f, -EINVAL, "%s:%u: %s has no closing '\"'", file->path,
					 e->line, e->name);
		*end++ = '\0';
		e->value = s;
		*comment_at(end) = '\0';
		if (*trimmed(end))
			return fault_say(f, -EINVAL, "%s:%u: there is more behind the closing '\"'",
					 file->path, e->line);
	}
	if (!*e->value)
		return fault_say(f, -EINVAL, "%s:%u: %s has no value behind its '='", file->path,
				 e->line, e->name);
	return 0;
}

static int add_entry(struct opt_file *file, char *s, unsigned int line, struct fault *f)
{
	struct opt_entry *e;
	char *equals;

	if (!GROW(file->v, file->n))
		return -ENOMEM;
	if (strlen(s) > LINE_BYTES_MAX)
		return fault_say(f, -EINVAL, "%s:%u: the line has more than %d bytes", file->path,
				 line, LINE_BYTES_MAX);
	e = &file->v[file->n++];
	*e = (struct opt_entry){ .name = s, .line = line };
	equals = memchr(s, '=', (size_t)(comment_at(s) - s));
	*(equals ?: comment_at(s)) = '\0';
	e->name = trimmed(s);
	if (e->name[0] == '[')
		return fault_say(f, -EINVAL, "%s:%u: there are no sections: a line is NAME = VALUE",
				 file->path, line);
	if (!*e->name)
		return fault_say(f, -EINVAL,
				 "%s:%u: there is no name before the '=': a line is NAME = VALUE",
				 file->path, line);
	if (strpbrk(e->name, BLANKS))
		return fault_say(f, -EINVAL, "%s:%u: '%s' is no option: a line is NAME = VALUE",
				 file->path, line, e->name);
	return equals ? take_value(file, e, equals + 1, f) : 0;
}

int opt_file_read(struct opt_file *ret, const char *path, struct fault *f)
{
	struct opt_file file = { .path = path };
	unsigned int line = 0;
	char *rest, *s;
	int r = read_text(path, &file.text, f);

	if (r)
		return fault_unsaid(f, r, "cannot read %s: %s", path, strerror(-r));
	rest = file.text;
	if (!strncmp(rest, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		rest += strlen(BYTE_ORDER_MARK);
	while (!r && (s = strsep(&rest, "\n"))) {
		line++;
		s += strspn(s, BLANKS);
		if (*s && *s != '#')
			r = add_entry(&file, s, line, f);
	}
	if (r)
		opt_file_free(&file);
	else
		*ret = file;
	return r;
}

void opt_file_free(struct opt_file *file)
{
	free(file->v);
	free(file->text);
	*file = (struct opt_file){ 0 };
}
