# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what one file sets, others and the tests read
# Docker on the client host: the real daemon, with its bridge, its nat and its resolver for containers.

# docker_tools TOOL...: of the package and what it needs.
docker_tools() {
	local tool root=$UNPACKED/docker.io

	unpacked_program docker.io / >/dev/null || skip "docker.io cannot be unpacked"
	PATH=$root/usr/sbin:$root/usr/bin:$root/sbin:$PATH
	for tool in "$@" runc busybox; do
		command -v "$tool" >/dev/null || skip "there is no $tool"
	done
	container_root
}

# leakaudit_beside PID: leakaudit sees the same files as that process.
leakaudit_beside() {
	printf '#!/bin/sh\nexec nsenter --mount=/proc/%s/ns/mnt -- %s "$@"\n' "$1" "$LEAKAUDIT" >"$LAB_DIR/leakaudit"
	chmod +x "$LAB_DIR/leakaudit"
	LEAKAUDIT=$LAB_DIR/leakaudit
}

# docker_up: it is not installed, since its service would change this machine's networks. It has /run for itself, its data are not
# where they are by default, and leakaudit sees the same files.
docker_up() {
	docker_tools dockerd docker containerd iptables
	: >"$LAB_DIR/dockerd.log"
	# shellcheck disable=SC2016 # expanded by the inner shell
	(unified "$LAB_CGROUP/world" sh -c 'mount -t tmpfs none /run && exec dockerd "$@"' sh \
		--data-root "$LAB_DIR/docker" --storage-driver vfs \
		--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "$(cgroup_path "$LAB_CGROUP")/pods" \
		--log-level error) </dev/null >"$LAB_DIR/dockerd.log" 2>&1 &
	DOCKERD_PID=$!
	until_ok "dockerd" docker_answers
	tar -C "$CONTAINER_ROOT" -c . | docker import - box >/dev/null
	leakaudit_beside "$DOCKERD_PID"
}

docker_answers() {
	alive "$DOCKERD_PID" || skip "dockerd cannot run here: $(tail -n 1 "$LAB_DIR/dockerd.log")"
	docker version >/dev/null 2>&1
}

docker() {
	command docker --host "unix:///proc/$DOCKERD_PID/root/run/docker.sock" "$@"
}

# docker_run ARG... box CMD...: a container with the lab's programs.
docker_run() {
	docker run --volume "$LAB_BIN:/lab:ro" --volume /usr:/usr:ro "$@"
}

# docker_box NAME ARG...: one that sleeps; its id to CONTAINER_ID.
docker_box() {
	CONTAINER_ID=$(docker_run --detach --name "$@" box /bin/busybox sleep 1000)
}

docker_send() {
	docker exec "$1" /lab/send "${@:2}"
}

# containerd_up: alone, as ctr(8) uses it.
containerd_up() {
	docker_tools containerd ctr
	printf '%s\n' 'version = 2' "root = \"$LAB_DIR/containerd\"" 'disabled_plugins = ["io.containerd.grpc.v1.cri"]' \
		>"$LAB_DIR/containerd.toml"
	# shellcheck disable=SC2016 # expanded by the inner shell
	(unified "$LAB_CGROUP/world" sh -c 'mount -t tmpfs none /run && exec containerd --config "$1"' sh \
		"$LAB_DIR/containerd.toml") </dev/null >"$LAB_DIR/containerd.log" 2>&1 &
	CONTAINERD_PID=$!
	until_ok "containerd" containerd_answers
	leakaudit_beside "$CONTAINERD_PID"
}

containerd_answers() {
	alive "$CONTAINERD_PID" || skip "containerd cannot run here: $(tail -n 1 "$LAB_DIR/containerd.log")"
	containerd_ctr version >/dev/null 2>&1
}

containerd_ctr() {
	nsenter --mount="/proc/$CONTAINERD_PID/ns/mnt" --net="/proc/$CONTAINERD_PID/ns/net" -- ctr "$@"
}

# containerd_box ID: a container on the host's network that sleeps.
containerd_box() {
	containerd_ctr run --detach --net-host --cpu-shares 0 --cgroup "$(cgroup_path "$LAB_CGROUP")/pods/$1" \
		--mount "type=bind,src=$LAB_BIN,dst=/lab,options=rbind:ro" --mount type=bind,src=/usr,dst=/usr,options=rbind:ro \
		--rootfs "$CONTAINER_ROOT" "$1" /bin/busybox sleep 1000
}

# containerd_send ID ARG...: does not wait: ctr does, now and then, for what has ended.
containerd_send() {
	containerd_ctr task exec --detach --exec-id "send$RANDOM" "$1" /lab/send "${@:2}"
}
