/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which SSH sessions a dropping run would cut: real connections over a veth. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netlab.h"
#include "policy/policy.h"
#include "watch/ssh_session.h"

static struct policy policy;
static pid_t far;
static struct netns *there;
static struct ssh_session found;

/* A world where the far end is reached by eth0; addresses are its and, ending
 * in .1 or ::1, ours. */
static void world_up(void)
{
	far = netlab_sleeper();
	CHECK_INT(netns_open_pid(&there, far), 0);
	CHECK(ip("link add eth0 type veth peer name peer0 netns %d", (int)far));
	CHECK(ip("link set eth0 up"));
	CHECK(ip("addr add 192.0.2.1/24 dev eth0"));
	CHECK(ip("addr add 192.168.7.1/24 dev eth0"));
	CHECK(ip("-6 addr add 2001:db8::1/64 dev eth0 nodad"));
	CHECK(netlab_inside(far, "ip link set peer0 up"));
	CHECK(netlab_inside(far, "ip addr add 192.0.2.9/24 dev peer0"));
	CHECK(netlab_inside(far, "ip addr add 192.168.7.9/24 dev peer0"));
	CHECK(netlab_inside(far, "ip -6 addr add 2001:db8::9/64 dev peer0 nodad"));
}

static void world_down(void)
{
	netns_free(there);
	netlab_end(far);
	policy_clear(&policy);
}

/* ssh_session_find() as of now */
static int find(void)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;
	_cleanup_(links_freep) struct links *links = NULL;

	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy, true), NULL, NULL), 0);
	found = (struct ssh_session){ 0 };
	return ssh_session_find(links, &policy, &found);
}

static struct sockaddr_in6 address(const char *s, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	char mapped[64];

	if (inet_pton(AF_INET6, s, &a.sin6_addr) != 1) {
		snprintf(mapped, sizeof(mapped), "::ffff:%s", s);
		CHECK_INT(inet_pton(AF_INET6, mapped, &a.sin6_addr), 1);
	}
	return a;
}

