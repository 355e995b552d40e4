#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nftables 1.0.6 (Debian 12), Linux (seen on 6.18): "socket cgroupv2 level 2 "system.slice/client.service"" in a kill switch
# names a service, one would think. nft looks the path up once, when the rule is loaded, and the kernel keeps the number of
# that directory. When the service is stopped its cgroup goes, and when it starts again it has a new one with another number:
# the rule is still listed, with a number in the place of the path, and is true of nothing. So such rules must be loaded at
# each start of the service, after its cgroup is there.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages nftables=1.0.6-2+deb12u2 python3-minimal=3.11.2-1+b1
lab
cgroup2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
service=finding-$$/client.service
mkdir -p "$cgroup2/$service"
# shellcheck disable=SC2317 # called by the trap
end_with_cgroup() {
	rmdir "$cgroup2/$service" "$cgroup2/finding-$$" 2>/dev/null || true
	finding_end
}
trap end_with_cgroup EXIT
# nft looks below /sys/fs/cgroup, whatever is mounted where.
mkdir -p "$root/sys/fs/cgroup"
mount --bind "$cgroup2" "$root/sys/fs/cgroup"

cat >"$root/tmp/rules" <<END
table inet killswitch {
	chain output {
		type filter hook output priority 0; policy accept;
		socket cgroupv2 level 2 "$service" oifname != { "lo", "tun0" } drop
	}
}
END
cat >"$root/tmp/bound.py" <<'END'
import socket

end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
end.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
try:
    end.sendto(b"x", ("192.0.2.1", 9))
    print("sent")
except PermissionError:
    print("refused")
END

# send: what becomes of a packet past the tunnel from a process in the service's cgroup.
send() {
	(
		echo "$BASHPID" >"$cgroup2/$service/cgroup.procs"
		exec ip netns exec "$client" chroot "$root" python3 /tmp/bound.py
	)
}

echo "Linux $(uname -r)"
expect "without the rule" "$(send)" sent
# Not by "ip netns exec": it mounts a /sys of its own, without cgroups.
nsenter --net="/run/netns/$client" chroot "$root" nft -f /tmp/rules
expect "with it" "$(send)" refused
rmdir "$cgroup2/$service"
mkdir "$cgroup2/$service"
expect "with it, after the service was started again" "$(send)" sent
expect "the rule says" "$(client nft list ruleset | grep -oE 'cgroupv2 level 2 [0-9]+' | sed 's/[0-9]*$/NUMBER/')" "cgroupv2 level 2 NUMBER"
umount "$root/sys/fs/cgroup"
finish
