/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attacker: does for some seconds what a process can do to get a packet out, chosen by a seeded
 * generator. It says at the end what it has done, as "actions N failed N tried N sent N".
 *
 *	attacker user|raw|userns|gives SEED SECONDS CGROUP INTERFACE [TRACE]
 *
 * gives: it is outside, and gives its sockets to those that are there. CGROUP is a directory of
 *cgroup v2 that the user `nobody` owns, in which the attackers make others. TRACE.N gets what
 *attacker N has done, with the time.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "attack.h"

#define NOBODY 65534

/* --- choosing --- */

/* splitmix64 */
static uint64_t next(struct attack *a)
{
	uint64_t z = a->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint32_t pick(struct attack *a, uint32_t n)
{
	return (uint32_t)((next(a) >> 32) * n >> 32);
}

struct attack_socket *pick_socket(struct attack *a)
{
	uint32_t from = pick(a, MAX_SOCKETS), i;

	for (i = 0; i < MAX_SOCKETS; i++) {
		struct attack_socket *s = &a->sockets[(from + i) % MAX_SOCKETS];

		if (s->fd >= 0)
			return s;
	}
	return NULL;
}

void close_socket(struct attack_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct attack_socket){ .fd = -1 };
}

struct attack_socket *free_socket(struct attack *a)
{
	struct attack_socket *s = &a->sockets[pick(a, MAX_SOCKETS)];

	close_socket(s);
	return s;
}

/* Addresses of the lab (tests/lib/world.sh): outside, the VPN server, the router, the link, this
 * host. */
static const char *const far4[] = { "203.0.113.10",    "203.0.113.11", "203.0.113.10",
				    "203.0.113.53",    "198.51.100.2", "192.0.2.1",
				    "192.0.2.77",      "192.0.2.127",  "10.8.0.1",
				    "255.255.255.255", "127.0.0.1",    "0.0.0.0" };
static const char *const far6[] = { "2001:db8:2::10", "2001:db8:2::35",	      "2001:db8:1::1",
				    "2001:db8:1::77", "::ffff:203.0.113.10",  "::1",
				    "fe80::1",	      "64:ff9b::203.0.113.10" };
static const char *const own4[] = { "0.0.0.0", "192.0.2.10", "10.8.0.2", "127.0.0.1",
				    "203.0.113.99" };
static const char *const own6[] = { "::", "2001:db8:1::10", "::1", "::ffff:192.0.2.10" };
static const uint16_t ports[] = { 9, 9, 9, 53, 443, 1194, 51820, 67, 5353, 3478, 6881, 1 };

static socklen_t address(const char *text, uint16_t port, int family, union attack_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->any.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		ret->v4.sin_port = htons(port);
		inet_pton(AF_INET, text, &ret->v4.sin_addr);
		return sizeof(ret->v4);
	}
	ret->v6.sin6_port = htons(port);
	inet_pton(AF_INET6, text, &ret->v6.sin6_addr);
	return sizeof(ret->v6);
}

socklen_t pick_address(struct attack *a, int family, union attack_addr *ret)
{
	const char *text = family == AF_INET ? PICK(a, far4) : PICK(a, far6);

	return address(text, PICK(a, ports), family, ret);
}

socklen_t pick_own_address(struct attack *a, int family, union attack_addr *ret)
{
	const char *text = family == AF_INET ? PICK(a, own4) : PICK(a, own6);

	return address(text, pick(a, 3) ? 0 : PICK(a, ports), family, ret);
}

size_t fill_payload(struct attack *a)
{
	int n = snprintf(
		(char *)a->payload, sizeof(a->payload), MARK " %u %llu\n", a->number,
		(unsigned long long)__atomic_load_n(&a->shared->actions, __ATOMIC_RELAXED));

	return pick(a, 8) ? (size_t)n
			  : (size_t)n + pick(a, (uint32_t)(sizeof(a->payload) - (size_t)n));
}

int sent(struct attack *a, long r)
{
	int error = r < 0 ? -errno : 0;

	__atomic_fetch_add(&a->shared->tried, 1, __ATOMIC_RELAXED);
	if (r >= 0)
		__atomic_fetch_add(&a->shared->sent, 1, __ATOMIC_RELAXED);
	return error;
}

/* --- time --- */

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void sleep_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* --- actions --- */

