"""The measurements that `ingest.py` puts together: each starts a Redis and a Calyx (or Flower) of its own."""
import json
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time
import uuid

import celery_events
from core_client import CoreClient
from servers import Client, RedisConnection, calyx_on_redis, start_calyx, start_flower, start_redis, workspace

PUBLISHER = pathlib.Path(__file__).with_name("celery_events.py")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def milliseconds(client, target, times=60):
    """The latencies of asking `times` times; an answer other than 200 ends the benchmark."""
    found = []
    for _ in range(times):
        status, _, seconds = client.get(target)
        if status != 200:
            raise SystemExit(f"GET {target} answered {status}")
        found.append(seconds * 1e3)
    return found


class Publisher:
    """celery_events.py, which has everything made before it starts to send."""

    def __init__(self, redis, *options):
        self.process = subprocess.Popen([sys.executable, str(PUBLISHER), "--port", str(redis.port), "--wait", *map(str, options)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit("the publisher did not start")

    def start(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        return json.loads(self.process.communicate()[0])


class Poller(threading.Thread):
    """Asks for the newest hundred tasks fifty times a second until it is told to stop."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.ending, self.found = client, threading.Event(), []

    def run(self):
        while not self.ending.wait(0.02):
            self.found += milliseconds(self.client, "/api/tasks?limit=100", 1)

    def stop(self):
        self.ending.set()
        self.join()
        return self.found


def metric(client, family):
    _, body, _ = client.get("/metrics")
    return sum(float(value) for value in re.findall(rf"^{family}(?:{{[^}}]*}})? ([0-9.e+]+)$", body.decode(), re.MULTILINE))


def catch_up(client, family, expected):
    """(events taken, seconds until they were) after the last was sent."""
    ended, taken, quiet = time.perf_counter(), -1.0, 0
    while quiet < 20 and taken < expected:
        now = metric(client, family)
        quiet = quiet + 1 if now == taken else 0
        taken = now
        if taken < expected:
            time.sleep(0.1)
    return taken, time.perf_counter() - ended


def follow(product, publisher_options, options=(), polled=False, inspect=None):
    """One load sent to one product; `inspect` is given a client of the core, or of Flower, when all has been taken."""
    with workspace() as (directory, servers):
        redis = start_redis(directory)
        servers.append(redis)
        server = (start_calyx if product == "calyx" else start_flower)(directory, redis.port, *options)
        servers.append(server)
        is_calyx = product == "calyx"
        counting, asking = Client(server.port), CoreClient(server.state) if is_calyx else Client(server.port)
        family = "calyx_ingest_events_total" if is_calyx else "flower_events_total"
        publisher = Publisher(redis, *publisher_options)
        time.sleep(2)  # what start-up costs is over
        poller = Poller(asking) if polled else None
        if poller:
            poller.start()
        cpu = server.cpu()
        publisher.start()
        sent = publisher.finish()
        # Flower counts no heartbeat.
        expected = sent["events"] - (0 if is_calyx else sent["counts"].get("worker-heartbeat", 0))
        loaded = poller.stop() if poller else []
        taken, lag = catch_up(counting, family, expected)
        result = {
            "events": sent["events"], "sent_per_second": sent["events_per_second"], "lost": max(0, expected - taken),
            "cpu_us": (server.cpu() - cpu) / max(1, taken) * 1e6, "lag_s": lag, "rss_mb": server.rss() / 1e6,
            "loaded_p99_ms": percentile(loaded, 0.99),
        }
        if is_calyx:
            result["gaps"] = metric(counting, "calyx_gaps_total")
        if inspect:
            result |= inspect(asking)
        return result


def at_rest(client):
    """Latencies of an instance with all its tasks and no load."""
    listed = milliseconds(client, "/api/tasks?limit=100", 200)
    uuids = list(json.loads(client.get("/api/tasks?limit=50")[1]))
    single = [value for uuid_ in uuids for value in milliseconds(client, f"/api/task/info/{uuid_}", 4)]
    return {"rest_p50_ms": statistics.median(listed), "rest_p99_ms": percentile(listed, 0.99), "info_p99_ms": percentile(single, 0.99)}


def searches(client):
    """Latencies of text searches for a word in many tasks, in one old task, and in none."""
    words = {"common": "chunk_size", "one old task": "doc4321.pdf", "none": "zq-nowhere-xj"}
    found = {}
    for name, word in words.items():
        taken = milliseconds(client, f"/api/tasks?limit=100&search={word}", 15)
        hits = len(json.loads(client.get(f"/api/tasks?limit=100&search={word}")[1]))
        if hits != {"common": 100, "one old task": 1, "none": 0}[name]:
            raise SystemExit(f"search for {word} found {hits} tasks")
        found[f"search {name}"] = statistics.median(taken)
        found[f"search {name}, worst"] = max(taken)
    return found


def publish_probe(broker):
    """Publishes that a task was received now; returns its id."""
    task = str(uuid.uuid4())
    fields = {"hostname": "celery@probe", "utcoffset": 0, "pid": 1, "clock": 1, "timestamp": time.time(), "uuid": task,
              "type": "task-received", "name": "probe", "args": "()", "kwargs": "{}"}
    broker.command(celery_events.publish_command(0, "task.received", celery_events.envelope(fields, "task.received")))
    return task


def delays(redis, client, times=60):
    """Milliseconds from publishing an event until the API has its task."""
    found = []
    with RedisConnection(redis.port) as broker:
        for _ in range(times):
            started = time.perf_counter()
            task = publish_probe(broker)
            while client.get(f"/api/task/info/{task}")[0] != 200:
                if time.perf_counter() - started > 5:
                    raise SystemExit("an event did not reach the API within 5 s")
            found.append((time.perf_counter() - started) * 1e3)
            time.sleep(0.02)
    return found


def delay_at(rate):
    """The 99th percentile of that delay while `rate` other events come each second."""
    with calyx_on_redis() as (redis, calyx):
        publisher = Publisher(redis, "--rate", rate, "--tasks", rate * 2, "--window", max(1, rate // 200))
        time.sleep(1)
        publisher.start()
        time.sleep(1)
        found = delays(redis, CoreClient(calyx.state))
        publisher.finish()
        return percentile(found, 0.99)


def start_to_first_event():
    """Milliseconds from starting the program until it takes an event."""
    with workspace() as (directory, servers):
        redis = start_redis(directory)
        servers.append(redis)
        ended = threading.Event()

        def publish():
            with RedisConnection(redis.port) as broker:
                while not ended.wait(0.001):
                    publish_probe(broker)

        publishing = threading.Thread(target=publish, daemon=True)
        publishing.start()
        started = time.time()
        calyx = start_calyx(directory, redis.port)
        servers.append(calyx)
        time.sleep(1)
        tasks = json.loads(CoreClient(calyx.state).get("/api/tasks?limit=1&sort_by=received")[1])
        ended.set()
        publishing.join()
        return (min(task["received"] for task in tasks.values()) - started) * 1e3
