#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A receiver of events: appends the JSON of each to a file, and ends where one is not whole.

usage: receiver.py lines|syslog|datagrams|otlp|otlp-unread HOST:PORT|PATH FILE [CERT KEY [CA]]
       receiver.py read FILE
lines: JSON lines. syslog: RFC 5424 with octet counting (RFC 6587), with a certificate by TLS, and with a CA
only of those who show one of it; so with otlp. datagrams: a message of RFC
5424 in each. otlp: OTLP over HTTP, as JSON; every fifth request is to be sent again (503), a large one in parts (413).
otlp-unread: the same, quickly: a record a line, as it came, which "read" reads afterwards; of 200 requests one is to be sent
again. SIGTERM ends it with what it has not read unread, but for datagrams, of which it says how many found no room.
"""
import http.server
import json
import os
import re
import select
import signal
import socket
import ssl
import struct
import sys

HEADER = re.compile(
    rb'<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [!-~]{1,255} leakaudit \d+ [a-z-]{1,32} '
    rb'\[leakaudit@32473( [a-z]+="([^"\\\]]|\\["\\\]])*")*\] (\{.*\})$', re.S)

SO_MEMINFO = 55  # of linux/sock_diag.h; the ninth is the drops
CONTROL = re.compile(rb"[\0-\x1f\x7f]")


def lines(data):
    """The whole lines in data, and what is left."""
    *whole, rest = data.split(b"\n")
    return whole, rest


def content(data):
    """What a message of syslog says."""
    message = HEADER.match(data)
    assert message and 24 <= int(message[1]) <= 31, data
    message[0].decode()  # it is UTF-8
    assert not CONTROL.search(data), data
    return message[4]


def syslog(data):
    """The whole messages in data, and what is left."""
    whole = []
    while b" " in data:
        length, rest = data.split(b" ", 1)
        if len(rest) < int(length):
            break
        whole.append(content(rest[:int(length)]))
        data = rest[int(length):]
    return whole, data


VALUES = {"stringValue": str, "intValue": str, "doubleValue": (float, int), "boolValue": bool, "arrayValue": dict,
          "kvlistValue": dict}


def check_value(value):
    """It is an AnyValue of OTLP: one member, of the type that protobuf's JSON has for it."""
    (kind, content), = value.items()
    assert isinstance(content, VALUES[kind]), value
    if kind == "intValue":
        assert -2**63 <= int(content) < 2**63, value
    for inner in content["values"] if kind == "arrayValue" else []:
        check_value(inner)
    for inner in content["values"] if kind == "kvlistValue" else []:
        check_attribute(inner)


def check_attribute(attribute):
    assert set(attribute) == {"key", "value"} and attribute["key"], attribute
    check_value(attribute["value"])


def check_record(record):
    """The event's id, and what it says in words."""
    assert set(record) == {"timeUnixNano", "observedTimeUnixNano", "severityNumber", "severityText", "eventName", "body",
                           "attributes"}, record
    assert int(record["timeUnixNano"]) > 10**18 and isinstance(record["timeUnixNano"], str), record
    for attribute in record["attributes"]:
        check_attribute(attribute)
    names = [attribute["key"] for attribute in record["attributes"]]
    assert len(names) == len(set(names)), names
    strings = {a["key"]: a["value"]["stringValue"] for a in record["attributes"] if "stringValue" in a["value"]}
    return {"event": {"id": strings["log.record.uid"]}, "body": record["body"]["stringValue"], "strings": strings}


def decode(body):
    """With OpenTelemetry's own protocol, if it is installed: it refuses what that does not know."""
    try:
        from google.protobuf import json_format
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    except ImportError:
        return
    json_format.Parse(body, ExportLogsServiceRequest())


def events(body):
    """The events of a request, a line each."""
    records = [r for resource in json.loads(body.decode())["resourceLogs"] for scope in resource["scopeLogs"]
               for r in scope["logRecords"]]
    return b"".join(json.dumps(check_record(r)).encode() + b"\n" for r in records)


