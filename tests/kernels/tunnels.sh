# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash disable=SC2154,SC2034 # what the guest sets and reads
# Tunnels that the kernel itself carries.

all_but_clear() {
	# shellcheck disable=SC2086
	set -- $before $after
	same "$(($3 - $1 - 1)) $(($4 - $2 - 33))" "$(summary '.summary.exempt.transport | "\(.packets) \(.bytes)"')"
}

# check_server NAME INTERFACE: the leak test knows the tunnel's far end by the kernel's word, and lets a route to it be.
check_server() {
	in_ns "$CLIENT" sh -c "$IP route add default dev $2; $IP route add $ISP4 dev eth0"
	(into world "/run/netns/$CLIENT" leakaudit test --only=route -o json) >"$D/probes" 2>"$D/log"
	in_ns "$CLIENT" sh -c "$IP route del $ISP4 dev eth0; $IP route del default dev $2"
	check "$1" same exempt "$(jq -r "select(.leakaudit.route.prefix == \"$ISP4/32\") | .leakaudit.probe.verdict" "$D/probes")"
}

# A real tunnel of the kernel's: what goes inside is no leak, what goes outside is its transport.
test_wireguard() {
	if ! in_ns "$CLIENT" "$IP" link add wg0 type wireguard 2>/dev/null; then
		echo "skip $test (no wireguard here)"
		return
	fi
	wg genkey >"$D/key.c"
	wg genkey >"$D/key.i"
	in_ns "$ISP" sh -c "$IP link add wg0 type wireguard; wg set wg0 listen-port 51820 private-key $D/key.i \
		peer $(wg pubkey <"$D/key.c") allowed-ips 10.77.0.2/32
		$IP addr add 10.77.0.1/24 dev wg0; $IP link set wg0 up"
	in_ns "$CLIENT" sh -c "wg set wg0 private-key $D/key.c \
		peer $(wg pubkey <"$D/key.i") allowed-ips 10.77.0.1/32 endpoint $ISP4:51820
		$IP addr add 10.77.0.2/24 dev wg0; $IP link set wg0 up"
	if watch "/run/netns/$CLIENT"; then
		sender inner udp 10.77.0.1 9 --connect --count 3
		sender inner_tcp tcp 10.77.0.1 9 --count 3
		sender clear udp "$ISP4" 51820 --connect
		unwatch
		check no_inner one 0 0 '.observer.egress.interface.name == "wg0"'
		check clear one 1 33 "$(to "$ISP4")" "$(by "$pid_clear" send)"
		check only_clear same "1 33" "$(summary '.summary.leaks | "\(.packets) \(.bytes)"')"
		check transport all_but_clear
		check all_counted all_counted
		check status same 1 "$status"
		end_senders
	else
		refused
	fi
	check_server server wg0
	in_ns "$CLIENT" "$IP" link del wg0
	in_ns "$ISP" "$IP" link del wg0
}

# IPsec by an interface of its own: inside it is the tunnel, ESP is its transport, raw or in UDP (RFC 3948).
test_ipsec() {
	if ! in_ns "$CLIENT" "$IP" link add xfrm0 type xfrm dev eth0 if_id 7 2>/dev/null; then
		echo "skip $test (no xfrm interface here)"
		return
	fi
	in_ns "$CLIENT" sh -c "$IP addr add 10.78.0.2/24 dev xfrm0; $IP link set xfrm0 up
		$IP xfrm policy add src 10.78.0.0/24 dst 10.78.0.0/24 dir out if_id 7 tmpl src $CLIENT4 dst $ISP4 proto esp mode tunnel"
	for in in esp udp; do
		encap=
		[ $in = esp ] || encap="encap espinudp 4500 4500 0.0.0.0"
		# shellcheck disable=SC2086
		in_ns "$CLIENT" "$IP" xfrm state add src $CLIENT4 dst $ISP4 proto esp spi 7 mode tunnel if_id 7 \
			enc 'ecb(cipher_null)' '' auth digest_null '' $encap
		if watch "/run/netns/$CLIENT"; then
			sender inner udp 10.78.0.1 9 --connect --count 3
			(into app "/run/netns/$CLIENT" timeout 1 send tcp 10.78.0.1 9) </dev/null >/dev/null 2>&1
			sender clear udp "$ISP4" 4500 --connect
			unwatch
			check "${in}_clear" one 1 33 "$(to "$ISP4")" "$(by "$pid_clear" send)"
			check "${in}_only_clear" same "1 33" "$(summary '.summary.leaks | "\(.packets) \(.bytes)"')"
			check "${in}_transport" all_but_clear
			check "${in}_all_counted" all_counted
			end_senders
		else
			refused
		fi
		check_server "${in}_server" xfrm0
		in_ns "$CLIENT" "$IP" xfrm state flush
	done
	in_ns "$CLIENT" sh -c "$IP xfrm policy flush; $IP link del xfrm0"
}
