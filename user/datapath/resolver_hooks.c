/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolver_hooks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "priv.h"

#define HOOKS 6

struct resolver_hooks {
	struct bpf_link *links[HOOKS];
	size_t n;
};

static int attach_one(struct resolver_hooks *h, const struct bpf_program *prog, int cgroup)
{
	struct bpf_link *link = bpf_program__attach_cgroup(prog, cgroup);

	if (!link)
		return -errno;
	h->links[h->n++] = link;
	return 0;
}

/* Loaded when the first resolver is found. */
static int attach_ears(struct datapath *k, struct resolver_hooks *h, int cgroup)
{
	int r = 0;

	if (!k->ears)
		r = datapath_load_packets(k, "la_resolver_hears", k->home, &k->ears);
	return r ?: attach_one(h, k->ears->progs.la_resolver_hears, cgroup);
}

int resolver_hooks_attach(struct datapath *k, int cgroup, bool hears, struct resolver_hooks **ret)
{
	struct owners_bpf *s = k->owners;
	struct bpf_program *marks[] = {
		s->progs.la_resolver_connect4, s->progs.la_resolver_connect6,
		s->progs.la_resolver_sendmsg4, s->progs.la_resolver_sendmsg6,
		s->progs.la_resolver_bound4,
	};
	struct resolver_hooks *h = calloc(1, sizeof(*h));
	size_t i;
	int r = h ? 0 : -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(marks) && !r; i++)
		r = attach_one(h, marks[i], cgroup);
	if (!r && hears)
		r = attach_ears(k, h, cgroup);
	if (r) {
		resolver_hooks_detach(h);
		return r;
	}
	*ret = h;
	return 0;
}

void resolver_hooks_detach(struct resolver_hooks *h)
{
	if (!h)
		return;
	while (h->n)
		bpf_link__destroy(h->links[--h->n]);
	free(h);
}

static int result(int r)
{
	return r < 0 ? -errno : 0;
}

int datapath_set_resolver(struct datapath *k, uint32_t pid, const struct la_resolver *r)
{
	int e = result(
		bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolver_pids), &pid, r, BPF_ANY));

	datapath_bump_epoch(k); /* what goes to one in a container is judged by it */
	return e;
}

int datapath_add_resolver_place(struct datapath *k, const struct la_resolver_place *at,
				uint32_t pid)
{
	const struct la_resolver_holder who = { .pid = pid };

	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolver_places), at, &who,
					  BPF_ANY));
}

int datapath_add_resolver_boxed(struct datapath *k, const struct la_resolver_place *at,
				const struct la_resolver_holder *who)
{
	int fd = bpf_map__fd(k->skel->maps.la_resolver_places), r;
	struct la_resolver_holder last;

	if (!bpf_map_lookup_elem(fd, at, &last) && !memcmp(&last, who, sizeof(last)))
		return 0;
	r = result(bpf_map_update_elem(fd, at, who, BPF_ANY));
	datapath_bump_epoch(k);
	return r;
}

int datapath_add_resolver_tls(struct datapath *k, const struct la_resolver_place *at, uint32_t pid)
{
	const struct la_resolver_holder who = { .pid = pid, .by_tls = true };
	int r = result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolver_places), at, &who,
					   BPF_NOEXIST));

	return r == -EEXIST ? 0 : r;
}

uint32_t datapath_resolver_at(const struct datapath *k, const struct la_resolver_place *at)
{
	int fd = bpf_map__fd(k->skel->maps.la_resolver_places);
	struct la_resolver_place any = *at;
	struct la_resolver_holder who;

	any.addr = (struct la_addr){ 0 };
	return !bpf_map_lookup_elem(fd, at, &who) || !bpf_map_lookup_elem(fd, &any, &who) ? who.pid
											  : 0;
}

/* Deletes the places of that resolver, or all. */
static void del_places(struct datapath *k, const uint32_t *of)
{
	int fd = bpf_map__fd(k->skel->maps.la_resolver_places);
	struct la_resolver_place at, next;
	struct la_resolver_holder who;
	bool more;

	/* a key that is deleted is no place to go on from */
	for (more = !bpf_map_get_next_key(fd, NULL, &next); more;) {
		at = next;
		more = !bpf_map_get_next_key(fd, &at, &next);
		if (!of || (!bpf_map_lookup_elem(fd, &at, &who) && who.pid == *of))
			bpf_map_delete_elem(fd, &at);
	}
}