/* How often each is chosen, beside the others. */
static const struct action {
	const char *name;
	attack_fn *fn;
	unsigned int weight;
} actions[] = {
	{ "open", open_socket, 20 },
	{ "bind", bind_socket, 8 },
	{ "option", set_option, 16 },
	{ "connect", connect_socket, 12 },
	{ "end", end_socket, 4 },
	{ "listen", listen_and_accept, 2 },
	{ "send", send_plain, 24 },
	{ "send-control", send_with_control, 12 },
	{ "send-many", send_many, 5 },
	{ "send-file", send_file, 4 },
	{ "send-raw", send_raw, 4 },
	{ "send-frame", send_frame, 4 },
	{ "ring", ring_send, 6 },
	{ "fork", fork_and_send, 4 },
	{ "thread", thread_sends, 3 },
	{ "hand-over", hand_over, 4 },
	{ "take-over", take_over, 6 },
	{ "cgroup", move_cgroup, 2 },
	{ "cgroup-thread", move_thread, 1 },
	{ "options-flood", flood_options, 1 },
	{ "netns", new_netns, 1 },
	{ "netns-send", send_from_netns, 2 },
	{ "tun", use_tun, 1 },
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const struct action *pick_action(struct attack *a)
{
	unsigned int sum = 0, at, i;

	for (i = 0; i < ACTIONS; i++)
		sum += actions[i].weight;
	at = pick(a, sum);
	for (i = 0; at >= actions[i].weight; i++)
		at -= actions[i].weight;
	return &actions[i];
}

static void trace(struct attack *a, const struct action *action, uint64_t number, int r)
{
	struct timespec t;

	if (!a->trace)
		return;
	clock_gettime(CLOCK_REALTIME, &t);
	fprintf(a->trace, "%lld.%06ld %llu %s %s\n", (long long)t.tv_sec, t.tv_nsec / 1000,
		(unsigned long long)number, action->name, r < 0 ? strerrorname_np(-r) : "ok");
}

static void act(struct attack *a)
{
	const struct action *action = pick_action(a);
	uint64_t number = __atomic_add_fetch(&a->shared->actions, 1, __ATOMIC_RELAXED);
	int r = action->fn(a);

	if (r < 0)
		__atomic_fetch_add(&a->shared->failed, 1, __ATOMIC_RELAXED);
	trace(a, action, number, r);
}

static void attack(struct attack *a)
{
	while (now_ns() < a->end) {
		act(a);
		/* A guess now and then, and bursts between: the watched machine has other things to
		 * do, too. */
		if (!pick(a, 16))
			sleep_ms(pick(a, 8));
	}
}

/* --- who it is --- */

void become_nobody(bool raw)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2] = { { 0 } };

	if (raw && prctl(PR_SET_KEEPCAPS, 1) < 0)
		err(1, "CAP_NET_RAW");
	if (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) < 0)
		err(1, "becoming nobody");
	if (raw)
		sets[0].permitted = sets[0].effective = 1U << CAP_NET_RAW;
	if (syscall(SYS_capset, &header, sets) < 0)
		err(1, "capabilities");
	prctl(PR_SET_DUMPABLE, 1); /* or its own files in /proc would be root's */
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(1, "%s", path);
	close(fd);
}

static void become_root_of_a_namespace(void)
{
	become_nobody(false);
	if (unshare(CLONE_NEWUSER) < 0)
		err(77, "a user namespace");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 65534 1");
	write_file("/proc/self/gid_map", "0 65534 1");
}

static const struct {
	const char *name;
	enum attack_mode mode;
} modes[] = { { "user", ATTACK_USER },
	      { "raw", ATTACK_RAW },
	      { "userns", ATTACK_USERNS },
	      { "gives", ATTACK_GIVES } };

static void become(struct attack *a, const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(name, modes[i].name))
			continue;
		a->mode = modes[i].mode;
		if (a->mode == ATTACK_USERNS)
			become_root_of_a_namespace();
		else if (a->mode != ATTACK_GIVES)
			become_nobody(a->mode == ATTACK_RAW);
		return;
	}
	errx(2, "'%s' is none of user, raw, userns, gives", name);
}

static void open_trace(struct attack *a, const char *prefix)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s.%u", prefix, a->number);
	a->trace = fopen(path, "we");
	if (!a->trace)
		err(1, "%s", path);
}

static pid_t start(struct attack *a, unsigned int number, const char *who, const char *prefix)
{
	pid_t pid = fork();
	unsigned int i;

	if (pid < 0)
		err(1, "fork");
	if (pid)
		return pid;
	a->number = number;
	a->state += number;
	next(a);
	if (prefix)
		open_trace(a, prefix);
	for (i = 0; i < MAX_SOCKETS; i++)
		a->sockets[i].fd = -1;
	become(a, who);
	if (a->mode == ATTACK_GIVES)
		give(a);
	else
		attack(a);
	if (a->trace)
		fclose(a->trace);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 256, 256 };
	struct attack a = { 0 };
	int i, n = ATTACKERS, status, result = 0;
	pid_t pids[ATTACKERS];

	if (argc < 6 || argc > 7)
		errx(2,
		     "usage: attacker user|raw|userns|gives SEED SECONDS CGROUP INTERFACE [TRACE]");
	a.state = strtoull(argv[2], NULL, 0);
	a.end = now_ns() + strtoull(argv[3], NULL, 0) * 1000000000;
	a.cgroup = argv[4];
	a.interface = argv[5];
	a.shared = mmap(NULL, sizeof(*a.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (a.shared == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, a.bus) < 0)
		err(1, "what attackers share");
	if (!strcmp(argv[1], "gives"))
		n = GIVERS;
	a.gifts = open_gifts(n == GIVERS);
	if (a.gifts < 0)
		err(1, "the way of gifts");
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < n; i++)
		pids[i] = start(&a, (unsigned int)i, argv[1], argc > 6 ? argv[6] : NULL);
	for (i = 0; i < n; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i] || !WIFEXITED(status))
			errx(1, "attacker %d has crashed", i);
		if (WEXITSTATUS(status))
			result = WEXITSTATUS(status);
	}
	printf("actions %llu failed %llu tried %llu sent %llu\n",
	       (unsigned long long)a.shared->actions, (unsigned long long)a.shared->failed,
	       (unsigned long long)a.shared->tried, (unsigned long long)a.shared->sent);
	return result;
}
