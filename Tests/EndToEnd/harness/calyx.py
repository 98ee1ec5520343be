"""The built program, in its three forms, with a state directory of its own."""

import os
import pathlib
import socket
import subprocess

import httpx

from .polling import until
from .process import Process, clean_environment, free_port, is_open

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARY = pathlib.Path(os.environ.get("CALYX_BINARY", ROOT / ".build" / "debug" / "calyx"))

USER, PASSWORD = "admin", "correct horse:battery"


def arguments(options: dict) -> list[str]:
    """{"port": 5555, "read_only": True} → ["--port=5555", "--read_only=true"]"""
    def text(value) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    return [f"--{name}={text(value)}" for name, value in options.items()]


class Calyx(Process):
    """`calyx up`, `calyx gateway` or `calyx core`. Options are written as on the command line."""

    def __init__(self, command: str, directory: pathlib.Path, *, env: dict | None = None, **options):
        directory.mkdir(parents=True, exist_ok=True)
        self.command = command
        self.state = directory / "state"
        options = {"state_dir": self.state, **options}
        self.port = options.get("port")
        # libfaketime sets a variable when it is loaded first, which moves the environment, behind which Swift's runtime looks
        # for the arguments. A program that is loaded before takes that on itself.
        launcher = ["/usr/bin/env"] if "LD_PRELOAD" in (env or {}) else []
        super().__init__(f"calyx {command}", [*launcher, BINARY, command, *arguments(options)],
                         log=directory / "calyx.log", env=env, cwd=directory)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_until_listening(self, seconds: float = 20):
        def listening():
            self.must_live()
            return is_open(self.port)

        until(listening, seconds=seconds, what=f"{self.name} listens on {self.port}")
        return self

    def client(self, *, auth=(USER, PASSWORD), **options) -> httpx.Client:
        return httpx.Client(base_url=self.address, auth=auth, timeout=15, trust_env=False, **options)


class Core(Calyx):
    def __init__(self, directory: pathlib.Path, broker: str, **options):
        self.socket = directory / "core.sock"
        self.key_file = directory / "assertion.key"
        self.admin_port = free_port()
        super().__init__(
            "core", directory, broker=broker, core_listen=f"unix:{self.socket}", assertion_key_file=self.key_file,
            admin_address=f"127.0.0.1:{self.admin_port}", **options)

    def wait_until_listening(self, seconds: float = 20):
        def listening():
            self.must_live()
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(str(self.socket)) == 0

        until(listening, seconds=seconds, what="the core listens on its socket")
        return self

    def admin(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.admin_port}", timeout=15, trust_env=False)

    def raw_client(self) -> httpx.Client:
        """Straight to the core's socket, past the gateway."""
        return httpx.Client(
            transport=httpx.HTTPTransport(uds=str(self.socket)), base_url="http://core", timeout=15, trust_env=False)


class Gateway(Calyx):
    def __init__(self, directory: pathlib.Path, core: Core, **options):
        options = {"address": "127.0.0.1", "port": free_port(), **options}
        super().__init__(
            "gateway", directory, core_listen=f"unix:{core.socket}", assertion_key_file=core.key_file, **options)


def run_calyx(*words, env: dict | None = None, cwd=None, seconds: float = 20):
    """Runs the program to its end: its status, standard output and standard error."""
    return subprocess.run(
        [BINARY, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, cwd=cwd,
        env={**clean_environment(), **(env or {})})
