#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: browser.py URL: opens it in headless Chromium, and answers each line of the standard input with one on the standard
output:
  JAVASCRIPT                         its value, as JSON
  !size WIDTH HEIGHT light|dark      of the screen
  !shot FILE                         a picture of it, as PNG
  !errors                            what the page has reported, as JSON
environment: CHROMIUM (the program)"""
import base64
import json
import os
import subprocess
import sys
import tempfile


class Browser:
    """Chromium's DevTools protocol over a pair of pipes: messages end with NUL."""

    def __init__(self, profile):
        from_us, self.to = os.pipe()
        self.back, to_us = os.pipe()
        os.set_inheritable(from_us, True)
        os.set_inheritable(to_us, True)
        program = os.environ.get("CHROMIUM", "chromium")
        self.child = subprocess.Popen(
            ["sh", "-c", f'exec 3<&{from_us} 4>&{to_us}; exec "$0" "$@"', program, "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
             "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(from_us, to_us), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(from_us)
        os.close(to_us)
        self.rest = b""
        self.number = 0
        self.errors = []
        self.session = None

    def receive(self):
        while b"\0" not in self.rest:
            got = os.read(self.back, 1 << 16)
            if not got:
                sys.exit("chromium has ended")
            self.rest += got
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                return answer.get("result") or {"error": answer.get("error")}
            if answer.get("method") == "Runtime.exceptionThrown":
                self.errors.append(answer["params"]["exceptionDetails"].get("exception", {}).get("description", "?"))
            elif answer.get("method") == "Log.entryAdded" and answer["params"]["entry"]["level"] == "error":
                self.errors.append(answer["params"]["entry"]["text"])

    def open(self, url):
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(t["targetId"] for t in targets if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.call("Page.navigate", url=url)

    def evaluate(self, words):
        result = self.call("Runtime.evaluate", expression=words, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            return {"error": result["exceptionDetails"].get("exception", {}).get("description", "?")}
        return result.get("result", result).get("value")

    def size(self, width, height, scheme):
        self.call("Emulation.setDeviceMetricsOverride", width=int(width), height=int(height),
                  deviceScaleFactor=1, mobile=int(width) < 700)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        return "done"

    def shot(self, path):
        picture = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=False)
        with open(path, "wb") as f:
            f.write(base64.b64decode(picture["data"]))
        return "done"


def answer(browser, line):
    if line.startswith("!size "):
        return browser.size(*line.split()[1:])
    if line.startswith("!shot "):
        return browser.shot(line[6:])
    if line == "!errors":
        return browser.errors
    return browser.evaluate(line)


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
    chromium = Browser(place)
    try:
        chromium.open(sys.argv[1])
        for request in sys.stdin:
            print(json.dumps(answer(chromium, request.rstrip("\n")), separators=(",", ":")), flush=True)
    finally:
        chromium.child.terminate()
        chromium.child.wait()
