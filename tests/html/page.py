# SPDX-License-Identifier: GPL-2.0-or-later
"""A page in headless Chromium, driven over WebDriver (W3C) with nothing but Python's own library.

Chromium and chromedriver come from Debian (chromium, chromium-driver)."""
import json
import shutil
import subprocess
import tempfile
import urllib.request

ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--window-size=1280,1000"]


def available():
    """The programs that are missing."""
    return [name for name in ("chromium", "chromedriver") if not shutil.which(name)]


class Page:
    def __init__(self, url, arguments=()):
        self.folder = tempfile.TemporaryDirectory(prefix="truce-html-", ignore_cleanup_errors=True)
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True,
                                       stderr=subprocess.DEVNULL)
        self.session = None
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            self.open(url, arguments)
        except BaseException:
            self.__exit__()
            raise

    def open(self, url, arguments):
        for line in self.driver.stdout:
            if "started successfully on port " in line:
                self.base = "http://127.0.0.1:" + line.split("on port ")[1].strip(" .\n")
                break
        else:
            raise RuntimeError("chromedriver did not start")
        options = {"args": [*ARGUMENTS, f"--user-data-dir={self.folder.name}", *arguments]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                  "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        reply = self.post("/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{reply['sessionId']}"
        self.post(self.session + "/url", {"url": url})

    def post(self, path, body):
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json"})
        with self.opener.open(request, timeout=300) as reply:
            return json.load(reply)["value"]

    def run(self, script, *arguments):
        """The value of a script's `return`."""
        return self.post(self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script, *arguments):
        """What the script hands to its last argument."""
        return self.post(self.session + "/execute/async", {"script": script, "args": list(arguments)})

    def log(self, kind="browser"):
        return self.post(self.session + "/se/log", {"type": kind})

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            if self.session:
                request = urllib.request.Request(self.base + self.session, method="DELETE")
                self.opener.open(request, timeout=60).close()
        finally:
            self.driver.terminate()
            self.driver.wait(30)
            self.folder.cleanup()
