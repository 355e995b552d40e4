#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what building and testing need.
#
#   tools/deps.sh USE...          installs what is missing to build, test, lint, bench, distros, kernels, systemd, clients or fleet, for
#                                 some outputs, for what is looked at (screen), or, with NO_INSTALL=1, only tells. Status 1: something to build with stays missing; 2: something else.
#   tools/deps.sh find-bpftool    prints the path of a bpftool that works
#   tools/deps.sh has NEED        whether that is there, by its name in the table below
#
# environment: NO_INSTALL, CC, CLANG, BPFTOOL, ARCH (what is built is for that architecture of Debian's, arm64 say)
set -u
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# What is needed, and the package that has it. The tests ask for the tool or the header, not for the package, since names
# and splits of packages differ by release. "a|b": whichever exists; "-": not packaged there.
#
#  for    need                     Debian, Ubuntu               Fedora                Arch
needs='
   build  cmd:make                 make                         make                  make
   build  cmd:cc                   gcc                          gcc                   gcc
   build  cc:stdio.h               libc6-dev                    glibc-devel           glibc
   build  cc:linux/bpf.h           linux-libc-dev               kernel-headers        linux-api-headers
   build  clang-bpf                clang                        clang                 clang
   build  bpftool                  bpftool|linux-tools-generic  bpftool               bpf
   build  cmd:pkg-config           pkg-config                   pkgconf-pkg-config    pkgconf
   build  pc:libbpf                libbpf-dev                   libbpf-devel          libbpf
   build  pc:libelf                libelf-dev                   elfutils-libelf-devel libelf
   build  pc:zlib                  zlib1g-dev                   zlib-devel            zlib
   build  pc:libmnl                libmnl-dev                   libmnl-devel          libmnl
   build  pc:libcrypto             libssl-dev                   openssl-devel         openssl
   outputs pc:libmicrohttpd        libmicrohttpd-dev            libmicrohttpd-devel   libmicrohttpd
   outputs pc:libcurl              libcurl4-openssl-dev         libcurl-devel         curl
   outputs pc:rdkafka              librdkafka-dev               librdkafka-devel      librdkafka
   outputs pc:ncursesw             libncurses-dev               ncurses-devel         ncurses
   outputs pc:libzstd              libzstd-dev                  libzstd-devel         zstd
   outputs pc:liblzma              liblzma-dev                  xz-devel              xz
   outputs pc:liblz4               liblz4-dev                   lz4-devel             lz4
   test   lib:libasan.so           gcc                          libasan               gcc-libs
   test   lib:libubsan.so          gcc                          libubsan              gcc-libs
   test   clang-fuzzer             libclang-rt-dev|libclang-rt-14-dev compiler-rt     compiler-rt
   test   cmd:ip                   iproute2                     iproute               iproute2
   test   cmd:tc                   iproute2                     iproute-tc            iproute2
   test   cmd:ping                 iputils-ping                 iputils               iputils
   test   cmd:ethtool              ethtool                      ethtool               ethtool
   test   cmd:nsenter              util-linux                   util-linux-core       util-linux
   test   cmd:nft                  nftables                     nftables              nftables
   test   cmd:tcpdump              tcpdump                      tcpdump               tcpdump
   test   cmd:jq                   jq                           jq                    jq
   test   cmd:python3              python3                      python3               python
   test   cmd:openssl              openssl                      openssl               openssl
   test   cmd:openvpn              openvpn                      openvpn               openvpn
   test   cmd:wireguard-go         wireguard-go                 wireguard-go          wireguard-go
   test   cmd:wg                   wireguard-tools              wireguard-tools       wireguard-tools
   test   cmd:nebula               nebula                       nebula                nebula
   test   cmd:tincd                tinc                         tinc                  tinc
   test   cmd:dnsmasq              dnsmasq-base                 dnsmasq               dnsmasq
   test   cmd:busybox              busybox                      busybox               busybox
   test   cmd:dig                  bind9-dnsutils               bind-utils            bind
   test   cmd:turnserver           coturn                       coturn                coturn
   test   cmd:opentracker          opentracker                  opentracker           -
   test   cmd:transmission-daemon  transmission-daemon          transmission-daemon   transmission-cli
   test   cmd:transmission-create  transmission-cli             transmission-cli      transmission-cli
   test   cmd:aria2c               aria2                        aria2                 aria2
   test   cmd:sipp                 sip-tester                   sipp                  -
   test   file:/usr/lib/python3/dist-packages/aioice python3-aioice - -
   test   file:/usr/lib/python3/dist-packages/jsonschema python3-jsonschema - -
   test   cmd:rsyslogd             rsyslog                      rsyslog               -
   test   rsyslog:mmjsonparse.so   rsyslog                      rsyslog-mmjsonparse   -
   test   cmd:zsh                  zsh                          zsh                   zsh
   test   cmd:fish                 fish                         fish                  fish
   test   cmd:curl                 curl                         curl                  curl
   test   cmd:promtool             prometheus                   -                     prometheus
   test   file:/usr/lib/python3/dist-packages/prometheus_client python3-prometheus-client - -
   test   cmd:slirp4netns          slirp4netns                  slirp4netns           slirp4netns
   test   cmd:pasta                passt                        passt                 passt
   test   cmd:podman               podman                       podman                podman
   test   cmd:crun                 crun                         crun                  crun
   test   file:/usr/lib/podman/netavark netavark                -                     -
   test   cmd:iptables             iptables                     iptables-nft          iptables
   test   cmd:lxc-start            lxc                          lxc                   lxc
   screen cmd:chromium             chromium                     chromium              chromium
   screen cmd:tmux                 tmux                         tmux                  tmux
   bench  cmd:python3              python3                      python3               python
   bench  cmd:nft                  nftables                     nftables              nftables
   bench  cmd:tshark               tshark                       wireshark-cli         wireshark-cli
   bench  cmd:ndpiReader           libndpi-bin                  -                     ndpi
   systemd cmd:debootstrap         debootstrap                  debootstrap           debootstrap
   clients cmd:qbittorrent-nox     qbittorrent-nox              qbittorrent-nox       qbittorrent-nox
   clients cmd:rtorrent            rtorrent                     rtorrent              rtorrent
   clients cmd:ctorrent            ctorrent                     ctorrent              ctorrent
   clients cmd:curl                curl                         curl                  curl
   clients cmd:wget                wget                         wget                  wget
   clients cmd:git                 git                          git-daemon            git
   clients cmd:ssh                 openssh-client               openssh-clients       openssh
   clients file:/usr/sbin/sshd     openssh-server               openssh-server        openssh
   clients cmd:rsync               rsync                        rsync                 rsync
   clients cmd:lftp                lftp                         lftp                  lftp
   clients file:/usr/lib/python3/dist-packages/pyftpdlib python3-pyftpdlib - -
   clients cmd:swaks               swaks                        swaks                 swaks
   clients cmd:mosquitto_pub       mosquitto-clients            mosquitto             mosquitto
   clients cmd:mosquitto           mosquitto                    mosquitto             mosquitto
   clients cmd:unbound             unbound                      unbound               unbound
   clients cmd:stubby              stubby                       stubby                stubby
   clients cmd:named               bind9                        bind                  bind
   clients cmd:kdig                knot-dnsutils                knot-utils            knot
   clients cmd:tor                 tor                          tor                   tor
   clients cmd:openconnect         openconnect                  openconnect           openconnect
   clients cmd:ocserv              ocserv                       ocserv                ocserv
   clients cmd:chronyd             chrony                       chrony                chrony
   clients cmd:upnpc               miniupnpc                    miniupnpc             miniupnpc
   clients cmd:nmap                nmap                         nmap                  nmap
   clients cmd:hping3              hping3                       hping3                hping
   clients cmd:socat               socat                        socat                 socat
   clients cmd:iperf3              iperf3                       iperf3                iperf3
   fleet  cmd:clickhouse-server    clickhouse-server            -                     clickhouse
   fleet  cmd:curl                 curl                         curl                  curl
   fleet  cmd:npm                  npm                          npm                   npm
   lint   cmd:shellcheck           shellcheck                   ShellCheck            shellcheck
   lint   cmd:mandoc               mandoc                       mandoc                mandoc
   lint   cmd:groff                groff-base                   groff-base            groff
   lint   cmd:clang-format         clang-format-14|clang-format clang-tools-extra    clang
   distros cmd:debootstrap         debootstrap                  debootstrap           debootstrap
   distros file:/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring debian-keyring debian-archive-keyring
   distros cmd:apt-get             apt                          apt                   -
   distros cmd:setpriv             util-linux                   util-linux-core       util-linux
   distros cmd:git                 git                          git-core              git
   distros cmd:readelf             binutils                     binutils              binutils
   kernels file:/usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring debian-keyring debian-archive-keyring
   kernels cmd:apt-get             apt                          apt                   -
   kernels cmd:dpkg-deb            dpkg                         dpkg                  dpkg
   kernels cmd:qemu-system-x86_64  qemu-system-x86              qemu-system-x86-core  qemu-system-x86
   kernels cmd:qemu-system-aarch64 qemu-system-arm              qemu-system-aarch64-core qemu-system-aarch64
   kernels cmd:busybox             busybox-static               busybox               busybox
   kernels cmd:depmod              kmod                         kmod                  kmod
   kernels cmd:cpio                cpio                         cpio                  cpio
   kernels cmd:xz                  xz-utils                     xz                    xz
   kernels cmd:readelf             binutils                     binutils              binutils
   kernels cmd:ip                  iproute2                     iproute               iproute2
   kernels cmd:tc                  iproute2                     iproute-tc            iproute2
   kernels cmd:wg                  wireguard-tools              wireguard-tools       wireguard-tools
   kernels cmd:jq                  jq                           jq                    jq