def read(path):
    """Requests as Unread has written them. OpenTelemetry's own protocol takes its time, and is asked of some."""
    body, requests = b"", 0
    with open(path, "rb") as unread:
        for line in unread:
            body += line[:-1]
            if body.endswith(END):
                requests += 1
                if requests % 100 == 1:
                    decode(body)
                sys.stdout.buffer.write(events(body))
                body = b""
    assert not body, body


LARGEST = 300000  # of a request that is not to be divided
BETWEEN, END = b'},{"timeUnixNano"', b"]}]}]}"


class Collector(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for a delayed acknowledgement, 40 ms
    requests = 0
    busy_in = 5  # requests

    def take(self, body):
        decode(body)
        return events(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Collector.requests += 1
        status = 503 if Collector.requests % self.busy_in == 3 else 413 if len(body) > LARGEST else 200
        if status == 200:
            assert self.path == "/v1/logs" and self.headers["Content-Type"] == "application/json", self.headers
            with open(sys.argv[3], "ab", buffering=0) as out:
                out.write(self.take(body))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args):
        pass


class Unread(Collector):
    busy_in = 200

    def take(self, body):
        return body.replace(BETWEEN, b"},\n" + BETWEEN[2:]) + b"\n"


def collect(where, how, context):
    host, port = where.rsplit(":", 1)
    server = http.server.ThreadingHTTPServer((host, int(port)), how)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print("listening", flush=True)
    server.serve_forever()


def listen(where, kind):
    if where.startswith("/"):
        s = socket.socket(socket.AF_UNIX, kind)
        s.bind(where)
    else:
        host, port = where.rsplit(":", 1)
        s = socket.socket(socket.AF_INET, kind)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host, int(port)))
    if kind == socket.SOCK_STREAM:
        s.listen(8)
    return s


def ender(at_end=lambda: None):
    """A function that waits until a socket has something, and ends this process at the signal: what is received is written
    before the next signal counts, since a receiver's own losses are not what is tested."""
    told, tell = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(tell)
    signal.signal(signal.SIGTERM, lambda *_: None)

    def wait(s):
        if told in select.select([s, told], [], [])[0]:
            at_end()
            os._exit(0)

    return wait


def take_datagram(s, out):
    out.write(content(s.recv(65536)) + b"\n")


def take_rest(s, out):
    """All that has come; whoever sends more learns that nobody is there. How many found no room is said."""
    if s.family == socket.AF_INET:
        s.connect(("127.0.0.1", 1))
    s.setblocking(False)
    try:
        while True:
            take_datagram(s, out)
    except BlockingIOError:
        print("dropped", struct.unpack("9I", s.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))[8], flush=True)


def serve_datagrams(s, out):
    wait = ender(lambda: take_rest(s, out))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    print("listening", flush=True)
    while True:
        wait(s)
        take_datagram(s, out)


def serve(server, split, context, out):
    wait = ender()
    print("listening", flush=True)
    while True:
        wait(server)
        conn, _ = server.accept()
        try:
            if context:
                conn = context.wrap_socket(conn, server_side=True)
            data = b""
            while True:
                if not context or not conn.pending():
                    wait(conn)
                received = conn.recv(65536)
                if not received:
                    break
                whole, data = split(data + received)
                out.write(b"".join(event + b"\n" for event in whole))
        except OSError as e:
            print(e, flush=True)
        conn.close()


def main():
    if sys.argv[1] == "read":
        read(sys.argv[2])
        return
    kind, where, path, *tls = sys.argv[1:]
    context = None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls[:2])
        if tls[2:]:
            context.load_verify_locations(tls[2])
            context.verify_mode = ssl.CERT_REQUIRED
    if kind.startswith("otlp"):
        collect(where, Unread if kind == "otlp-unread" else Collector, context)
    server = listen(where, socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM)
    with open(path, "ab", buffering=0) as out:
        if kind == "datagrams":
            serve_datagrams(server, out)
        else:
            serve(server, {"lines": lines, "syslog": syslog}[kind], context, out)


main()
