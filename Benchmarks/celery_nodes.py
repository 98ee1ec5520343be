"""Celery workers as the control channel sees them: hundreds of nodes in one process that speak kombu's pidbox over Redis.

Each node has a subscription of its own, since Redis tells the sender how many heard a command; sends heartbeats; and answers the
commands that it is given answers for, in messages like those of real workers.
"""
import base64
import collections
import contextlib
import json
import selectors
import socket
import threading
import time
import uuid

CHANNEL = b"/0.celery.pidbox"
SEPARATOR = "\x06\x16"
#: Commands encoded and sent at once.
BATCH = 100


def resp(*parts):
    """One command as Redis reads it."""
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)])


def envelope(body, headers, exchange, key):
    return json.dumps({
        "body": base64.b64encode(json.dumps(body).encode()).decode(), "content-encoding": "utf-8",
        "content-type": "application/json", "headers": headers, "properties": {
            "delivery_mode": 1, "delivery_info": {"exchange": exchange, "routing_key": key}, "priority": 0,
            "body_encoding": "base64", "delivery_tag": str(uuid.uuid4())}})


class Pipeline:
    """Sends many commands and reads their one-line or nested replies away."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.reader = self.socket.makefile("rb")

    def __call__(self, commands):
        replies = []
        for start in range(0, len(commands), BATCH):
            batch = commands[start:start + BATCH]
            self.socket.sendall(b"".join(batch))
            replies += [self.read() for _ in batch]
        return replies

    def read(self):
        line = self.reader.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if rest == b"-1" else self.reader.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def close(self):
        self.socket.close()


class Nodes:
    """`answers` by command: what every node says, or a function of the node's name."""

    def __init__(self, port, count, answers):
        self.names = [f"node{index}@simulated" for index in range(count)]
        self.answers = answers
        #: When the last reply to the newest command had been taken by Redis; by command.
        self.answered = {}
        self.answered_nodes = collections.Counter()
        self.ended = threading.Event()
        self.commands = Pipeline(port)
        self.beats = Pipeline(port)
        self.ears = [Pipeline(port) for _ in self.names]
        for ear in self.ears:
            ear([resp("PSUBSCRIBE", CHANNEL)])
        self.threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True)
                        for work in (self._listen, self._drain, self._beat)]
        for thread in self.threads:
            thread.start()

    def close(self):
        self.ended.set()
        for connection in (self.commands, self.beats, *self.ears):
            with contextlib.suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        for connection in (self.commands, self.beats, *self.ears):
            connection.close()

    def _guarded(self, work):
        try:
            work()
        except (OSError, ConnectionError, ValueError):
            if not self.ended.is_set():
                raise

    def _drain(self):
        """All ears hear the same; one is enough."""
        selector = selectors.DefaultSelector()
        for ear in self.ears[1:]:
            selector.register(ear.socket, selectors.EVENT_READ)
        while not self.ended.is_set() and selector.get_map():
            for key, _ in selector.select(0.2):
                if not key.fileobj.recv(1 << 20):
                    selector.unregister(key.fileobj)

    def _beat(self):
        while not self.ended.wait(0 if not self.answered_nodes["beats"] else 2):
            now = time.time()
            self.beats([resp("PUBLISH", "/0.celeryev/worker.heartbeat", envelope(
                {"hostname": name, "utcoffset": 0, "pid": 1, "clock": 1, "freq": 2.0, "active": 0, "processed": 0,
                 "loadavg": [0.1, 0.1, 0.1], "sw_ident": "py-celery", "sw_ver": "5.7.0", "sw_sys": "Linux", "timestamp": now,
                 "type": "worker-heartbeat"}, {"hostname": name}, "celeryev", "worker.heartbeat")) for name in self.names])
            self.answered_nodes["beats"] += 1

    def _listen(self):
        while not self.ended.is_set():
            message = self.ears[0].read()
            if message[0] == b"pmessage":
                self._answer(json.loads(base64.b64decode(json.loads(message[3])["body"])))

    def _answer(self, request):
        reply_to, answer = request.get("reply_to"), self.answers.get(request["method"])
        if not reply_to or answer is None:
            return
        owner, exchange = reply_to["routing_key"], reply_to["exchange"]
        wanted = request.get("destination")
        nodes = self.names if not wanted else [name for name in self.names if name in set(wanted)]
        bindings = [member.decode().split(SEPARATOR) for member in self.commands([resp("SMEMBERS", f"_kombu.binding.{exchange}")])[0]]
        lists = [queue for key, _, queue in bindings if key == owner]
        headers = {"ticket": request["ticket"], "clock": 1}
        for start in range(0, len(nodes), BATCH):
            self.commands([resp("LPUSH", queue, envelope({name: answer}, headers, exchange, owner))
                           for name in nodes[start:start + BATCH] for queue in lists])
        self.answered[request["method"]] = time.perf_counter()
        self.answered_nodes[request["method"]] += len(nodes)