'

# Found by running them: Ubuntu's /usr/sbin/bpftool is a wrapper that fails when it has none for the running kernel. The
# skeleton needs "gen object", which came with 5.13.
find_bpftool() {
	local tool

	for tool in ${BPFTOOL:-} bpftool /usr/lib/linux-tools/*/bpftool /usr/lib/linux-tools-*/bpftool; do
		if [[ $("$tool" gen help 2>&1) == *"gen object"* ]]; then
			command -v "$tool"
			return
		fi
	done
	return 1
}

# Its runtime is in a package of its own.
links_fuzzer() {
	local program status

	program=$(mktemp)
	"${CLANG:-clang}" -fsanitize=fuzzer,address,undefined -o "$program" -x c - 2>/dev/null \
		<<<'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n < 0; }'
	status=$?
	rm -f "$program"
	return $status
}

has() {
	local what=${1#*:}

	case $1 in
	cmd:cc) command -v "${CC:-cc}" >/dev/null ;;
	cmd:*) command -v "$what" >/dev/null ;;
	file:*) [[ -e $what ]] ;;
	cc:*) "${CC:-cc}" -E -o /dev/null -x c - <<<"#include <$what>" 2>/dev/null ;;
	pc:*) "${PKG_CONFIG:-pkg-config}" --exists "$what" 2>/dev/null ;;
	# Prints the name itself where there is none.
	lib:*) [[ $("${CC:-cc}" -print-file-name="$what" 2>/dev/null) == /* ]] ;;
	rsyslog:*) compgen -G "/usr/lib*/rsyslog/$what" >/dev/null || compgen -G "/usr/lib/*/rsyslog/$what" >/dev/null ;;
	clang-bpf) "${CLANG:-clang}" -target bpf -c -o /dev/null -x c - <<<'int x;' 2>/dev/null ;;
	clang-fuzzer) links_fuzzer ;;
	bpftool) find_bpftool >/dev/null ;;
	*) return 1 ;;
	esac
}

# What a Makefile with ARCH asks: that machine's compiler and libraries.
cross() {
	case $ARCH in
	arm64) TRIPLET=aarch64-linux-gnu ;;
	amd64) TRIPLET=x86_64-linux-gnu ;;
	*) TRIPLET=$ARCH-linux-gnu ;;
	esac
	CC=${CC:-$TRIPLET-gcc}
	export PKG_CONFIG_LIBDIR=/usr/lib/$TRIPLET/pkgconfig:/usr/share/pkgconfig
}

# foreign NEED PACKAGE: the package of what is built for another architecture; what runs here stays as it is.
foreign() {
	case $1 in
	cmd:cc) echo "gcc-${TRIPLET/_/-}" ;;
	cc:*) echo "libc6-dev:$ARCH" ;;
	pc:*) echo "$2:$ARCH" ;;
	*) echo "$2" ;;
	esac
}

# missing USE...: sets MISSING to "USE NEED PACKAGE" lines, PACKAGES to their packages.
missing() {
	local use need debian fedora arch package

	MISSING='' PACKAGES=()
	while read -r use need debian fedora arch; do
		if [[ " $* " != *" $use "* ]] || has "$need"; then
			continue
		fi
		case $MANAGER in
		apt-get) package=$([[ ${ARCH:-} ]] && foreign "$need" "$debian" || echo "$debian") ;;
		dnf) package=$fedora ;;
		pacman) package=$arch ;;
		*) package=- ;;
		esac
		MISSING+="$use ${need#*:} $package"$'\n'
		[[ $package == - || " ${PACKAGES[*]} " == *" $package "* ]] || PACKAGES+=("$package")
	done < <(grep . <<<"$needs")
}

install_packages() {
	case $MANAGER in
	apt-get) DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ;;
	dnf) dnf install -y -q "$@" ;;
	pacman) pacman -S --needed --noconfirm "$@" ;;
	esac
}

# At once, which is quick; or one by one, so that one unknown name does not cost all others.
install_each() {
	local package name

	install_packages "${@%%|*}" 2>/dev/null && return
	for package; do
		for name in ${package//|/ }; do
			install_packages "$name" && break
		done
	done
}

enabled_units() {
	find /etc/systemd/system -path '*.wants/*' -printf '%f\n' 2>/dev/null | sort -u
}

# Debian starts and enables the services of the packages that it installs. These are wanted for their programs only.
install_without_services() {
	local before unit policy=/usr/sbin/policy-rc.d guard=0

	before=$(enabled_units)
	if [[ ! -e $policy ]]; then
		guard=1
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod 755 $policy
	fi
	[[ ! ${ARCH:-} ]] || dpkg --add-architecture "$ARCH"
	apt-get update -qq
	install_each "$@"
	((!guard)) || rm -f $policy
	comm -13 <(echo "$before") <(enabled_units) | while read -r unit; do
		systemctl disable "$unit" || update-rc.d "${unit%.*}" disable
	done >/dev/null 2>&1
}

tell() {
	echo "leakaudit needs what is missing here:"
	while read -r use need package; do
		[[ $package != - ]] || package="(no package known)"
		printf '  to %-6s %-22s %s\n' "$use" "$need" "$package"
	done < <(grep . <<<"$MISSING")
} >&2

status() {
	case $'\n'$MISSING in
	$'\n') exit 0 ;;
	*$'\n'build*) exit 1 ;;
	*) exit 2 ;;
	esac
}

main() {
	local tool

	[[ ! ${ARCH:-} ]] || cross
	case ${1:-} in
	find-bpftool)
		find_bpftool
		exit
		;;
	has)
		has "${2:-}"
		exit
		;;
	build | outputs | test | lint | bench | distros | kernels | systemd | clients | fleet | screen) ;;
	*)
		sed -n '/^#   /,/^[^#]/s/^#   //p' "$0" >&2
		exit 2
		;;
	esac
	MANAGER=none
	for tool in apt-get dnf pacman; do
		if command -v $tool >/dev/null; then
			MANAGER=$tool
			break
		fi
	done
	missing "$@"
	[[ $MISSING ]] || exit 0
	if [[ ${NO_INSTALL:-} || $MANAGER == none || ${#PACKAGES[@]} == 0 ]]; then
		tell
		status
	fi
	if ((EUID)); then
		tell
		echo "Install it with: sudo tools/deps.sh $*" >&2
		status
	fi
	echo "Installing with $MANAGER: ${PACKAGES[*]%%|*}"
	case $MANAGER in
	apt-get) install_without_services "${PACKAGES[@]}" ;;
	pacman) pacman -Sy --noconfirm >/dev/null && install_each "${PACKAGES[@]}" ;;
	*) install_each "${PACKAGES[@]}" ;;
	esac
	missing "$@"
	[[ ! $MISSING ]] || tell
	status
}

main "$@"
