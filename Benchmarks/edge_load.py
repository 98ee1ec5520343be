"""Load and trouble for the edges of `edges.py`: throughput, paced latency, handshakes, idle streams, floods, slow clients."""
import base64
import collections
import http.client
import re
import resource
import selectors
import socket
import ssl
import statistics
import subprocess
import threading
import time

from edges import PATH
from servers import PASSWORD, USER


def basic_field(password=PASSWORD):
    return "Authorization: Basic " + base64.b64encode(f"{USER}:{password}".encode()).decode()


def wrk(port, field, connections, seconds, path=PATH):
    """{"answered", "rate", "p50", "p99"}: requests, requests per second, milliseconds."""
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", field or "Accept: */*",
                          f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"{path} on {port}: {out}")

    def milliseconds(label):
        value, unit = re.search(rf"{label}%\s+([0-9.]+)(us|ms|s)", out).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return {"answered": int(re.search(r"(\d+) requests in", out).group(1)),
            "rate": float(re.search(r"Requests/sec:\s+([0-9.]+)", out).group(1)), "p50": milliseconds("50"), "p99": milliseconds("99")}


def cpu_per_request(server, field, connections, seconds):
    """`wrk`'s figures and microseconds of CPU of the server per request."""
    before = server.cpu()
    figures = wrk(server.port, field, connections, seconds)
    return {**figures, "cpu": (server.cpu() - before) / figures["answered"] * 1e6}


class Paced:
    """Keep-alive connections that send requests at a fixed rate together, and how long the answers took."""

    def __init__(self, port, field, rate, connections=8):
        self.request = f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{field + chr(13) + chr(10) if field else ''}\r\n".encode()
        self.port, self.interval, self.connections = port, connections / rate, connections
        self.times, self.failures = [], 0
        self.stop = threading.Event()

    def run(self, seconds):
        """One thread for all: a request is sent when its time has come; the time counts from then on, not from the sending."""
        selector = selectors.DefaultSelector()
        clients = []
        start = time.perf_counter() + 0.05
        for number in range(self.connections):
            client = socket.create_connection(("127.0.0.1", self.port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            entry = {"socket": client, "due": start + self.interval * number / self.connections, "sent": False, "bytes": b""}
            selector.register(client, selectors.EVENT_READ, entry)
            clients.append(entry)
        end = start + seconds
        while (now := time.perf_counter()) < end and not self.stop.is_set():
            for entry in clients:
                if not entry["sent"] and entry["due"] <= now:
                    entry["socket"].sendall(self.request)
                    entry["sent"] = True
            wait = min([entry["due"] for entry in clients if not entry["sent"]], default=now + 0.05) - time.perf_counter()
            for key, _ in selector.select(max(0, min(wait, 0.05))):
                entry = key.data
                entry["bytes"] += entry["socket"].recv(65536)
                head, found, body = entry["bytes"].partition(b"\r\n\r\n")
                if not found:
                    continue
                length = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
                if len(body) < length:
                    continue
                self.times.append((time.perf_counter() - entry["due"]) * 1000)
                self.failures += not head.startswith(b"HTTP/1.1 200")
                entry["bytes"], entry["sent"] = b"", False
                entry["due"] += self.interval
        for entry in clients:
            entry["socket"].close()
        return self

    def percentile(self, share):
        return statistics.quantiles(self.times, n=1000)[int(share * 10) - 1]


def handshakes(server, seconds, clients=2):
    """Full TLS handshakes per second of CPU of the server, and per second: each connection is closed after its handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    counts = [0] * clients
    end = time.perf_counter() + seconds

    def run(number):
        while time.perf_counter() < end:
            with socket.create_connection(("127.0.0.1", server.port)) as plain, context.wrap_socket(plain) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            counts[number] += 1

    before = server.cpu()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"rate": sum(counts) / seconds, "per_cpu_second": sum(counts) / max(server.cpu() - before, 0.001)}


def raise_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def open_streams(port, cookie, count, path="/live?page=%2Fworkers"):
    """Opens `count` event streams and reads each one's head."""
    raise_file_limit()
    streams = []
    for _ in range(count):
        stream = socket.create_connection(("127.0.0.1", port))
        stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n{cookie}\r\n\r\n".encode())
        streams.append(stream)
        if len(streams) % 20 == 0:
            for opened in streams[-20:]:
                answer = opened.recv(4096)
                if b" 200 " not in answer[:20]:
                    raise SystemExit(f"a stream was answered {answer[:300]!r}")
    return streams


class LoginFlood:
    """Wrong passwords at a fixed rate, from one address, on a thread of its own."""

    def __init__(self, port, rate):
        self.port, self.rate, self.sent, self.statuses = port, rate, 0, {}
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(number,), daemon=True) for number in range(8)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        interval = len(self.threads) / self.rate if hasattr(self, "threads") else 8 / self.rate
        due = time.perf_counter() + interval * number / 8
        while not self.stop.is_set():
            time.sleep(max(0, due - time.perf_counter()))
            due += interval
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", PATH, headers=dict([basic_field(f"wrong-{number}-{self.sent}").split(": ", 1)]))
                status = connection.getresponse().status
            except OSError:
                status = 0
            finally:
                connection.close()
            self.sent += 1
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(30)


def slowloris(port, count, at_half):
    """Opens `count` connections one after another, each with a head that never ends. Returns those that were opened."""
    raise_file_limit()
    opened = collections.deque()
    for number in range(count):
        if number == count // 2:
            at_half()
        # The oldest go when this process may open no more files; those that the edge capped are over already.
        if len(opened) >= resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200:
            opened.popleft().close()
        client = socket.socket()
        client.settimeout(2)
        # Another address than that of the healthy clients, whose share it cannot take.
        client.bind(("127.0.0.2", 0))
        try:
            client.connect(("127.0.0.1", port))
            client.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
            opened.append(client)
        except OSError:
            client.close()
    return list(opened)
