"""One program that a test started, its output, and its certain end."""

import os
import pathlib
import signal
import socket
import subprocess


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A program as a process group of its own, with its output in a file."""

    def __init__(self, name: str, command: list, *, log: pathlib.Path, env: dict | None = None, cwd=None):
        self.name = name
        self.log = log
        with open(log, "ab") as output:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=cwd,
                env={**clean_environment(), **(env or {})}, start_new_session=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def must_live(self):
        """Raises with the program's own words when it has ended."""
        if not self.is_alive:
            raise ProcessEnded(f"{self.name} ended with status {self._process.returncode}:\n{self.output[-3000:]}")

    def kill(self):
        """kill -9 of the whole group: no goodbye, as when a machine loses power."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def terminate(self) -> None:
        """SIGTERM to the program alone; does not wait."""
        if self.is_alive:
            self._process.terminate()

    def stop(self, seconds: float = 8) -> int:
        """SIGTERM, then SIGKILL for whatever is left. Returns the exit status."""
        self.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        self._signal(signal.SIGKILL)
        return self._process.wait()

    def _signal(self, number: int):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass


class ProcessEnded(BaseException):
    """Not an Exception, so that polling does not wait for a program that is gone."""


def clean_environment() -> dict:
    """This process's environment without anything that Calyx or Celery would take for configuration."""
    configured = ("CALYX_", "FLOWER_", "CELERY_", "REDIS_", "STATE_DIRECTORY")
    return {name: value for name, value in os.environ.items() if not name.startswith(configured)}
