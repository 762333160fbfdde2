"""Firefox and WebKit, as far as the tests need them: started without a window, and told what to do over their own
protocols (Marionette, WebDriver), so that no driver has to be fetched."""

import glob
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
WEBKIT = shutil.which("WebKitWebDriver")
MINIBROWSER = next(iter(glob.glob("/usr/lib/*/webkit2gtk-4*/MiniBrowser")), None)
XVFB = shutil.which("Xvfb")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def patiently(attempt, seconds=30):
    """What attempt gives, as soon as it does not raise OSError."""
    for _ in range(seconds * 10):
        try:
            return attempt()
        except OSError:
            time.sleep(0.1)
    return attempt()


class Firefox:
    """Firefox by Marionette: lines of JSON, each with its length before it."""

    missing = None if FIREFOX else "needs Firefox: apt-get install firefox-esr, or the like on your system"

    def __init__(self, folder):
        port = free_port()
        quiet = {
            "marionette.port": port, "app.update.enabled": False, "datareporting.policy.dataSubmissionEnabled": False,
            "browser.shell.checkDefaultBrowser": False, "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False, "app.normandy.enabled": False,
            "browser.safebrowsing.malware.enabled": False, "browser.safebrowsing.phishing.enabled": False,
            "extensions.getAddons.cache.enabled": False, "browser.region.network.url": "", "ui.prefersReducedMotion": 1,
        }  # fmt: skip
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in quiet.items())
        (folder / "user.js").write_text("".join(lines), "utf-8")
        command = [FIREFOX, "--marionette", "--headless", "--no-remote", "--profile", folder]
        environment = {**os.environ, "MOZ_DISABLE_CONTENT_SANDBOX": "1", "HOME": str(folder)}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.socket = patiently(lambda: socket.create_connection(("127.0.0.1", port)))
        self.stream = self.socket.makefile("rwb")
        self._read()
        self._command("WebDriver:NewSession", {})

    def _read(self):
        length = b""
        while (digit := self.stream.read(1)) != b":":
            length += digit
        return json.loads(self.stream.read(int(length)))

    def _command(self, name, parameters):
        message = json.dumps([0, 1, name, parameters]).encode()
        self.stream.write(b"%d:%s" % (len(message), message))
        self.stream.flush()
        _, _, error, result = self._read()
        assert error is None, error
        return result.get("value") if isinstance(result, dict) else result

    def open(self, address):
        self._command("WebDriver:Navigate", {"url": address})

    def resize(self, width, height):
        self._command("WebDriver:SetWindowRect", {"width": width, "height": height})

    def run(self, script):
        return self._command("WebDriver:ExecuteScript", {"script": script, "args": []})

    def close(self):
        self.process.kill()
        self.process.wait()
        self.socket.close()


class WebKit:
    """WebKitGTK's MiniBrowser by WebDriver, on a screen that no one sees."""

    missing = (
        None
        if WEBKIT and MINIBROWSER and XVFB
        else "needs WebKitGTK: apt-get install webkit2gtk-driver xvfb, or the like on your system"
    )

    def __init__(self, folder):
        read, write = os.pipe()
        self.screen = subprocess.Popen(
            [XVFB, "-displayfd", str(write), "-screen", "0", "2700x1400x24", "-nolisten", "tcp"],
            pass_fds=[write], stderr=subprocess.DEVNULL,
        )  # fmt: skip
        display = os.read(read, 20).decode().strip()
        port = free_port()
        environment = {**os.environ, "DISPLAY": f":{display}", "LIBGL_ALWAYS_SOFTWARE": "1", "HOME": str(folder)}
        self.process = subprocess.Popen([WEBKIT, f"--port={port}"], env=environment)
        self.address = f"http://127.0.0.1:{port}/session"
        options = {"binary": MINIBROWSER, "args": ["--automation"]}
        wanted = {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}}
        session = patiently(lambda: self._command("", wanted))
        self.address += f"/{session['sessionId']}"

    def _command(self, path, parameters=None, method="POST"):
        data = None if parameters is None else json.dumps(parameters).encode()
        request = urllib.request.Request(self.address + path, method=method, data=data)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read()) from error

    def open(self, address):
        self._command("/url", {"url": address})

    def resize(self, width, height):
        self._command("/window/rect", {"width": width, "height": height})

    def run(self, script):
        return self._command("/execute/sync", {"script": script, "args": []})

    def close(self):
        try:
            self._command("", method="DELETE")
        finally:
            for process in (self.process, self.screen):
                process.kill()
                process.wait()
