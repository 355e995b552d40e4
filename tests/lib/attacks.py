# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process does to send past a scope. Each way has a port of its own.

usage: attacks.py NAME PEER ARG...   as root; it becomes an unprivileged user before it begins"""

import array, ctypes, os, socket, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
peer = sys.argv[2]


def try_to_send(port, s=None):
    """Says nothing of whether it may: the wire does."""
    s = s or socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        s.sendto(b"x", (peer, port))
    except OSError:
        pass


def in_child(run, *args):
    pid = os.fork()
    if not pid:
        try:
            run(*args)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def join(cgroup, file="cgroup.procs"):
    with open(f"{cgroup}/{file}", "w") as f:
        f.write("0")


def clone_into(cgroup, run, *args):
    """CLONE_INTO_CGROUP: a child that is born elsewhere."""
    fd = os.open(cgroup, os.O_RDONLY | os.O_DIRECTORY)
    words = (ctypes.c_uint64 * 11)(1 << 33, 0, 0, 0, 17, 0, 0, 0, 0, 0, fd)
    pid = libc.syscall(435, ctypes.byref(words), ctypes.sizeof(words))
    if not pid:
        try:
            run(*args)
        finally:
            os._exit(0)
    if pid > 0:
        os.waitpid(pid, 0)


def stream(port):
    s = socket.socket()
    s.settimeout(0.2)
    try:
        s.connect((peer, port))
    except OSError:
        pass


def leave(out):
    brought = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    clone_into(out, try_to_send, 5001)
    join(out)
    try_to_send(5002, brought)
    try_to_send(5003)
    in_child(try_to_send, 5004)
    in_child(in_child, try_to_send, 5005)
    stream(5006)
    thread = threading.Thread(target=try_to_send, args=(5007,))
    thread.start()
    thread.join()


def leave_by_thread(out):
    def go():
        join(out, "cgroup.threads")
        try_to_send(5011)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()


os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
globals()[sys.argv[1]](*sys.argv[3:])
print("done", flush=True)
