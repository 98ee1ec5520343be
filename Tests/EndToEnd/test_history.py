"""What is kept on disk: through kill -9, beside Flower's file, and when it cannot be kept."""

import base64
import html
import json
import re
import sqlite3
import threading
import time
import uuid

import httpx
import pytest

from harness.calyx import PASSWORD, USER, Calyx, run_calyx
from harness.polling import until
from harness.process import free_port

DATABASE = 11
CHANNEL = f"/{DATABASE}.celeryev/task.multi"


def envelope(event: dict) -> str:
    body = base64.b64encode(json.dumps(event).encode()).decode()
    return json.dumps({
        "body": body, "content-encoding": "utf-8", "content-type": "application/json", "headers": {"hostname": "w1@h"},
        "properties": {"delivery_mode": 1, "delivery_info": {"exchange": "celeryev", "routing_key": "task.multi"},
                       "priority": 0, "body_encoding": "base64", "delivery_tag": str(uuid.uuid4())}})


def task_events(task_id: str, name: str = "tasks.add", ago: float = 0, **fields) -> list[str]:
    base = {"uuid": task_id, "hostname": "w1@h", "pid": 7, "utcoffset": 0, "clock": 1}
    now = time.time() - ago
    return [envelope({**base, "type": "task-received", "timestamp": now, "name": name, "args": "(1,)", "kwargs": "{}", **fields}),
            envelope({**base, "type": "task-succeeded", "timestamp": now + 0.001, "result": "1", "runtime": 0.001})]


def start(directory, redis_server, processes, **options) -> Calyx:
    calyx = Calyx("up", directory, broker=redis_server.url.removesuffix("/0") + f"/{DATABASE}", port=free_port(),
                  address="127.0.0.1", basic_auth=f"{USER}:{PASSWORD}", enable_events=False, **options)
    processes.append(calyx.wait_until_listening())

    def subscribed():
        return redis_server.client.publish(f"/{DATABASE}.celeryev/worker.none", "{}") > 0

    until(subscribed, what="Calyx subscribes")
    return calyx


def stored(calyx: Calyx) -> dict:
    """What is exported, by id."""
    done = run_calyx("db", "export", "--state_dir", calyx.state, seconds=60)
    assert done.returncode == 0, done.stderr
    tasks = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({task["uuid"] for task in tasks}) == len(tasks), "a task is stored twice"
    return {task["uuid"]: task for task in tasks}


def test_what_was_heard_a_second_ago_survives_kill_9(directory, redis_server, processes):
    place = directory / "killed"
    sent: dict[str, float] = {}
    for round_number in range(5):
        calyx = start(place, redis_server, processes, admin_address="none")
        ending = threading.Event()

        def publish(number=round_number):
            count = 0
            while not ending.is_set():
                task_id = str(uuid.uuid4())
                for message in task_events(task_id, name=f"round.{number}"):
                    redis_server.client.publish(CHANNEL, message)
                sent[task_id] = time.monotonic()
                count += 1

        publisher = threading.Thread(target=publish)
        publisher.start()
        # Killed at any moment of its work, not at the end of it.
        time.sleep(2 + round_number * 0.13)
        killed_at = time.monotonic()
        calyx.kill()
        ending.set()
        publisher.join()
        for task_id in [task_id for task_id, at in sent.items() if at > killed_at]:
            del sent[task_id]
        verified = run_calyx("db", "verify", "--state_dir", calyx.state, seconds=60)
        assert verified.returncode == 0, verified.stderr
        found = stored(calyx)
        missing = [at for task_id, at in sent.items() if task_id not in found]
        assert all(killed_at - at < 1 for at in missing if at <= killed_at), "more than a second is lost"
        for task_id in [task_id for task_id in sent if task_id not in found]:
            del sent[task_id]
        assert len(found) > 100 * (round_number + 1)


