# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# A bundle on the host's network, started by hand.
PACKAGE=crun NEEDS=cmd:crun PROCESSES=send FORKS=1
EXPECT=ipv4

prepare() {
	container_root
	mkdir -p "$LAB_DIR/bundle"
}

traffic() {
	local way

	for way in udp tcp; do
		jq -n --arg root "$CONTAINER_ROOT" --arg lab "$LAB_BIN" --arg way "$way" --arg peer "$PEER4" --arg cgroup "$(cgroup_path "$APP")/box" '{
			ociVersion: "1.0.2", root: { path: $root },
			process: { cwd: "/", args: ["/lab/send", $way, $peer, "9", "--count", "8"], user: { uid: 0, gid: 0 } },
			mounts: [
				{ destination: "/proc", type: "proc", source: "proc" },
				{ destination: "/lab", type: "bind", source: $lab, options: ["bind", "ro"] },
				{ destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"] } ],
			linux: { cgroupsPath: $cgroup, namespaces: [{ type: "pid" }, { type: "mount" }] } }' >"$LAB_DIR/bundle/config.json"
		(unified "$APP" crun --root "$LAB_DIR/crun" --cgroup-manager cgroupfs run --bundle "$LAB_DIR/bundle" box) </dev/null
	done
}
