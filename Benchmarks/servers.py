"""The servers that the benchmarks start, each on a free port of 127.0.0.1 and in a directory of its own, and how they are measured.

Everything is read from /proc, of the whole process tree: CPU is user + system time, memory is the resident set.
"""
import base64
import contextlib
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
#: CALYX_BINARY=FILE measures another build.
CALYX = pathlib.Path(os.environ.get("CALYX_BINARY", ROOT / ".build/release/calyx"))
VENV = ROOT / ".build/venv-bench"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
USER, PASSWORD = "bench", "bench-password"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process, seconds=30):
    """Returns the seconds it took until the port answered."""
    started = time.perf_counter()
    while time.perf_counter() - started < seconds:
        if process.poll() is not None:
            raise SystemExit(f"{process.args[0]} ended with {process.returncode} before it listened")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return time.perf_counter() - started
        time.sleep(0.01)
    raise SystemExit(f"{process.args[0]} did not listen on {port} within {seconds} s")


class Server:
    """One process tree."""

    def __init__(self, name, arguments, port, directory, environment=None):
        self.name, self.port = name, port
        self.log = open(pathlib.Path(directory) / f"{name}.log", "wb")
        self.process = subprocess.Popen([str(part) for part in arguments], cwd=directory, stdout=self.log, stderr=self.log,
                                        env={**os.environ, **(environment or {})}, start_new_session=True)
        self.started_in = wait_for_port(port, self.process)

    def pids(self):
        parents = {}
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    parents[int(entry)] = int(pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
        tree, grew = {self.process.pid}, True
        while grew:
            found = {pid for pid, parent in parents.items() if parent in tree} - tree
            tree |= found
            grew = bool(found)
        return tree

    def cpu(self):
        """Seconds of CPU that the tree has used."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def rss(self):
        """Resident bytes of the tree."""
        total = 0
        for pid in self.pids():
            with contextlib.suppress(OSError):
                total += int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        return total

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


@contextlib.contextmanager
def workspace():
    """A directory that is removed at the end, and the list of servers that are stopped before."""
    directory = tempfile.mkdtemp(prefix="calyx-bench-")
    servers = []
    try:
        yield directory, servers
    finally:
        for server in reversed(servers):
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def start_redis(directory):
    port = free_port()
    return Server("redis", ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                            "--dir", directory], port, directory)


def start_calyx(directory, broker_port, *options):
    if not CALYX.exists():
        raise SystemExit(f"{CALYX} is missing: run `make build` first")
    port = free_port()
    state = tempfile.mkdtemp(dir=directory)
    server = Server("calyx", [CALYX, "up", f"--port={port}", "--address=127.0.0.1", f"--state_dir={state}",
                              f"--broker=redis://127.0.0.1:{broker_port}/0", f"--basic_auth={USER}:{PASSWORD}", *options],
                    port, directory)
    server.state = state
    return server


@contextlib.contextmanager
def calyx_on_redis(*options):
    """A Redis and a Calyx that follows it."""
    with workspace() as (directory, servers):
        redis = start_redis(directory)
        servers.append(redis)
        calyx = start_calyx(directory, redis.port, *options)
        servers.append(calyx)
        yield redis, calyx


def start_flower(directory, broker_port, *options):
    python = VENV / "bin/python"
    if not python.exists():
        print("making a virtual environment with Flower …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "flower==2.2.0", "celery[redis]==5.7.0"], check=True)
    port = free_port()
    return Server("flower", [VENV / "bin/celery", "-b", f"redis://127.0.0.1:{broker_port}/0", "flower", f"--port={port}",
                             "--address=127.0.0.1", f"--basic_auth={USER}:{PASSWORD}", *options], port, directory)


class RedisConnection:
    """Sends commands to a Redis, one at a time."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def command(self, encoded):
        """The first line of the reply."""
        self.socket.sendall(encoded)
        return self.reader.readline()


class Client:
    """A keep-alive HTTP client with Basic credentials."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.fields = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}

    def get(self, path):
        """(status, body, seconds)"""
        started = time.perf_counter()
        self.connection.request("GET", path, headers=self.fields)
        answer = self.connection.getresponse()
        body = answer.read()
        return answer.status, body, time.perf_counter() - started