def test_a_stop_loses_nothing(directory, redis_server, processes):
    calyx = start(directory / "stopped", redis_server, processes, admin_address="none")
    ids = [str(uuid.uuid4()) for _ in range(200)]
    for task_id in ids:
        for message in task_events(task_id, kwargs="{'password': 'hunter2', 'n': 1}"):
            redis_server.client.publish(CHANNEL, message)
    with calyx.client() as client:
        until(lambda: len(client.get("/api/tasks", params={"limit": 1000}).json()) == 200, what="all are in memory")
    calyx.stop()
    found = stored(calyx)
    assert sorted(found) == sorted(ids)
    assert all(task["state"] == "SUCCESS" and task["kwargs"] == "{'password': '***', 'n': 1}" for task in found.values())
    assert b"hunter2" not in b"".join(path.read_bytes() for path in (calyx.state / "core").iterdir() if path.is_file())


def test_exports_come_back_and_searches_erase(directory, redis_server, processes):
    calyx = start(directory / "moved", redis_server, processes, admin_address="none")
    for number in range(20):
        for message in task_events(f"move-{number}", kwargs=f"{{'person': 'p-{number:04}'}}"):
            redis_server.client.publish(CHANNEL, message)
    with calyx.client() as client:
        until(lambda: len(client.get("/api/tasks").json()) == 20, what="all are in memory")
    calyx.stop()
    exported = run_calyx("db", "export", "--state_dir", calyx.state).stdout
    file = directory / "export.ndjson"
    file.write_text(exported)
    other = directory / "other"
    for _ in range(2):
        done = run_calyx("db", "import", file, "--state_dir", other)
        assert done.returncode == 0 and "20 tasks" in done.stdout, done.stderr
    assert run_calyx("db", "export", "--state_dir", other).stdout == exported
    file.write_text(exported.splitlines()[0] + "\nnonsense\n")
    broken = run_calyx("db", "import", file, "--state_dir", other)
    assert broken.returncode == 1 and "line 2" in broken.stderr
    assert "1 tasks were erased" in run_calyx("db", "erase", "--search=p-0007", "--state_dir", other).stdout
    assert run_calyx("db", "erase", "--state_dir", other).returncode == 2
    assert "p-0007" not in run_calyx("db", "export", "--state_dir", other).stdout
    csv = run_calyx("db", "export", "--format=csv", "--search=p-0008", "--state_dir", other).stdout.splitlines()
    assert len(csv) == 2 and csv[1].startswith("move-8,")
    backup = directory / "backup.sqlite"
    assert run_calyx("db", "backup", backup, "--state_dir", other).returncode == 0
    assert "19 tasks were erased" in run_calyx("db", "erase", "--search=tasks.add", "--state_dir", other).stdout
    restored = run_calyx("db", "restore", backup, "--state_dir", other)
    assert restored.returncode == 0, restored.stderr
    assert "19" in run_calyx("db", "stats", "--state_dir", other).stdout


def test_a_file_of_another_program_is_left_alone(directory, redis_server, processes):
    file = directory / "flower"
    file.write_bytes(b"\x13\x57\x9a\xce" + bytes(range(256)) * 100)
    before = file.read_bytes(), file.stat().st_mtime_ns
    calyx = start(directory / "beside", redis_server, processes, admin_address="none", db=file)
    for message in task_events("beside-1"):
        redis_server.client.publish(CHANNEL, message)
    with calyx.client() as client:
        until(lambda: client.get("/api/tasks").json(), what="the task is there")
    calyx.stop()
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert "left untouched" in calyx.output
    assert "beside-1" in run_calyx("db", "export", "--db", file, "--state_dir", calyx.state).stdout
    assert (directory / "flower.calyx").exists()


