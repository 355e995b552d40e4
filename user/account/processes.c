/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "processes.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "base/util.h"
#include "datapath/noted.h"
#include "host/proc.h"
#include "host/users.h"

/*
 * A set-associative cache: in a full set the oldest entry is replaced. There is room for a process
 * of its own for each of the flow table's records.
 */
#define WAYS 8
#define SETS 4096

/* Between two looks for what is not known of a process. */
#define LOOK_PAUSE (NSEC_PER_SEC / 100)

struct process {
	uint64_t used; /* 0: free */
	uint64_t alive; /* ktime when it was last seen to be */
	struct la_program program;
	char comm[17]; /* part of the key: a process may change its name */
	bool noted; /* the kernel was asked with success */
	uint64_t looked; /* ktime when what is not known of it was looked for last */
	uint32_t pid, parent_pid;
	char *parent, *exe, *args;
};

struct processes {
	const struct datapath *k; /* NULL: nothing is noted */
	bool command_lines;
	bool same_pids; /* our pid namespace is the one that owner.tgid counts in */
	bool same_users; /* as is our user namespace for owner.uid */
	uint64_t boot_ns; /* CLOCK_REALTIME when CLOCK_BOOTTIME was 0 */
	uint64_t clock; /* counts calls */
	uint64_t changes; /* of strings that may be in use */
	struct users *users;
	struct process cache[SETS][WAYS];
};

static void clear(struct process *p)
{
	free(p->parent);
	free(p->exe);
	free(p->args);
	*p = (struct process){ 0 };
}

int processes_open(struct processes **ret)
{
	_cleanup_(processes_freep) struct processes *p = calloc(1, sizeof(*p));
	struct timespec now;
	int r;

	if (!p)
		return -ENOMEM;
	r = users_open(&p->users);
	if (r)
		return r;
	p->same_pids = proc_is_initial();
	p->same_users = users_are_initial();
	clock_gettime(CLOCK_REALTIME, &now);
	p->boot_ns = (uint64_t)now.tv_sec * NSEC_PER_SEC + (uint64_t)now.tv_nsec - boottime_now();
	*ret = take_ptr(p);
	return 0;
}

void processes_free(struct processes *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < SETS * WAYS; i++)
		if (p->cache[i / WAYS][i % WAYS].used)
			clear(&p->cache[i / WAYS][i % WAYS]);
	users_free(p->users);
	free(p);
}

void processes_from(struct processes *p, const struct datapath *k, bool command_lines)
{
	p->k = k;
	p->command_lines = command_lines;
}

/* --- what the kernel has noted --- */

/* Joins names that come from the last one to the first. */
static char *join_path(const char *names, size_t len)
{
	char path[sizeof(((struct la_noted *)NULL)->path) + 2], *at = path + sizeof(path) - 1;
	size_t n;

	*at = '\0';
	for (; len; names += n + 1, len -= MIN(len, n + 1)) {
		n = strnlen(names, len);
		at -= n + 1; /* a NUL of each makes room for its slash */
		*at = '/';
		memcpy(at + 1, names, n);
	}
	return *at ? strndup(at, strlen(at)) : NULL;
}

/* Joins arguments, each of which ends with a NUL, by spaces. */
static char *join_args(const char *args, size_t len)
{
	char *joined, *s;

	while (len && !args[len - 1])
		len--;
	joined = len ? malloc(len + 1) : NULL;
	if (!joined)
		return NULL;
	memcpy(joined, args, len);
	joined[len] = '\0';
	for (s = joined; s < joined + len; s++)
		if (!*s)
			*s = ' ';
	return joined;
}

static void read_noted(struct processes *ps, struct process *p)
{
	struct la_noted n;

	if (p->noted || !ps->k || datapath_noted(ps->k, &p->program, &n))
		return;
	p->noted = true;
	ps->changes++;
	p->pid = n.pid;
	p->parent_pid = n.parent_pid;
	p->parent = strndup(n.parent, sizeof(n.parent));
	p->exe = join_path(n.path, MIN(n.path_len, sizeof(n.path)));
	p->args = join_args(n.args, MIN(n.args_len, sizeof(n.args)));
}

/* --- what /proc has --- */

/* A directory of /proc, if it still is that process's, and it has not executed another program. */
static int open_same(const struct process *p)
{
	_cleanup_(closep) int proc = -1;
	char comm[sizeof(p->comm)];
	uint64_t ticks;

	if (!p->pid || !p->program.start_ns)
		return -ESRCH;
	proc = proc_open((pid_t)p->pid);
	if (proc < 0 || proc_start_ticks(proc, &ticks) < 0 ||
	    ticks != proc_ticks_of_ns(p->program.start_ns) ||
	    proc_comm(proc, comm, sizeof(comm)) < 0 || strcmp(comm, p->comm) != 0)
		return -ESRCH;
	return take_fd(&proc);
}

