# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Packets longer than 64 KiB (BIG TCP), which have no length in their IP header: the wire carries their segments.

# big_up: a card for which the kernel makes such packets, and cuts them at the last moment.
big_up() {
	in_netns client python3 "$LAB_LIB/gso_max_size.py" eth0 200000 2>"$LAB_DIR/big.log" || skip "no BIG TCP: $(tail -n 1 "$LAB_DIR/big.log")"
	in_netns client ethtool -K eth0 gso on >/dev/null
}

# bulk ADDRESS: 2 MB, all of which the far side has taken. The connection stays open.
bulk() {
	spawn_client bulk python3 -uc '
import fcntl, socket, struct, sys, time
s = socket.create_connection((sys.argv[1], 9))
for part in range(8):
    s.sendall(bytes(1 << 18))
while struct.unpack("i", fcntl.ioctl(s, 0x5411, bytes(4)))[0]: # SIOCOUTQ
    time.sleep(0.01)
print("taken")
time.sleep(300)' "$1"
	until_ok "the far side to have all" grep -q taken "$LAB_DIR/bulk.log"
}

# assert_big ADDRESS: to the byte what the wire carried, in fewer packets than 64 KiB long ones would be.
assert_big() {
	watch_client
	bulk "$1"
	watch_end
	assert_all_exact
	assert_equal "unexplained" "0 0" "$(summary '.summary.interfaces[].unexplained | "\(.packets) \(.bytes)"')"
}

test_big_tcp() {
	lab_up
	big_up
	assert_big "$PEER4"
}

test_big_tcp_of_ipv6() {
	lab_up ipv6
	big_up
	assert_big "$PEER6"
}
