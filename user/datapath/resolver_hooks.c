/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolver_hooks.h"

#include <errno.h>
#include <stdio.h>

#include "leakaudit.skel.h"
#include "owners.skel.h"
#include "priv.h"

#define HOOKS 5

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
		s->progs.la_resolver_connect4,
		s->progs.la_resolver_connect6,
		s->progs.la_resolver_sendmsg4,
		s->progs.la_resolver_sendmsg6,
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

int datapath_add_resolver(struct datapath *k, uint32_t pid)
{
	uint8_t one = 1;

	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolver_pids), &pid, &one,
					  BPF_ANY));
}

int datapath_del_resolver(struct datapath *k, uint32_t pid)
{
	return result(bpf_map_delete_elem(bpf_map__fd(k->skel->maps.la_resolver_pids), &pid));
}

/* Where the hooks of a cgroup around it see it already, it needs none. */
static int listen_at(struct datapath *k, const struct scopes *scopes, size_t i)
{
	const struct scope *scope = scopes->v[i];

	if (scope->fd < 0 || k->calls_cgroups[i] == scope->id || scopes_around(scopes, i))
		return 0;
	bpf_link__destroy(k->calls_links[i]);
	k->calls_links[i] =
		bpf_program__attach_cgroup(k->calls->progs.la_resolver_called, scope->fd);
	if (!k->calls_links[i])
		return -errno;
	k->calls_cgroups[i] = scope->id;
	return 0;
}

int resolver_hooks_listen(struct datapath *k, const struct scopes *scopes)
{
	int r = 0;
	size_t i;

	if (!scopes_is_open(scopes))
		return 0;
	if (!k->calls)
		r = datapath_load_calls(k);
	for (i = 0; i < scopes->n && !r; i++)
		r = listen_at(k, scopes, i);
	return r;
}

int datapath_add_resolver_path(struct datapath *k, const char *path, uint32_t pid)
{
	struct la_unix_path key = { 0 };

	snprintf(key.path, sizeof(key.path), "%s", path);
	return result(bpf_map_update_elem(bpf_map__fd(k->skel->maps.la_resolver_paths), &key, &pid,
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
