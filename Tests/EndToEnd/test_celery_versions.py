"""Events, control and results of older Celery versions; the newest is what all other tests use."""

import pytest

from harness.calyx import PASSWORD, ROOT, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer


@pytest.fixture(scope="module", params=["5.2.7", "5.4.0"])
def world(request, directory):
    version = request.param
    home = directory / f"celery-{version}"
    redis_server = RedisServer(home)
    node = f"old-{version}@e2e"
    worker = CeleryWorker(node, redis_server.url, home,
                          python=ROOT / ".build" / f"venv-celery-{version}" / "bin" / "python")
    calyx = Calyx("up", home / "calyx", broker=redis_server.url, result_backend=redis_server.url, port=free_port(),
                  address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
    calyx.wait_until_listening()
    with calyx.client() as api:
        def online():
            worker.must_live()
            return worker.is_ready and api.get("/api/workers").json().get(node, {}).get("status") is True

        until(online, seconds=60, what=f"the worker of Celery {version} is online")
        until(lambda: "add" in str(api.get("/api/workers", params={"refresh": 1}).json()[node].get("registered")),
              seconds=20, what="it told its tasks")
        yield version, node, api
    for process in (calyx, worker, redis_server):
        process.stop()


def test_sends_its_versions_name(world):
    version, node, api = world
    assert api.get("/api/workers").json()[node]["stats"]["pool"]


def test_runs_tasks_and_their_events_and_results_are_seen(world):
    _, node, api = world
    sent = api.post("/api/task/send-task/e2e.add", json={"args": [1, 2], "priority": 3, "expires": 60})
    task = sent.raise_for_status().json()["task-id"]
    answer = api.get(f"/api/task/result/{task}", params={"timeout": 10}).raise_for_status().json()
    assert (answer["state"], answer["result"]) == ("SUCCESS", 3)

    def seen():
        answer = api.get(f"/api/task/info/{task}")
        return answer.status_code == 200 and answer.json()["state"] == "SUCCESS" and answer.json()["worker"] == node

    until(seen, seconds=20, what="the events told the same")


def test_obeys_commands(world):
    _, node, api = world

    def processes():
        workers = api.get("/api/workers", params={"refresh": 1, "workername": node}).raise_for_status().json()
        return len(workers[node]["stats"]["pool"]["processes"])

    before = processes()
    api.post(f"/api/worker/pool/grow/{node}", params={"n": 1}).raise_for_status()
    until(lambda: processes() == before + 1, seconds=20, what="the pool has grown at the worker itself")
    api.post(f"/api/worker/queue/add-consumer/{node}", params={"queue": "extra"}).raise_for_status()
    api.post("/api/task/rate-limit/e2e.add", params={"workername": node, "ratelimit": "100/m"}).raise_for_status()
    sent = api.post("/api/task/send-task/e2e.echo", json={"args": ["\u017e"], "queue": "extra"})
    task = sent.raise_for_status().json()["task-id"]
    answer = api.get(f"/api/task/result/{task}", params={"timeout": 10}).raise_for_status().json()
    assert answer["result"] == "\u017e", "the new queue is consumed"
