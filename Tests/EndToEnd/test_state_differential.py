"""The same events through Celery's own State and through Calyx, and what the two then say of every task and worker.

Streams are made from seeds (CALYX_DIFFERENTIAL_SEEDS=20:40 chooses others, `make test-long` takes many) or are the
captured run of real workers. Where Calyx differs on purpose, harness/celery_state.py has the reason, and the run has to
meet each difference at least once.
"""

import os
import random
import time
import urllib.parse
from collections import Counter

import pytest

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_state import DIFFERENCES, FIELDS, WORKER_FIELDS, CorrectedState
from harness.event_streams import Stream, captured, publish
from harness.polling import until
from harness.process import free_port

DATABASE = 5
FIRST, _, LAST = os.environ.get("CALYX_DIFFERENTIAL_SEEDS", "1:9").partition(":")
SEEDS = range(int(FIRST), int(LAST))
ORDERS = ("in order", "late", "shuffled", "hostile")


class Run:
    """One Calyx that hears every stream, and the State beside it."""

    def __init__(self, calyx: Calyx, redis):
        self.calyx, self.redis = calyx, redis
        self.oracle = CorrectedState()
        self.published = []
        self.played_in_order = []
        # When the events that Celery took at one time were all taken by Calyx.
        self.applied = {}

    def play(self, label: str, events: list[dict]):
        rng = random.Random(label)
        marker = {"type": "task-received", "uuid": f"marker {label}", "hostname": "marker@host", "clock": 1,
                  "timestamp": time.time(), "retries": 0}
        received = time.time()
        for event in events:
            self.oracle.event(dict(event), received)
        self.published += events
        assert publish(self.redis, DATABASE, [*events, marker], rng) > 0, "nobody listens"
        with self.calyx.client() as client:
            path = "/api/task/info/" + urllib.parse.quote(marker["uuid"])
            until(lambda: client.get(path).status_code == 200, seconds=60, what=f"the events of {label} are applied")
        self.applied[received] = time.time()

    def history(self, name: str) -> str:
        wanted = [event for event in self.published if name in (event.get("uuid"), event["hostname"])]
        return "\n".join(str({k: v for k, v in event.items() if k not in ("utcoffset", "traceback")})
                         for event in wanted[-20:])


@pytest.fixture(scope="module")
def run(directory, redis_server, processes):
    calyx = Calyx("up", directory / "differential", broker=redis_server.url.removesuffix("/0") + f"/{DATABASE}",
                  port=free_port(), address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
    processes.append(calyx.wait_until_listening())
    until(lambda: redis_server.client.publish(f"/{DATABASE}.celeryev/worker.none", "{}") > 0, what="Calyx subscribes")
    run = Run(calyx, redis_server.client)
    print(f"seeds {SEEDS}")
    for order in ORDERS:
        for seed in SEEDS:
            stream = Stream(seed * 100 + ORDERS.index(order))
            events = stream.events if order == "in order" else getattr(stream, order)()
            run.play(f"{order} {seed}", events)
            if order == "in order":
                run.played_in_order += events
    run.play("captured", captured("captured"))
    events = captured("captured shuffled")
    random.Random(SEEDS[0]).shuffle(events)
    run.play("captured shuffled", events)
    return run


def test_every_task_is_what_celery_says(run):
    tasks = run.oracle.celery.tasks.data
    with run.calyx.client() as client:
        shown = client.get("/api/tasks").raise_for_status().json()
    assert {name for name in shown if not name.startswith("marker")} == set(tasks)
    wrong = []
    for name, task in tasks.items():
        for field in FIELDS:
            expected = getattr(task, field)
            if field == "worker":
                expected = expected and expected.hostname
            if shown[name].get(field) != expected:
                wrong.append((name, field, shown[name].get(field), expected))
        if (children := {child.uuid for child in task.children}) != set(shown[name]["children"]):
            wrong.append((name, "children", shown[name]["children"], children))
    report = "\n".join(f"{name} {field}: {ours!r} instead of {theirs!r}\n{run.history(name)}"
                       for name, field, ours, theirs in wrong[:5])
    assert not wrong, f"{len(wrong)} fields with seeds {SEEDS}:\n{report}"


def test_every_attempt_is_kept(run):
    with run.calyx.client() as client:
        for name, attempts in run.oracle.attempts.items():
            if attempts.kept:
                task = client.get("/api/task/info", params={"id": name}).raise_for_status().json()
                assert task["attempts"] == attempts.kept, run.history(name)


def test_every_worker_is_as_alive_as_celery_says(run):
    workers = {name: worker for name, worker in run.oracle.celery.workers.data.items() if worker.hostname}

    def expiry(worker):
        return worker.heartbeats[-1] + 2 * worker.freq if worker.heartbeats else 0

    # Windows that are about to end are over when we look; the others last for minutes.
    ending = max(expiry(worker) for worker in workers.values() if expiry(worker) < time.time() + 15)
    until(lambda: time.time() > ending + 2, seconds=20, what="short windows are over")
    with run.calyx.client() as client:
        rows = client.get("/workers", params={"json": 1}).raise_for_status().json()["data"]
    shown = {row["hostname"]: row for row in rows if row["hostname"] != "marker@host"}
    assert set(shown) == set(workers)
    for name, worker in workers.items():
        row = shown[name]
        # A window that ends while we look decides nothing.
        if abs(expiry(worker) - time.time()) > 1.5:
            assert row["status"] is (time.time() < expiry(worker)), run.history(name)
        assert len(row["heartbeats"]) == len(worker.heartbeats), run.history(name)
        for ours, theirs in zip(row["heartbeats"], worker.heartbeats):
            assert theirs - 0.1 <= ours <= run.applied[theirs] + 0.1, run.history(name)
        for field in WORKER_FIELDS:
            expected = getattr(worker, field)
            if field == "clock":
                expected = expected or None
            assert row[field] == expected, (field, run.history(name))
    assert {row["status"] for row in shown.values()} == {True, False}


def test_lists_are_newest_first(run):
    with run.calyx.client() as client:
        tasks = list(client.get("/api/tasks", params={"limit": 500}).raise_for_status().json().values())
    times = [task["timestamp"] for task in tasks]
    assert times == sorted(times, reverse=True)
    ours = [task["uuid"] for task in tasks if not task["uuid"].startswith("marker")]
    theirs = [name for name, _ in run.oracle.celery.tasks_by_time()][:len(ours)]
    if ours != theirs:
        run.oracle.seen["newest first"] += 1
    assert ours != theirs, "the clocks of the streams have to disagree with their times"


def test_tasks_of_one_attempt_need_no_correction_in_order(run):
    told = Counter((event.get("uuid"), event["type"]) for event in run.played_in_order)
    single = {task for task, kind in told
              if kind == "task-received" and told[task, kind] == 1 and told[task, "task-sent"] <= 1}
    assert len(single) > 50 * len(SEEDS)
    # Celery dates a task that failed for being rejected by the second of the two events.
    assert {reason for task in single for reason in run.oracle.corrected[task]} == {"time of the state"}


def test_each_difference_is_really_there(run):
    assert set(DIFFERENCES) - {"newest first"} <= {name for name, count in run.oracle.seen.items() if count}
    assert set(run.oracle.seen) <= set(DIFFERENCES)