/* A connected pair: ends[0] is ours, the accepted one. */
static void meet(const char *ours, uint16_t port, int *listener, int ends[2])
{
	struct sockaddr_in6 a = address(ours, port);
	int family = AF_INET6, one = 1;

	*listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(*listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	CHECK_INT(bind(*listener, (struct sockaddr *)&a, sizeof(a)), 0);
	CHECK_INT(listen(*listener, 1), 0);
	ends[1] = netns_socket(there, family, SOCK_STREAM, 0);
	CHECK_INT(connect(ends[1], (struct sockaddr *)&a, sizeof(a)), 0);
	ends[0] = accept(*listener, NULL, NULL);
	CHECK(ends[0] >= 0);
}

static void part(int listener, const int ends[2])
{
	struct linger reset = { .l_onoff = 1 };

	setsockopt(ends[1], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(ends[1]);
	close(ends[0]);
	if (listener >= 0)
		close(listener);
}

static void body_port(void)
{
	int listener, ends[2];
	struct fault f;

	world_up();
	CHECK_INT(find(), 0);
	meet("192.0.2.1", 22, &listener, ends);
	CHECK_INT(find(), 1);
	CHECK_STR(found.peer, "192.0.2.9"); /* and not ::ffff:192.0.2.9 */
	CHECK_INT(found.port, 22);
	CHECK_INT(found.pid, 0);
	CHECK_INT(policy_add_allow(&policy, "192.0.2.9/32:22", &f), 0);
	CHECK_INT(find(), 1); /* 22 is our port, not the peer's */
	CHECK_INT(policy_add_allow(&policy, "192.0.2.9", &f), 0);
	CHECK_INT(find(), 0);
	part(listener, ends);

	meet("2001:db8::1", 22, &listener, ends);
	CHECK_INT(find(), 1);
	CHECK_STR(found.peer, "2001:db8::9");
	part(listener, ends);
	CHECK_INT(find(), 0);
	world_down();
}

static void test_port(void)
{
	NETLAB_TEST(body_port);
}

static void body_stays(void)
{
	int listener, ends[2], tun;

	world_up();
	meet("192.168.7.1", 22, &listener, ends);
	CHECK_INT(find(), 0); /* the LAN */
	policy.lan = POLICY_LAN_LEAK;
	CHECK_INT(find(), 1);
	CHECK_STR(found.peer, "192.168.7.9");

	tun = netlab_tun("tun0", false);
	CHECK(ip("link set tun0 up"));
	CHECK(ip("route add 192.168.7.9 dev tun0"));
	CHECK_INT(find(), 0); /* its packets take the tunnel */
	CHECK(ip("rule add sport 22 lookup 100"));
	CHECK(ip("route add 192.168.7.0/24 dev eth0 table 100"));
	CHECK_INT(find(), 1); /* by a rule that is for SSH, they don't */
	part(listener, ends);
	close(tun);

	policy.lan = POLICY_LAN_EXEMPT;
	netns_free(there);
	CHECK_INT(netns_open_self(&there), 0);
	meet("127.0.0.1", 22, &listener, ends);
	CHECK_INT(find(), 0);
	part(listener, ends);
	meet("192.0.2.1", 22, &listener, ends); /* an address of our own */
	CHECK_INT(find(), 0);
	part(listener, ends);
	world_down();
}

static void test_stays(void)
{
	NETLAB_TEST(body_stays);
}

/* Whatever its port, a daemon's session is one; what it opens itself is none. */
static void body_daemon(void)
{
	int listener, ends[2], out[2];

	world_up();
	meet("192.0.2.1", 2222, &listener, ends);
	CHECK_INT(find(), 0);
	prctl(PR_SET_NAME, "sshd-session");
	CHECK_INT(find(), 1);
	CHECK_STR(found.peer, "192.0.2.9");
	CHECK_INT(found.pid, getpid());
	CHECK_STR(found.comm, "sshd-session");
	CHECK(!found.ours);
	close(listener); /* a daemon that was stopped leaves its sessions */
	CHECK_INT(find(), 1);
	part(-1, ends);
	CHECK_INT(find(), 0);

	meet("192.0.2.1", 40022, &listener, ends);
	CHECK_INT(find(), 1); /* a port of the ephemeral range, but one that is listened on */
	part(listener, ends);

	meet("192.0.2.1", 40022, &listener, out);
	close(listener); /* by a port that is one of outgoing connections */
	CHECK_INT(find(), 0);
	part(-1, out);
	world_down();
}

static void test_daemon(void)
{
	NETLAB_TEST(body_daemon);
}

/* The session that we were started from is the one to tell of. */
static void body_ours(void)
{
	int other[2], listener, ends[2], status, before = unit_failures;
	pid_t pid, else_one;

	world_up();
	meet("2001:db8::1", 22, &listener, other);
	else_one = netlab_sleeper(); /* holds that one as well, and is nobody's parent */
	close(other[0]);
	close(listener);
	CHECK_INT(find(), 1);
	CHECK_STR(found.peer, "2001:db8::9");
	meet("192.0.2.1", 2222, &listener, ends);
	prctl(PR_SET_NAME, "sshd");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "sh");
		close(ends[0]);
		CHECK_INT(find(), 1);
		CHECK(found.ours);
		CHECK_STR(found.peer, "192.0.2.9");
		CHECK_INT(found.pid, getppid());
		fflush(stdout);
		_exit(unit_failures != before);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_INT(status, 0);
	netlab_end(else_one);
	close(other[1]);
	part(listener, ends);
	world_down();
}

static void test_ours(void)
{
	NETLAB_TEST(body_ours);
}

static void body_refusal(void)
{
	_cleanup_(netns_freep) struct netns *ns = NULL;
	_cleanup_(links_freep) struct links *links = NULL;
	int listener, ends[2], said[2], err = dup(STDERR_FILENO);
	char words[512] = "";

	world_up();
	CHECK_INT(netns_open_self(&ns), 0);
	CHECK_INT(links_open(&links, ns, policy_roles(&policy, true), NULL, NULL), 0);
	CHECK_INT(ssh_session_refuse(links, &policy), 0);
	meet("192.0.2.1", 22, &listener, ends);
	CHECK_INT(pipe(said), 0);
	dup2(said[1], STDERR_FILENO);
	CHECK_INT(ssh_session_refuse(links, &policy), -EACCES);
	dup2(err, STDERR_FILENO);
	CHECK(read(said[0], words, sizeof(words) - 1) > 0);
	CHECK_STR(words, "leakaudit: error: an SSH session from 192.0.2.9 would be cut\n"
			 "leakaudit:   try: --allow 192.0.2.9 to keep it, --yes to cut it\n");
	part(listener, ends);
	close(said[0]);
	close(said[1]);
	close(err);
	world_down();
}

static void test_refusal(void)
{
	NETLAB_TEST(body_refusal);
}

UNIT_MAIN("session", { "port", test_port }, { "stays", test_stays }, { "daemon", test_daemon },
	  { "ours", test_ours }, { "refusal", test_refusal })
