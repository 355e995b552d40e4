# SPDX-License-Identifier: GPL-2.0-or-later
"""A BPF program of somebody else that lets all, none or a part of the packets pass.

    refuse.py cgroup DIRECTORY ONE_IN     attached to the cgroup's egress, with which it goes
    refuse.py tc PIN ONE_IN               only loaded and pinned, for tc(8)
    refuse.py tc-last PIN ONE_IN          the same, but what passes asks no program behind this one
    refuse.py tcx PIN IFINDEX [NAME]      all pass, at the interface's egress before whoever is there, as long as the pin is;
                                          the program's name is NAME, and so is that of the map that it has
    refuse.py tcx-copy PIN IFINDEX TO    the same, and sends a copy by the interface TO
    refuse.py tcx-away PIN IFINDEX TO    the same, and sends the packet itself there
    refuse.py tcx-unmark PIN IFINDEX     at what comes in: takes off what others have written into tc_index
    refuse.py xdp PIN IFINDEX             the same for ip(8): all is sent on by that interface
    refuse.py xdp PIN 0                   all is sent back

ONE_IN: of so many packets one is refused, at random; 1 refuses all.
"""
import ctypes
import os
import platform
import struct
import sys

SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
MAP_CREATE, PROG_LOAD, OBJ_PIN, PROG_ATTACH, LINK_CREATE = 0, 5, 6, 8, 28
PROG_ARRAY, PSEUDO_MAP_FD = 3, 1
SCHED_CLS, XDP, CGROUP_SKB, CGROUP_INET_EGRESS, ALLOW_MULTI = 3, 6, 8, 1, 2
TCX_INGRESS, TCX_EGRESS, BEFORE, XDP_TX = 46, 47, 8, 3
TC_ACT_UNSPEC, TC_ACT_OK, TC_ACT_SHOT = -1, 0, 2
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(144, b"\0"), 144)
    result = libc.syscall(SYS_BPF, command, buffer, 144)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def instruction(code, registers=0, offset=0, value=0):
    return struct.pack("<BBhi", code, registers, offset, value)


def program(refused, passed, one_in):
    return b"".join((
        instruction(0x85, value=7),  # r0 = bpf_get_prandom_u32()
        instruction(0x94, value=one_in),  # w0 %= one_in
        instruction(0x55, offset=2),  # if r0 != 0 goto +2
        instruction(0xB7, value=refused),
        instruction(0x95),
        instruction(0xB7, value=passed),
        instruction(0x95)))


def always(result):
    return instruction(0xB7, value=result) + instruction(0x95)


def with_map(name):
    fd = bpf(MAP_CREATE, struct.pack("<IIIIIII16s", PROG_ARRAY, 4, 4, 1, 0, 0, 0, name.encode()))
    return instruction(0x18, registers=PSEUDO_MAP_FD << 4 | 1, value=fd) + instruction(0) + always(TC_ACT_OK)


def copy(ifindex):
    return b"".join((
        instruction(0xB7, registers=2, value=ifindex),
        instruction(0xB7, registers=3),
        instruction(0x85, value=13),  # bpf_clone_redirect(skb, ifindex, 0)
        always(TC_ACT_UNSPEC)))


def unmark():
    return instruction(0xB7) + instruction(0x63, registers=0x01, offset=44) + always(TC_ACT_UNSPEC)


def redirect(ifindex):
    return b"".join((
        instruction(0xB7, registers=1, value=ifindex),
        instruction(0xB7, registers=2),
        instruction(0x85, value=23),  # bpf_redirect(ifindex, 0)
        instruction(0x95)))


def pin(fd, where):
    path = ctypes.create_string_buffer(where.encode())
    bpf(OBJ_PIN, struct.pack("<QII", ctypes.addressof(path), fd, 0))


def load(kind, attach_type, code, name="refuse"):
    code, licence = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"GPL")
    return bpf(PROG_LOAD, struct.pack("<IIQQIIQII16sII", kind, len(code) // 8, ctypes.addressof(code),
                                      ctypes.addressof(licence), 0, 0, 0, 0, 0, name.encode(), 0, attach_type))


def main():
    hook, where, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
    if hook == "xdp":
        pin(load(XDP, 0, redirect(number) if number else always(XDP_TX)), where)
        return
    if hook == "tcx":
        code = with_map(sys.argv[4]) if len(sys.argv) > 4 else always(TC_ACT_OK)
        fd = load(SCHED_CLS, TCX_EGRESS, code, *sys.argv[4:])
        pin(bpf(LINK_CREATE, struct.pack("<IIII", fd, number, TCX_EGRESS, BEFORE)), where)
        return
    if hook in ("tcx-copy", "tcx-away", "tcx-unmark"):
        at = TCX_INGRESS if hook == "tcx-unmark" else TCX_EGRESS
        sends = redirect if hook == "tcx-away" else copy
        fd = load(SCHED_CLS, at, unmark() if hook == "tcx-unmark" else sends(int(sys.argv[4])))
        pin(bpf(LINK_CREATE, struct.pack("<IIII", fd, number, at, 0)), where)
        return
    if hook != "cgroup":
        passed = TC_ACT_OK if hook == "tc-last" else TC_ACT_UNSPEC
        pin(load(SCHED_CLS, 0, program(TC_ACT_SHOT, passed, number)), where)
        return
    cgroup = os.open(where, os.O_RDONLY)
    fd = load(CGROUP_SKB, CGROUP_INET_EGRESS, program(0, 1, number))
    bpf(PROG_ATTACH, struct.pack("<IIII", cgroup, fd, CGROUP_INET_EGRESS, ALLOW_MULTI))


main()