def test_a_file_from_the_future_stops_no_monitoring(directory, redis_server, processes):
    place = directory / "future"
    file = place / "state" / "core" / "history.sqlite"
    assert run_calyx("db", "import", "/dev/null", "--state_dir", place / "state").returncode == 0
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    calyx = start(place, redis_server, processes, admin_address=f"127.0.0.1:{free_port()}")
    for message in task_events("future-1"):
        redis_server.client.publish(CHANNEL, message)
    with calyx.client() as client:
        until(lambda: "future-1" in client.get("/api/tasks").json(), what="the task is monitored")
        page = client.get("/workers", headers={"Accept": "text/html"}).text
        assert "History is not being written" in page and "later version" in page
        health = client.get("/healthcheck", params={"verbose": 1}).json()
        assert "later version" in health["history"]["problem"]
        assert "calyx_history_up 0" in client.get("/metrics").text
    # The schema that this version knows again: it catches up by itself.
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 2")
    connection.close()
    with calyx.client() as client:
        until(lambda: client.get("/healthcheck", params={"verbose": 1}).json()["history"]["problem"] is None, seconds=45,
              what="history works again")
    calyx.stop()
    assert "future-1" in stored(calyx)


@pytest.mark.parametrize("option", [{"persistent": False}])
def test_nothing_is_kept_when_nothing_is_to_be_kept(directory, redis_server, processes, option):
    calyx = start(directory / "memory", redis_server, processes, admin_address="none", **option)
    for message in task_events("memory-1"):
        redis_server.client.publish(CHANNEL, message)
    with calyx.client() as client:
        until(lambda: client.get("/api/tasks").json(), what="the task is there")
    calyx.stop()
    assert not list((calyx.state / "core").glob("history*"))


def listed(client, **query) -> list[str]:
    """The ids that the pages of `/api/tasks` hold, following their links."""
    found: list[str] = []
    address = httpx.URL("/api/tasks", params={"limit": 20, **query})
    while True:
        answer = client.get(address)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        link = answer.headers.get("link")
        if link is None:
            assert len(set(found)) == len(found), "a task is listed twice"
            return found
        address = httpx.URL("/api/tasks" + re.fullmatch(r'<(\?.*)>; rel="next"', link)[1])


def shown(client, address: str) -> list[str]:
    """The ids that the list page holds, following its way to older ones."""
    found: list[str] = []
    while True:
        page = client.get(address, headers={"Accept": "text/html"}).text
        found += re.findall(r'<tr data-key="([^"]+)"', page)
        older = re.search(r'href="([^"]*)" rel="next"', page)
        if older is None:
            return found
        address = html.unescape(older[1])


def test_history_goes_on_where_memory_ends_and_after_a_restart(directory, redis_server, processes):
    week = 7 * 86_400
    ids = [f"old-{number:03}" for number in range(120)]
    calyx = start(directory / "reading", redis_server, processes, admin_address="none", max_tasks=30)
    for number, task_id in enumerate(ids):
        for message in task_events(task_id, ago=week - number, kwargs=f"{{'order': 'no-{number:03}'}}"):
            redis_server.client.publish(CHANNEL, message)
    newest_first = ids[::-1]
    with calyx.client() as client:
        until(lambda: len(listed(client)) == len(ids), what="all are reached")

    def is_whole(client):
        assert listed(client) == newest_first
        assert list(client.get("/api/tasks", params={"limit": 10, "offset": 85}).json()) == newest_first[85:95]
        assert listed(client, search="no-007") == ["old-007"]
        info = client.get("/api/task/info/old-007").json()
        assert info["state"] == "SUCCESS" and info["kwargs"] == "{'order': 'no-007'}"
        assert client.get("/api/task/info/old-999").status_code == 404
        assert shown(client, "/tasks?per_page=15") == newest_first
        assert shown(client, "/tasks?search=no-007") == ["old-007"]
        assert "no-007" in client.get("/task/old-007", headers={"Accept": "text/html"}).text

    with calyx.client() as client:
        is_whole(client)
        assert len(client.get("/api/tasks").json()) == 30, "without a limit it is memory, as in Flower"
        assert "only tasks in memory" in client.get("/tasks?sort=name", headers={"Accept": "text/html"}).text
    calyx.stop()
    calyx = start(directory / "reading", redis_server, processes, admin_address="none", max_tasks=30)
    with calyx.client() as client:
        is_whole(client)
    calyx.stop()
