"""A host of the test's own, in a network namespace, whose network can be taken away and given back. Needs root."""

import os
import shutil
import subprocess

import pytest


class FarHost:
    """One per test run: the addresses are of a range for documentation (RFC 5737), on this machine only."""

    here, address = "198.51.100.1", "198.51.100.2"

    def __init__(self):
        if os.geteuid() != 0 or not shutil.which("ip"):
            pytest.skip("a network namespace needs root and iproute2")
        if self.here.rpartition(".")[0] in subprocess.run(["ip", "addr"], capture_output=True, text=True).stdout:
            pytest.skip(f"this machine has an address near {self.here} already")
        self.name = f"calyx{os.getpid()}"
        self._device, self._far_device = f"cx{os.getpid()}a", f"cx{os.getpid()}b"
        if subprocess.run(["ip", "netns", "add", self.name], capture_output=True).returncode != 0:
            pytest.skip("no network namespace can be made here")
        ip("link", "add", self._device, "type", "veth", "peer", "name", self._far_device, "netns", self.name)
        ip("addr", "add", f"{self.here}/30", "dev", self._device)
        ip("link", "set", self._device, "up")
        self.command("ip", "link", "set", "lo", "up")
        self.command("ip", "addr", "add", f"{self.address}/30", "dev", self._far_device)
        self.connect()

    def inside(self, *command) -> list:
        """`command` as it runs on that host."""
        return ["ip", "netns", "exec", self.name, *command]

    def command(self, *command):
        subprocess.run(self.inside(*command), check=True)

    def disconnect(self):
        """Nothing arrives any more, and nobody is told."""
        self.command("ip", "link", "set", self._far_device, "down")

    def connect(self):
        self.command("ip", "link", "set", self._far_device, "up")

    def stop(self):
        # Gone with its device is the route to it, even if something still holds the namespace.
        ip("link", "del", self._device)
        ip("netns", "del", self.name)


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)
