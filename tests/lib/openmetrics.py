#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: openmetrics.py <TEXT: reads OpenMetrics as Prometheus' own library does, and prints each sample as JSON."""
import json
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(json.dumps({"family": family.name, "type": family.type, "name": sample.name, "value": sample.value, **sample.labels}))
