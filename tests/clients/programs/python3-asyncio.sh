# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # what modes.sh and the lab read and set
# Several connections at once, by one thread.
PACKAGE=python3 NEEDS=file:/usr/bin/python3 PROCESSES=python3
LAB_WORDS=dns EXPECT="dns/udp ipv4"

traffic() {
	client /usr/bin/python3 -c '
import asyncio, sys

async def one(n):
    _, writer = await asyncio.open_connection(sys.argv[1], 9)
    writer.write(b"x" * 5000)
    await writer.drain()
    writer.close()
    await writer.wait_closed()

async def main():
    await asyncio.gather(*(one(n) for n in range(8)))

asyncio.run(main())' "www.$LAB_DOMAIN"
}
