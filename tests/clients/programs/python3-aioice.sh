# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# ICE of WebRTC: candidates are gathered with the help of a STUN server.
PACKAGE=python3-aioice NEEDS=file:/usr/lib/python3/dist-packages/aioice PROCESSES=python3
LAB_WORDS=stun EXPECT=stun/binding

traffic() {
	client /usr/bin/python3 -c '
import asyncio, sys
import aioice

async def main():
    connection = aioice.Connection(ice_controlling=True, stun_server=(sys.argv[1], 3478))
    await connection.gather_candidates()
    print([c.to_sdp() for c in connection.local_candidates])
    assert any(c.type == "srflx" or c.host.startswith("192") for c in connection.local_candidates)
    await connection.close()

asyncio.run(main())' "$STUN4"
}
