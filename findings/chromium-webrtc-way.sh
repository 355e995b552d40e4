#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Chromium 156 (Debian 12), a page that asks a STUN server by WebRTC, and a tunnel whose routes cover IPv4. Two good guesses are
# wrong. The switch --force-webrtc-ip-handling-policy=disable_non_proxied_udp, which many a guide to VPNs names, is taken and
# changes nothing: the page still asks by UDP. The same words as a policy (WebRtcIPHandling in /etc/chromium/policies/managed)
# hold: nothing is asked, on either way.
#
# And once a page may use the microphone, Chromium asks from every address: from the provider's as well, and since it binds
# addresses and not devices, into the tunnel, whose other end is told the address that the tunnel should hide.
#
# Fails where that is so no more.
# shellcheck source=findings/lib/lab.sh
. "$(dirname "$0")/lib/lab.sh"

packages chromium=156.0.8078.114-1~deb12u1 tcpdump=4.99.3-1 fontconfig
cat >"$root/tmp/page.html" <<'END'
<script>
const peer = new RTCPeerConnection({iceServers: [{urls: ["stun:198.51.100.10:3478", "stun:[2001:db8:99::10]:3478"]}]});
peer.createDataChannel("x");
peer.createOffer().then(offer => peer.setLocalDescription(offer));
</script>
END
policies=$root/etc/chromium/policies/managed

# asked_with SWITCH...: from which addresses each side was asked by a page of a browser that is begun so.
asked_with() {
	local side

	lab
	capture
	client_for 12 /usr/lib/chromium/chromium --headless=new --no-sandbox --disable-gpu --user-data-dir=/tmp/profile "$@" \
		file:///tmp/page.html >/dev/null 2>&1 || true
	for side in isp vpn; do
		echo "$side: $(chroot "$root" tcpdump -Z root -nnr "/tmp/$side.pcap" 'udp dst port 3478' 2>/dev/null |
			sed -E 's/.* IP6? ([0-9a-f.:]+)\.[0-9]+ > .*/\1/' | sort -u | xargs)"
	done | paste -sd ' '
	lab_down
	rm -rf "$root/tmp/profile"
}

expect "as it comes" "$(asked_with)" "isp: 2001:db8:1::2 vpn: 10.8.0.2"
expect "the switch against UDP" "$(asked_with --force-webrtc-ip-handling-policy=disable_non_proxied_udp)" \
	"isp: 2001:db8:1::2 vpn: 10.8.0.2"
expect "the microphone is allowed" "$(asked_with --use-fake-ui-for-media-stream --use-fake-device-for-media-stream)" \
	"isp: 2001:db8:1::2 vpn: 10.8.0.2 192.0.2.2"
mkdir -p "$policies"
echo '{"WebRtcIPHandling": "disable_non_proxied_udp"}' >"$policies/webrtc.json"
expect "the policy against UDP" "$(asked_with)" "isp:  vpn: "
finish
