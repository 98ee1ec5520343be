"""Event streams as a cluster publishes them, and as it never should: made from a seed, or captured from real workers."""

import base64
import json
import pathlib
import random
import time
import uuid

CAPTURED = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Celery" / "events-small.ndjson"
TRACEBACK = 'Traceback (most recent call last):\n  File "tasks.py", line 7, in run\n'


class Stream:
    """What some workers and publishers of a run of their own do. Everything is decided by the seed."""

    def __init__(self, seed: int, tasks: int = 150):
        self.rng = random.Random(seed)
        self.label = f"s{seed}"
        self.start = time.time() - 3600
        self.workers = [f"{self.label}-w{number}@host" for number in range(6)]
        self.clocks = dict.fromkeys(self.workers, 0)
        self.ids = []
        self.events = []
        for _ in range(tasks):
            events = self._task()
            # Some are looked at in the middle of their lives.
            self.events += events[:self.rng.randrange(1, len(events) + 1)] if self.rng.random() < 0.3 else events
        for worker in self.workers:
            self.events += self._heartbeats(worker)
        self.events.sort(key=lambda event: event["timestamp"])
        for event in self.events:
            self._tick(event)

    def _tick(self, event):
        if event["type"] == "task-sent":
            event["clock"] = self.rng.randrange(1, 9)
        else:
            self.clocks[event["hostname"]] += 1
            event["clock"] = self.clocks[event["hostname"]]

    def _task(self) -> list[dict]:
        rng = self.rng
        task = str(uuid.UUID(int=rng.getrandbits(128), version=4)) if rng.random() < 0.9 else f"{self.label}/{rng.random()}"
        parent = rng.choice(self.ids) if self.ids and rng.random() < 0.2 else None
        self.ids.append(task)
        worker, publisher = rng.choice(self.workers), f"gen{rng.randrange(100)}@{self.label}"
        now = self.start + rng.random() * 600
        events = []

        def add(kind: str, host: str = worker, **fields):
            nonlocal now
            now += rng.random()
            events.append({"hostname": host, "utcoffset": 0.0, "pid": 100, "clock": 0, "uuid": task, **fields,
                           "timestamp": now, "type": f"task-{kind}"})

        def request(retries: int) -> dict:
            return {"name": f"demo.{rng.choice('abc')}", "args": f"({rng.randrange(99)}, 'é\\n')",
                    "kwargs": "{'k': %r}" % rng.random(), "root_id": parent or task, "parent_id": parent,
                    "retries": retries, "eta": rng.choice([None, None, "2026-11-22T10:00:00+00:00"]), "expires": None}

        def sent(retries: int = 0):
            add("sent", publisher, **request(retries), queue=rng.choice(["celery", "mail"]), exchange="",
                routing_key=rng.choice(["celery", "mail"]))

        story = rng.choices(
            ["success", "failure", "retries", "revoked", "expired", "rejected", "requeued", "lost", "progress", "sent",
             "started"], [8, 4, 5, 2, 1, 1, 2, 2, 2, 1, 1])[0]
        if story == "started":
            add("started")
            return events
        sent()
        if story == "sent":
            return events
        if story == "expired":
            add("revoked", terminated=False, signum=None, expired=True)
            return events
        add("received", **request(0))
        if story == "revoked" and rng.random() < 0.5:
            add("revoked", terminated=False, signum=None, expired=False)
            return events
        add("started")
        if story == "lost":
            return events
        for attempt in range(1, rng.randrange(2, 6) if story == "retries" else 1):
            sent(attempt)
            # Workers tell of the next attempt before they tell of the end of the one before.
            if rng.random() < 0.5:
                worker = rng.choice(self.workers)
            add("received", worker, **request(attempt))
            add("retried", worker, exception=f"ConnectionError({attempt})", traceback=TRACEBACK + str(attempt))
            add("started", worker)
        if story == "requeued":
            add("rejected", requeue=True)
            add("received", **request(0))
            add("started", worker)
        if story == "progress":
            add("progress", current=rng.randrange(9))
        if story == "rejected":
            add("failed", exception="reject requeue=False", traceback=TRACEBACK)
            add("rejected", requeue=False)
        elif story == "revoked":
            add("revoked", terminated=True, signum=rng.choice([15, "SIGTERM"]), expired=False)
        elif story == "failure" or (story == "retries" and rng.random() < 0.5):
            add("failed", exception=f"ValueError({rng.random()})", traceback=TRACEBACK)
            # A hard time limit is told twice.
            if rng.random() < 0.2:
                add("failed", exception="ExceptionWithTraceback()", traceback=TRACEBACK)
        else:
            add("succeeded", worker, result=repr(rng.random()), runtime=rng.random() * 9)
        return events

    def _heartbeats(self, worker: str) -> list[dict]:
        rng = self.rng
        number = self.workers.index(worker)
        # Windows that are over long before anybody looks, or last long after.
        frequency = [0.01, 0.05, 900, 1234.5, 3600.0, 43200][number]
        events = []
        for beat in range(rng.randrange(1, 12)):
            kind = "online" if beat == 0 else "heartbeat"
            events.append(self._worker_event(worker, kind, self.start + beat * 2 + rng.random(), frequency))
        if number % 2 and rng.random() < 0.6:
            events.append(self._worker_event(worker, "offline", self.start + 25, frequency))
            if rng.random() < 0.5:
                events.append(self._worker_event(worker, "online", self.start + 26, frequency))
        return events

    def _worker_event(self, worker: str, kind: str, timestamp: float, frequency: float) -> dict:
        rng = self.rng
        load = [round(rng.random() * 9, 2) for _ in range(3)]
        return {"hostname": worker, "utcoffset": 0.0, "pid": rng.randrange(100, 103), "clock": 0, "freq": frequency,
                "active": rng.randrange(9), "processed": rng.randrange(999), "loadavg": load,
                "sw_ident": "py-celery", "sw_ver": "5.7.0", "sw_sys": "Linux", "timestamp": timestamp,
                "type": f"worker-{kind}"}

    # The same events as a bad network and bad clocks deliver them.

    def late(self) -> list[dict]:
        """Each event a little late, some very."""
        return sorted(self.events, key=lambda event: event["timestamp"] + self.rng.expovariate(0.5)
                      + (600 if self.rng.random() < 0.03 else 0))

    def shuffled(self) -> list[dict]:
        return self.rng.sample(self.events, len(self.events))

    def hostile(self) -> list[dict]:
        """Late, incomplete, repeated, by clocks that jump, with values that are none."""
        rng = self.rng
        jumping = rng.choice(self.workers)
        events = []
        for event in self.late():
            if rng.random() < 0.1:
                continue
            if event["hostname"] == jumping:
                event = {**event, "timestamp": event["timestamp"] + rng.choice([0, 0, -86400, 86400])}
            if event["type"].startswith("worker-") and rng.random() < 0.2:
                event = {**event, **rng.choice([
                    {"freq": 0}, {"freq": "2.0"}, {"freq": -1}, {"active": "3"}, {"processed": None},
                    {"loadavg": [1, 2]}, {"pid": 1.5}, {"clock": 2 ** 70}])}
            if event["type"] in ("task-sent", "task-received", "task-succeeded") and rng.random() < 0.05:
                event = {**event, rng.choice(["name", "args", "root_id", "parent_id", "runtime"]): None}
            if event["type"] == "worker-heartbeat" and rng.random() < 0.1:
                event = {name: value for name, value in event.items() if name != "timestamp"}
            events.append(event)
            if rng.random() < 0.1:
                events.insert(rng.randrange(max(0, len(events) - 20), len(events)), event)
        for worker in self.workers:
            events.insert(rng.randrange(len(events)), {
                "hostname": worker, "pid": 100, "clock": 1, "timestamp": self.start, "type": "worker-elect", "id": "x",
                "topic": "t", "action": {}, "cver": 1})
            events.insert(rng.randrange(len(events)), self._worker_event(worker, "greeting", self.start, 2.0))
        return events


