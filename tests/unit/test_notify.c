/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager hears, and from whom it does not. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/notify.h"
#include "unit.h"

static char dir[64], path[sizeof(((struct sockaddr_un *)0)->sun_path)];
static int manager = -1;

/* abstract: the name in NOTIFY_SOCKET begins with "@" */
static bool listen_at(bool abstract)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len;

	snprintf(dir, sizeof(dir), "/tmp/leakaudit-notify.XXXXXX");
	if (!mkdtemp(dir))
		return false;
	len = (size_t)snprintf(path, sizeof(path), "%s%s/socket", abstract ? "@" : "", dir);
	memcpy(to.sun_path, path, len);
	if (abstract)
		to.sun_path[0] = '\0';
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setenv("NOTIFY_SOCKET", path, 1);
	return !bind(manager, (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
}

static void leave(void)
{
	close(manager);
	unlink(path);
	rmdir(dir);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* What was told next; "" where nothing was. */
static const char *heard(void)
{
	static char buf[512];
	ssize_t n = recv(manager, buf, sizeof(buf) - 1, 0);

	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

static void told(bool abstract)
{
	struct notify n;

	if (!CHECK(listen_at(abstract)))
		return;
	notify_open(&n);
	notify_ready(&n);
	CHECK_STR(heard(), "READY=1");
	notify_status(&n, "watching");
	CHECK_STR(heard(), "STATUS=watching");
	notify_status(&n, "watching");
	CHECK_STR(heard(), "");
	notify_status(&n, "waiting");
	CHECK_STR(heard(), "STATUS=waiting");
	notify_alive(&n); /* nobody has asked for that */
	CHECK_STR(heard(), "");
	notify_reloading(&n);
	CHECK(!strncmp(heard(), "RELOADING=1\nMONOTONIC_USEC=", 27));
	notify_stopping(&n);
	CHECK_STR(heard(), "STOPPING=1");
	notify_close(&n);
	leave();
}

static void test_told(void)
{
	told(false);
	told(true);
}

static void watchdog(const char *usec, const char *pid, uint64_t ns)
{
	struct notify n;

	if (!CHECK(listen_at(false)))
		return;
	setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	notify_open(&n);
	CHECK_INT(n.watchdog, ns);
	notify_alive(&n);
	CHECK_STR(heard(), ns ? "WATCHDOG=1" : "");
	notify_close(&n);
	leave();
}

static void test_watchdog(void)
{
	char self[16];

	snprintf(self, sizeof(self), "%d", (int)getpid());
	watchdog("30000000", self, 30000000000);
	watchdog("30000000", NULL, 30000000000);
	watchdog("30000000", "1", 0);
	watchdog("0", self, 0);
	watchdog("soon", self, 0);
}

static void nobody(const char *name)
{
	struct notify n;

	setenv("NOTIFY_SOCKET", name, 1);
	notify_open(&n);
	CHECK_INT(n.fd, -1);
	notify_ready(&n);
	notify_status(&n, "watching");
	notify_close(&n);
	unsetenv("NOTIFY_SOCKET");
}

static void test_nobody(void)
{
	char deep[200];
	struct notify n;

	unsetenv("NOTIFY_SOCKET");
	notify_open(&n);
	CHECK_INT(n.fd, -1);
	notify_ready(&n);
	nobody("");
	nobody("@");
	nobody("vsock:2:1234");
	memset(deep, '/', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	nobody(deep);
}

/* Whose manager is gone, or does not listen, goes on. */
static void test_gone(void)
{
	struct notify n;
	int i;

	if (!CHECK(listen_at(false)))
		return;
	notify_open(&n);
	for (i = 0; i < 10000; i++) { /* more than its queue takes */
		char status[16];

		snprintf(status, sizeof(status), "%d", i);
		notify_status(&n, status);
	}
	leave();
	notify_ready(&n);
	notify_stopping(&n);
	notify_close(&n);
}

UNIT_MAIN("notify", { "told", test_told }, { "watchdog", test_watchdog }, { "nobody", test_nobody },
	  { "gone", test_gone })
