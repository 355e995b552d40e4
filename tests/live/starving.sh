# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what the lab reads
# A process of the scope that makes more work for leakaudit than there is time for.

# In a namespace that is its own.
MAKES_INTERFACES='
import ctypes, os, socket, subprocess, sys, time
uid, gid = os.getuid(), os.getgid()
ctypes.CDLL(None).unshare(0x10000000 | 0x40000000)
for name, line in ("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1"):
    open(f"/proc/self/{name}", "w").write(line)
s = socket.socket()
subprocess.run(["ip", "-batch", "-"], text=True, check=True,
               input="".join(f"link add d{i} type veth peer name e{i}\n" for i in range(int(sys.argv[1]))))
print("done", flush=True)
time.sleep(300)'

# seconds_to_hear_of_the_fall: of the tunnel, from when it falls.
seconds_to_hear_of_the_fall() {
	local start falls

	falls=$(falls)
	start=$EPOCHREALTIME
	tunnel_fall
	until_ok "word of the tunnel's fall" more_falls "$falls"
	awk "BEGIN { print $EPOCHREALTIME - $start }"
}

falls() {
	event_lines | jq -s 'map(select(.event.action == "tunnel-down")) | length'
}

more_falls() {
	(($(falls) > $1))
}

# Home comes first: its tunnel's fall is told as soon as without them, and one that comes up is let pass. The rest is told.
test_interfaces_without_number() {
	local before after

	lab_up tunnel
	start_leakaudit --cgroup "$SCOPE" --drop --tunnel tun0 --transport-cgroup "$(cgroup_path "$SCOPE/openvpn")"
	before=$(seconds_to_hear_of_the_fall)
	tunnel_up
	spawn_client maker setpriv --reuid 65534 --regid 65534 --clear-groups /usr/bin/python3 -c "$MAKES_INTERFACES" 300
	until_ok "the interfaces" grep -q '^done' "$LAB_DIR/maker.log"
	after=$(seconds_to_hear_of_the_fall)
	awk "BEGIN { exit !($after < 5 * $before + 0.5) }" || fail "told after $after s, and before in $before s"
	tunnel_up
	until_ok "the new tunnel to be let pass" in_client ping -c 1 -W 1 "$PEER4" >/dev/null
	stop_leakaudit
	assert_equal "exit status" 5 "$LEAKAUDIT_STATUS"
	[[ $(summary .incomplete) == *"has more interfaces than are followed" ]] || fail "incomplete: $(summary .incomplete)"
}