def captured(label: str) -> list[dict]:
    """The captured run, in order of arrival, its tasks and workers renamed so that it can be played again."""
    def renamed(event: dict) -> dict:
        event = dict(event)
        for name in ("uuid", "root_id", "parent_id"):
            if event.get(name):
                event[name] = str(uuid.uuid5(uuid.NAMESPACE_OID, label + event[name]))
        return event | {"hostname": f"{label}-{event['hostname']}"}

    events = []
    for line in CAPTURED.read_text().splitlines():
        message = json.loads(line)
        if "celeryev" in message["channel"]:
            body = json.loads(base64.b64decode(json.loads(message["payload"])["body"]))
            events += [renamed(event) for event in (body if isinstance(body, list) else [body])]
    return events


def envelope(body, routing_key: str) -> str:
    """What kombu publishes, byte for byte."""
    first = body[0] if isinstance(body, list) else body
    return json.dumps({
        "body": base64.b64encode(json.dumps(body).encode()).decode(), "content-encoding": "utf-8",
        "content-type": "application/json", "headers": {"hostname": first["hostname"]},
        "properties": {"delivery_mode": 1, "delivery_info": {"exchange": "celeryev", "routing_key": routing_key},
                       "priority": 0, "body_encoding": "base64", "delivery_tag": str(uuid.uuid4())}})


def publish(client, database: int, events: list[dict], rng: random.Random) -> int:
    """In their order, single or in arrays as prefork workers send them. Returns how many heard the last one."""
    pipeline = client.pipeline(transaction=False)
    at = 0
    while at < len(events):
        size = rng.choice([1, 1, 2, 5]) if events[at]["type"].startswith("task-") else 1
        batch = events[at:at + size]
        size = next((n for n, event in enumerate(batch) if not event["type"].startswith("task-")), len(batch)) or 1
        key = "task.multi" if size > 1 else events[at]["type"].replace("-", ".")
        pipeline.publish(f"/{database}.celeryev/{key}",
                         envelope(events[at:at + size] if size > 1 else events[at], key))
        at += size
    return pipeline.execute()[-1]
