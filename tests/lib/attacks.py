# SPDX-License-Identifier: GPL-2.0-or-later
"""What a process does to send past a scope. Each way has a port of its own.

usage: attacks.py NAME PEER ARG...   as root; it becomes an unprivileged user before it sends"""

import array, ctypes, os, signal, socket, struct, sys, threading, time

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


def become_nobody():
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)


def udp_header(port):
    return bytes([16, 0]) + port.to_bytes(2, "big") + bytes([0, 9, 0, 0]) + b"x"


def packet(port, source, to):
    ip = bytes([0x45, 0, 0, 29, 0, 1, 0, 0, 64, 17, 0, 0]) + socket.inet_aton(source) + socket.inet_aton(to)
    words = sum(int.from_bytes(ip[i : i + 2], "big") for i in range(0, 20, 2))
    words = (words & 0xFFFF) + (words >> 16)
    ip = ip[:10] + (~words & 0xFFFF).to_bytes(2, "big") + ip[12:]
    return ip + udp_header(port)


def packet6(port, source, to):
    ends = [socket.inet_pton(socket.AF_INET6, address) for address in (source, to)]
    return bytes([0x60, 0, 0, 0, 0, 9, 17, 64]) + b"".join(ends) + udp_header(port)


def frame(port, mac, source):
    return bytes.fromhex(mac.replace(":", "")) + bytes(6) + b"\x08\x00" + packet(port, source, peer)


def made_outside(source_port):
    """Sockets of root, made in no scope."""
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connected = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    connected.connect((peer, 5022))
    tcp = socket.socket()
    tcp.bind(("", source_port))
    tcp.connect((peer, 9))
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packets.bind(("eth0", 0x0800))
    return [plain, connected, tcp, raw, packets]


def sends(mac, source):
    """What is done with each of them."""
    return [
        lambda s: s.sendto(b"x", (peer, 5021)),
        lambda s: s.send(b"x"),
        lambda s: s.send(b"x"),
        lambda s: s.sendto(udp_header(5024), (peer, 0)),
        lambda s: s.send(frame(5025, mac, source)),
    ]


def use(made):
    """Each socket once, and closed at once."""
    for s, send in made:
        try:
            send(s)
        except OSError:
            pass
        s.close()


def pass_to(scope, made, run, keep=False):
    """A process of the scope gets these sockets. keep: they stay open here."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    pid = os.fork()
    if pid:
        numbers = array.array("i", [s.fileno() for s in made])
        theirs.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)])
        for s in made if not keep else []:
            s.close()
        os.waitpid(pid, 0)
        return
    for s in made:
        s.close()
    join(scope)
    become_nobody()
    numbers = array.array("i", ours.recvmsg(1, socket.CMSG_SPACE(64))[1][0][2])
    run([socket.socket(fileno=n) for n in numbers])
    os._exit(0)


def stream_from(source_port):
    s = socket.socket()
    s.bind(("", source_port))
    s.connect((peer, 9))
    return s


def hand(scope, mac, source):
    def run(got):
        use(zip(got, sends(mac, source)))
        got[-2].send(b"x", socket.MSG_MORE)
        without_memory_for_keys(got[-1]).send(b"x")
        os._exit(0)  # which closes them, and so sends that

    pass_to(scope, [*made_outside(5023), stream_from(5028), stream_from(5030)], run)


def keep(scope):
    """What a process of the scope has sent by it is sent again. Who moves there has all open files scanned."""
    s = stream_from(5029)
    pass_to(scope, [s], lambda got: use([(got[0], lambda s: s.send(b"x"))]), keep=True)
    for _ in range(8):
        in_child(join, scope)
        time.sleep(0.1)
    s.send(b"y")


def try_to_put(s):
    try:
        s.send(b"y" * 4000000)
    except BlockingIOError:
        pass


def full_stream(source_port, port, protocol=0):
    """Nothing fits into its window any more."""
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, protocol)
    s.bind(("", source_port))
    s.connect((peer, port))
    s.setblocking(False)
    try:
        while True:
            s.send(bytes(65536))
    except BlockingIOError:
        return s


def put(scope, port):
    """What a process of the scope puts into them is sent when its call is over: corked, or behind what waits for room."""
    corked, full = stream_from(5035), full_stream(5036, int(port))

    def run(got):
        got[0].send(b"x", socket.MSG_MORE)
        got[1].setblocking(True)
        got[1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 1, 0))
        print("puts", flush=True)
        try_to_put(got[1])

    pass_to(scope, [corked, full], run, keep=True)


MPTCP, FASTOPEN_NO_COOKIE = 262, 34


def begin(scope, port, nowhere):
    """No hook of data sees what goes with a connection's first packet, by MPTCP, and where no memory is left to note it."""
    made = [socket.socket(), full_stream(5038, int(port), MPTCP), without_memory_for_keys(stream_from(5039))]
    made[0].bind(("", 5037))

    def run(got):
        got[0].setsockopt(socket.IPPROTO_TCP, FASTOPEN_NO_COOKIE, 1)
        got[0].setblocking(False)
        try:
            got[0].sendto(b"x", socket.MSG_FASTOPEN, (nowhere, 9))
        except BlockingIOError:
            pass
        got[1].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        try_to_put(got[1])
        got[1].shutdown(socket.SHUT_WR)
        got[2].send(b"x", socket.MSG_MORE)

    pass_to(scope, made, run, keep=True)
    print("begun", flush=True)
    signal.pause()


def lend(scope, port):
    datagrams = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
    pass_to(scope, datagrams, lambda got: use([(got[0], lambda s: s.sendto(b"x", (peer, int(port))))]))


def lend_raw(scope, to, to6, peer6):
    """What waits there has the far end as its source: when its neighbour fails, the kernel tells that."""
    made = [socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) for family in (socket.AF_INET, socket.AF_INET6)]
    ways = [
        lambda s: s.sendto(packet(5033, peer, to), (to, 0)),
        lambda s: s.sendto(packet6(5034, peer6, to6), (to6, 0)),
    ]
    pass_to(scope, made, lambda got: use(zip(got, ways)))


def without_memory():
    """A socket that has used up what the kernel allows it for options."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    group = 0
    try:
        while True:
            group += 1
            address = socket.inet_pton(socket.AF_INET6, f"ff02::{group >> 16:x}:{group & 0xFFFF:x}")
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, address + (1).to_bytes(4, "little"))
    except OSError:
        return s


def without_memory_for_keys(stream):
    """The same of a stream, by keys of other peers (RFC 2385)."""
    try:
        for n in range(1 << 16):
            other = struct.pack("=HH4s120x", socket.AF_INET, 0, bytes([10, 9, n >> 8, n & 0xFF]))
            stream.setsockopt(socket.IPPROTO_TCP, 14, other + struct.pack("=BBHi80s", 0, 0, 1, 0, b"k"))  # TCP_MD5SIG
    except OSError:
        return stream


def bring(scope, mac, source):
    made = list(zip(made_outside(5026), sends(mac, source)))
    made.append((without_memory(), lambda s: s.sendto(b"x", (f"::ffff:{peer}", 5027))))
    join(scope)
    become_nobody()
    use(made)


if sys.argv[1] not in ("hand", "keep", "lend", "lend_raw", "bring", "put", "begin"):
    become_nobody()
globals()[sys.argv[1]](*sys.argv[3:])
print("done", flush=True)
