#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: openmetrics.py <TEXT: reads OpenMetrics, or the older text format, as Prometheus' own library does, and prints each
sample as JSON."""
import json
import sys

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

text = sys.stdin.read()
for family in (openmetrics if text.endswith("# EOF\n") else parser).text_string_to_metric_families(text):
    for sample in family.samples:
        print(json.dumps({"family": family.name, "type": family.type, "name": sample.name, "value": sample.value, **sample.labels}))