void datapath_del_resolver(struct datapath *k, uint32_t pid)
{
	del_places(k, &pid);
	bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_resolver_pids), &pid);
	datapath_bump_epoch(k);
}

void datapath_forget_resolvers(struct datapath *k)
{
	int fd = bpf_map__fd(k->skel->maps.la_resolver_pids);
	uint32_t pid;

	del_places(k, NULL);
	while (!bpf_map_get_next_key(fd, NULL, &pid))
		if (bpf_map_delete_elem(fd, &pid))
			return;
}

void datapath_each_server(const struct datapath *k, uint32_t pid, datapath_server_fn *fn, void *arg)
{
	int fd = bpf_map__fd(k->skel->maps.la_resolver_servers);
	struct la_endpoint at, *last = NULL;

	for (; !bpf_map_get_next_key(fd, last, &at); last = &at)
		if (at.cookie == pid)
			fn(arg, &at);
}

uint32_t datapath_chained(const struct datapath *k)
{
	return __atomic_load_n(&k->skel->bss->la_chained, __ATOMIC_ACQUIRE);
}

/* Takes over the hook of an earlier loader, where it has one. */
static bool adopt_calls(struct datapath *k, size_t i, const char *pin)
{
	if (k->adopted && !k->hooks[i].renewed && !k->calls_links[i])
		k->calls_links[i] = bpf_link__open(pin);
	return k->calls_links[i] && !k->hooks[i].renewed;
}

static int attach_calls(struct datapath *k, const struct scope *scope, size_t i)
{
	const struct bpf_program *named = k->owners->progs.la_resolver_called;
	struct bpf_link **link = &k->calls_links[i];
	char path[PATH_MAX] = "";
	int r;

	if (k->pins)
		datapath_link_path(k, named, (uint32_t)i + 1, path);
	if (*path && adopt_calls(k, i, path))
		return 0;
	r = k->calls ? 0 : datapath_load_calls(k);
	if (r)
		return r;
	bpf_link__destroy(*link);
	*link = bpf_program__attach_cgroup(k->calls->progs.la_resolver_called, scope->fd);
	if (!*link)
		return -errno;
	if (k->hooks[i].renewed)
		unlink(path);
	return *path ? result(bpf_link__pin(*link, path)) : 0;
}

/* Where the hooks of a cgroup around it see it already, it needs none. */
static int listen_at(struct datapath *k, const struct scopes *scopes, size_t i)
{
	const struct scope *scope = scopes->v[i];
	int r;

	if (scope->fd < 0 || k->calls_cgroups[i] == scope->id || scopes_around(scopes, i))
		return 0;
	r = attach_calls(k, scope, i);
	if (!r)
		k->calls_cgroups[i] = scope->id;
	return r;
}

int resolver_hooks_listen(struct datapath *k, const struct scopes *scopes)
{
	size_t i;
	int r = 0;

	for (i = 0; i < scopes->n && !r; i++)
		r = listen_at(k, scopes, i);
	return r;
}

int datapath_set_resolver_path(struct datapath *k, const char *path,
			       const struct la_resolver_path *who)
{
	struct la_unix_path key = { 0 };

	snprintf(key.path, sizeof(key.path), "%s", path);
	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolver_paths), &key, who,
					  BPF_ANY));
}

/* The program writes nothing: a read runs it over all files. */
int resolver_hooks_scan(struct datapath *k)
{
	struct bpf_link *link = bpf_program__attach_iter(k->owners->progs.la_resolver_scan, NULL);
	int fd, r = 0;
	char end;

	if (!link)
		return -errno;
	fd = bpf_iter_create(bpf_link__fd(link));
	while (fd >= 0 && read(fd, &end, sizeof(end)) < 0 && (errno == EINTR || errno == EAGAIN))
		continue;
	if (fd < 0)
		r = -errno;
	else
		close(fd);
	bpf_link__destroy(link);
	return r;
}