static void read_proc(struct processes *ps, struct process *p)
{
	_cleanup_(closep) int proc = open_same(p);
	char buf[PATH_MAX];
	ssize_t n;

	if (proc < 0)
		return;
	ps->changes++;
	if (!p->exe && proc_exe(proc, buf, sizeof(buf)) == 0)
		p->exe = strdup(buf);
	if (p->args || !ps->command_lines)
		return;
	n = proc_command_line(proc, buf, LA_NOTED_ARGS);
	if (n > 0)
		p->args = join_args(buf, (size_t)n);
}

/* --- the cache --- */

static struct process *set_of(struct processes *ps, const struct la_program *p)
{
	return ps->cache[((p->tgid * 31 + p->exec) * 0x9e3779b1U) >> 20];
}

static struct process *find(struct processes *ps, const struct la_program *program,
			    const char *comm)
{
	struct process *set = set_of(ps, program), *oldest = set, *p;

	for (p = set; p < set + WAYS; p++) {
		if (p->used && memcmp(&p->program, program, sizeof(*program)) == 0 &&
		    strcmp(p->comm, comm) == 0)
			return p;
		if (p->used < oldest->used)
			oldest = p;
	}
	p = oldest;
	clear(p);
	ps->changes++;
	p->program = *program;
	memcpy(p->comm, comm, sizeof(p->comm));
	return p;
}

static struct timespec time_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NSEC_PER_SEC),
				  .tv_nsec = (long)(ns % NSEC_PER_SEC) };
}

static bool has_all(const struct processes *ps, const struct process *p)
{
	return p->exe && (p->args || !ps->command_lines);
}

/* What is not known may never be: events come in thousands. */
static void look(struct processes *ps, struct process *p)
{
	uint64_t now;

	if (p->noted && has_all(ps, p))
		return;
	now = ktime_coarse();
	if (now - p->looked < LOOK_PAUSE)
		return;
	p->looked = now;
	read_noted(ps, p);
	if (!has_all(ps, p))
		read_proc(ps, p);
}

static struct process *process_of(struct processes *ps, const struct la_owner *owner)
{
	const struct la_program program = { owner->start_ns, owner->tgid, owner->exec };
	char comm[sizeof(((struct process *)NULL)->comm)] = "";
	struct process *p;

	memcpy(comm, owner->comm, strnlen(owner->comm, sizeof(owner->comm)));
	p = find(ps, &program, comm);
	p->used = ++ps->clock;
	if (ps->same_pids)
		p->pid = owner->tgid;
	look(ps, p);
	return p;
}

uint32_t processes_pid(struct processes *ps, const struct la_owner *owner)
{
	return process_of(ps, owner)->pid;
}

/* Events come in thousands: who was alive after an event was made was so before it. */
bool processes_ended(struct processes *ps, const struct la_owner *owner, uint64_t ktime)
{
	struct process *p = process_of(ps, owner);
	uint64_t now;

	if (!p->pid || ktime <= p->alive)
		return false;
	now = ktime_now();
	if (kill((pid_t)p->pid, 0) && errno == ESRCH)
		return true;
	p->alive = now;
	return false;
}

/* A name that the kernel has cut is that of its program, where that begins so. */
static const char *name_of(const struct process *p)
{
	const char *slash = p->exe ? strrchr(p->exe, '/') : NULL;
	size_t len = strlen(p->comm);

	if (len == sizeof(((struct la_owner *)NULL)->comm) - 1 && slash &&
	    !strncmp(slash + 1, p->comm, len))
		return slash + 1;
	return len ? p->comm : NULL;
}

void processes_name(struct processes *ps, const struct la_owner *owner, struct record_process *ret)
{
	const struct process *p = process_of(ps, owner);

	ret->pid = p->pid;
	ret->host_pid = ps->same_pids ? 0 : owner->tgid;
	ret->has_uid = true;
	ret->uid = owner->uid;
	ret->user = ps->same_users ? users_name(ps->users, owner->uid) : NULL;
	ret->name = name_of(p);
	ret->executable = p->exe;
	ret->command_line = p->args;
	if (owner->start_ns)
		ret->start = time_of(ps->boot_ns + owner->start_ns);
	ret->parent_pid = p->parent_pid;
	ret->parent_name = p->parent;
	ret->version += ps->changes + users_changes(ps->users);
}
