"""Events that Calyx cannot read, and some that it can although they are unusual, as workers really sent them."""

import json
import pathlib

import pytest

from harness.calyx import PASSWORD, USER, Calyx
from harness.polling import until
from harness.process import free_port

VARIANTS = pathlib.Path(__file__).resolve().parents[1] / "Fixtures" / "Celery" / "variants"
DATABASE = 6


@pytest.fixture
def calyx(directory, redis_server, processes):
    calyx = Calyx("up", directory / "unreadable", broker=redis_server.url.removesuffix("/0") + f"/{DATABASE}",
                  port=free_port(), address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
    processes.append(calyx.wait_until_listening())
    until(lambda: redis_server.client.pubsub_numpat() and
          redis_server.client.publish(f"/{DATABASE}.celeryev/worker.none", "{}") > 0, what="Calyx subscribes")
    return calyx


def publish_variant(redis_server, name: str) -> int:
    events = [message for message in json.loads((VARIANTS / f"{name}.json").read_text())["pubsub"]
              if "celeryev" in message["channel"]]
    for message in events:
        redis_server.client.publish(f"/{DATABASE}.celeryev/task.multi", message["payload"])
    return len(events)


def test_the_log_names_the_setting_that_helps(calyx, redis_server):
    counts = {name: publish_variant(redis_server, name) for name in ("pickle", "yaml")}
    publish_variant(redis_server, "msgpack")
    with calyx.client() as client:
        until(lambda: len(client.get("/api/tasks").json()) == 5, what="the tasks of the msgpack cluster are there")
        metrics = client.get("/metrics").raise_for_status().text
        for name, count in counts.items():
            assert f'calyx_ingest_lost_total{{reason="{name}"}} {count}' in metrics.replace(".0\n", "\n")
    for name in counts:
        def told(name=name):
            lines = [line for line in calyx.output.splitlines() if f"reason={name}" in line.replace('"', "")]
            return len(lines) == 1 and "event_serializer = 'json'" in lines[0]

        until(told, seconds=15, what=f"one line of the log says what to do about {name}")
