"""The resident set stays within memory_limit + 5 %, however large and many the events are."""

import base64
import json
import pathlib
import random
import time
import uuid

import pytest

from harness.calyx import PASSWORD, USER, Calyx
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer

LIMIT_MB = 128
# Bytes of text in an event, and events: about twice the limit in text.
STREAMS = [(1_000, 120_000), (64_000, 4_000)]


def resident_mb(pid: int) -> float:
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) * 1024 / 1e6


def payload(size: int) -> str:
    # Differs from task to task, so that it cannot be kept once.
    text = random.randbytes(size // 2).hex()
    fields = {"type": "task-received", "hostname": "w1@h", "utcoffset": 0, "pid": 1, "clock": 1, "timestamp": time.time(),
              "uuid": str(uuid.uuid4()), "name": "tasks.large", "args": text, "kwargs": "{}", "retries": 0}
    return json.dumps({"body": base64.b64encode(json.dumps(fields).encode()).decode(), "content-encoding": "utf-8",
                       "content-type": "application/json", "headers": {}, "properties": {"body_encoding": "base64"}})


@pytest.mark.parametrize("size, events", STREAMS)
def test_memory_stays_below_the_limit(directory, size, events):
    place = directory / f"memory-{size}"
    place.mkdir()
    redis = RedisServer(place / "redis")
    calyx = Calyx("up", place / "calyx", broker=redis.url, port=free_port(), address="127.0.0.1", admin_address="none",
                  basic_auth=f"{USER}:{PASSWORD}", memory_limit=f"{LIMIT_MB}MB", max_tasks=1_000_000)
    try:
        calyx.wait_until_listening()
        until(lambda: redis.client.pubsub_numpat() > 0, what="Calyx subscribes")
        highest, sent, step = 0.0, 0, max(1, 2_000_000 // size)
        with calyx.client() as client:
            def taken() -> int:
                metrics = client.get("/metrics").raise_for_status().text
                return sum(int(float(line.split()[-1])) for line in metrics.splitlines()
                           if line.startswith("calyx_ingest_events_total{"))

            while sent < events:
                pipeline = redis.client.pipeline(transaction=False)
                for _ in range(step):
                    pipeline.publish("/0.celeryev/task.received", payload(size))
                pipeline.execute()
                sent += step
                # No more is under way than Redis keeps for a subscriber: nothing may be lost here.
                until(lambda: taken() == sent, seconds=60, what="Calyx has taken what was sent")
                highest = max(highest, resident_mb(calyx.pid))
            evicted = next(float(line.split()[-1]) for line in client.get("/metrics").text.splitlines()
                           if line.startswith("calyx_state_evictions_total"))
        assert evicted > 0, "the stream was too small to fill the memory"
        assert highest <= LIMIT_MB * 2**20 / 1e6 * 1.05
    finally:
        calyx.stop()
        redis.stop()
