#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes DIR/made.pcap, made-not.pcap, made-others.pcap, made-noise.pcap and truth.tsv: flows of every form that is told apart, flows of
other protocols, and noise."""

import sys

import lookalikes
import negatives
import positives
import wire


def main():
    directory = sys.argv[1]
    with open(directory + "/truth.tsv", "w") as truth:
        truth.write("\t".join(wire.COLUMNS) + "\n")
        wire.write(positives.flows(), directory + "/made.pcap", truth)
        wire.write(negatives.flows(), directory + "/made-not.pcap", truth)
        wire.write(lookalikes.flows(), directory + "/made-others.pcap", truth)
        wire.write(negatives.nothing_known(), directory + "/made-noise.pcap", truth)


if __name__ == "__main__":
    main()
