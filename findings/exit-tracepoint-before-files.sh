#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Linux 6.18: the tracepoint sched_process_exit, which programs use to learn that a process has ended. One would expect that its
# sockets are closed by then. They are not: the tracepoint comes first, then the files are closed, and a socket whose last user
# this was may send by that (a FIN, what it still holds). A socket's end is seen after its process's.
#
# So who forgets a process there does not know any more whose these packets are.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

lab
trace=$dir/trace
mkdir "$trace"
mount -t tracefs tracefs "$trace"
instance=$trace/instances/finding-$$
mkdir "$instance"
echo 'comm == "finding-exit"' >"$instance/events/sched/sched_process_exit/filter"
echo "sport == 7171" >"$instance/events/sock/inet_sock_set_state/filter"
echo 1 >"$instance/events/sched/sched_process_exit/enable"
echo 1 >"$instance/events/sock/inet_sock_set_state/enable"

cat >"$dir/ends.py" <<'END'
import os
import socket

with open("/proc/self/comm", "w") as f:
    f.write("finding-exit")
listens = socket.create_server(("127.0.0.1", 7171))
os._exit(0)
END
in_client python3 "$dir/ends.py"
order=$(sed -nE 's/.*(sched_process_exit):.*/process/p; s/.*inet_sock_set_state:.*newstate=TCP_CLOSE.*/socket/p' "$instance/trace" | tr '\n' ' ')
rmdir "$instance"
umount "$trace"
expect "what ends first" "$order" "process socket "
finish
