/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolv_conf.h"

#include <fcntl.h>
#include <string.h>

#include "apart/apart.h"
#include "base/util.h"

#define FILE_MAX 8192 /* resolver libraries do not read beyond it either */

/* If the first names the stub at 127.0.0.53, it does not tell where queries go. The second does. */
void resolv_conf_init(struct resolv_conf *r)
{
	*r = (struct resolv_conf){ 0 };
	r->files[0].path = "/etc/resolv.conf";
	r->files[1].path = "/run/systemd/resolve/resolv.conf";
}

/* An address may have a zone: fe80::1%eth0. */
static bool parse_address(const char *s, size_t len, struct la_addr *ret)
{
	char buf[INET6_ADDRSTRLEN];

	len = MIN(len, strcspn(s, "%"));
	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, s, len);
	buf[len] = '\0';
	return addr_parse(buf, ret);
}

size_t resolv_conf_parse(const char *text, struct la_addr *v, size_t max)
{
	static const char word[] = "nameserver";
	const char *line, *s;
	size_t n = 0;

	for (line = text; *line && n < max; line += strspn(line, "\n")) {
		s = line + strspn(line, " \t");
		line += strcspn(line, "\n");
		if (strncmp(s, word, sizeof(word) - 1) != 0)
			continue;
		s += sizeof(word) - 1;
		if (*s != ' ' && *s != '\t')
			continue;
		s += strspn(s, " \t");
		n += parse_address(s, strcspn(s, " \t\r\n#;"), &v[n]);
	}
	return n;
}

struct answer {
	uint32_t n;
	struct la_addr v[RESOLVERS_MAX];
};

static size_t parse_apart(const void *text, size_t len, void *ret, size_t room)
{
	char copy[FILE_MAX + 1];
	struct answer *a = ret;

	if (len > FILE_MAX || room < sizeof(*a))
		return 0;
	memcpy(copy, text, len);
	copy[len] = '\0';
	a->n = (uint32_t)resolv_conf_parse(copy, a->v, ARRAY_SIZE(a->v));
	return sizeof(*a);
}

/* Whoever has written it: a process may have its own. */
size_t resolv_conf_read(const char *path, struct la_addr v[RESOLVERS_MAX])
{
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[FILE_MAX];
	struct answer a;
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));

	if (n <= 0 || apart_read(parse_apart, text, (size_t)n, &a, sizeof(a)) < 0)
		return 0;
	if (a.n > RESOLVERS_MAX) {
		apart_read_refuse();
		return 0;
	}
	memcpy(v, a.v, a.n * sizeof(*v));
	return a.n;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void refresh(struct resolv_conf_file *f)
{
	struct stat st;

	if (stat(f->path, &st) < 0 || !S_ISREG(st.st_mode)) {
		f->n = 0;
		f->seen = (struct stat){ 0 };
		return;
	}
	if (is_same(&st, &f->seen))
		return;
	f->n = resolv_conf_read(f->path, f->v);
	f->seen = st;
}

bool resolv_conf_has(struct resolv_conf *r, const struct la_addr *addr, uint64_t now)
{
	bool stale = !r->checked || now - r->checked >= NSEC_PER_SEC;
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(r->files) && stale; i++)
		refresh(&r->files[i]);
	if (stale)
		r->checked = now;
	for (i = 0; i < ARRAY_SIZE(r->files); i++) {
		for (k = 0; k < r->files[i].n; k++) {
			if (addr_equal(&r->files[i].v[k], addr))
				return true;
		}
	}
	return false;
}
