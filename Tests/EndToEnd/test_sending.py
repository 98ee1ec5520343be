"""Tasks that Calyx sends: each option reaches the task in a real worker, and everybody knows of it at once."""

import base64
import json
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from celery import Celery
from celery.events.state import State

from harness.calyx import PASSWORD, USER, Calyx
from harness.polling import until
from harness.process import free_port


def iso(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")


def flowers(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f")


#: What is sent, and what is true of what the task saw. `TIME` is that of the route: Flower has two ways to write times.
OPTIONS = {
    "args": (lambda time: {"args": [1, "\u017e", [None, {"a": 1.5}]]}, lambda seen: seen["args"] == [1, "\u017e", [None, {"a": 1.5}]]),
    "kwargs": (lambda time: {"kwargs": {"b": 1, "a": {"n": None}}}, lambda seen: seen["kwargs"] == {"b": 1, "a": {"n": None}}),
    "queue": (lambda time: {"queue": "celery"}, lambda seen: seen["delivery_info"]["routing_key"] == "celery"),
    "exchange and routing_key": (lambda time: {"exchange": "celery", "routing_key": "celery"},
                                 lambda seen: seen["delivery_info"]["exchange"] == "celery"),
    "priority": (lambda time: {"priority": 6}, lambda seen: seen["delivery_info"]["priority"] == 6),
    "eta": (lambda time: {"eta": time(-5)}, lambda seen: seen["eta"]),
    "countdown": (lambda time: {"countdown": 0.3}, lambda seen: seen["eta"]),
    "expires in seconds": (lambda time: {"expires": 600}, lambda seen: seen["expires"]),
    "expires at a time": (lambda time: {"expires": time(600)}, lambda seen: seen["expires"]),
    "task_id": (lambda time: {"task_id": f"own {uuid.uuid4()} \u017e"}, lambda seen: seen["id"].startswith("own ")),
    "headers": (lambda time: {"headers": {"customer": {"name": "acme"}}}, lambda seen: seen["customer"] == {"name": "acme"}),
    "time limits": (lambda time: {"time_limit": 30, "soft_time_limit": 20}, lambda seen: seen["timelimit"] == [30, 20]),
    "shadow": (lambda time: {"shadow": "pretty"}, lambda seen: seen["shadow"] == "pretty"),
    "retries": (lambda time: {"retries": 2}, lambda seen: seen["retries"] == 2),
    "root and parent": (lambda time: {"root_id": "top", "parent_id": "above"},
                        lambda seen: (seen["root_id"], seen["parent_id"]) == ("top", "above")),
}


@pytest.fixture(scope="module")
def api(processes, directory, redis_server):
    """A Calyx that knows where results are kept."""
    calyx = Calyx("up", directory / "sending", broker=redis_server.url, result_backend=redis_server.url, port=free_port(),
                  address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
    processes.append(calyx)
    with calyx.wait_until_listening().client() as client:
        yield client


@pytest.fixture(scope="module")
def known(api, tasks, workers):
    """The task is registered at a worker that has told of it."""
    until(lambda: "e2e.describe" in json.dumps(api.get("/api/workers").json()), seconds=20, what="workers told their tasks")


@pytest.mark.parametrize("route", ["send-task", "async-apply", "apply"])
@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_reaches_the_task_in_its_worker(api, tasks, known, option, route):
    body, holds = OPTIONS[option]
    body = body(iso if route == "send-task" else flowers)
    answer = api.post(f"/api/task/{route}/e2e.describe", json=body)
    assert answer.status_code == 200, answer.text
    assert "ignored" not in answer.json()
    seen = tasks.app.AsyncResult(answer.json()["task-id"]).get(timeout=20)
    assert holds(seen), seen


def test_a_countdown_and_an_expiry_are_obeyed(api, tasks, known, redis_server):
    started = time.time()
    waited = api.post("/api/task/send-task/e2e.describe", json={"countdown": 1.5}).json()["task-id"]
    expired = api.post("/api/task/send-task/e2e.describe", json={"expires": iso(-1)}).json()["task-id"]
    until(lambda: tasks.app.AsyncResult(expired).state == "REVOKED", seconds=20, what="the late task did not run")
    tasks.app.AsyncResult(waited).get(timeout=20)
    assert time.time() - started >= 1.5


@pytest.fixture
def celerys_state(redis_server):
    """Celery's own picture of the tasks, of nothing but the events of sending."""
    pubsub = redis_server.client.pubsub()
    pubsub.psubscribe("/0.celeryev/task.sent")
    until(lambda: (pubsub.get_message(timeout=1) or {}).get("type") == "psubscribe", what="the channel is heard")
    state = State()

    def task(uuid: str):
        while (message := pubsub.get_message(timeout=0.1)) is not None:
            event = json.loads(base64.b64decode(json.loads(message["data"])["body"]))
            state.event({**event, "local_received": time.time()})
        return state.tasks.get(uuid)

    yield task
    pubsub.close()


@pytest.fixture
def parked(redis_server):
    """A queue that no worker reads."""
    queue = f"parked-{uuid.uuid4()}"
    yield queue
    redis_server.client.delete(queue)


@pytest.mark.parametrize("route", ["send-task", "async-apply", "apply"])
def test_a_sent_task_is_known_at_once_here_and_elsewhere(api, tasks, known, parked, celerys_state, route):
    body = {"args": [1, "\u017e"], "kwargs": {"k": None}, "queue": parked, "countdown": 600, **(
        {"timeout": 0.1} if route == "apply" else {})}
    answer = api.post(f"/api/task/{route}/e2e.describe", json=body)
    sent = answer.raise_for_status().json()["task-id"]
    info = until(lambda: api.get(f"/api/task/info/{sent}").raise_for_status().json(), what="Calyx knows it")
    assert (info["state"], info["queue"], info["name"]) == ("PENDING", parked, "e2e.describe")
    assert (info["args"], info["kwargs"]) == ("(1, '\u017e')", "{'k': None}")
    assert info["sent"] and info["eta"] and info["client"].startswith("gen") and info["routing_key"] == parked
    task = until(lambda: celerys_state(sent), what="Celery's own monitors know it")
    assert (task.state, task.name, task.routing_key) == ("PENDING", "e2e.describe", parked)


def test_a_task_runs_again_from_the_message_that_waits(api, tasks, known, redis_server, parked):
    """Its arguments are too long for its events, and it has no result."""
    long = "x" * 3000
    waiting = tasks.describe.apply_async((long,), queue=parked, priority=3, kwargs={"k": 1})
    until(lambda: api.get(f"/api/task/info/{waiting.id}").status_code == 200, what="it is known")
    answer = api.post(f"/api/task/run-again/{waiting.id}", params={"queue": "celery"}).raise_for_status().json()
    assert (answer["arguments_from"], answer["parent_id"], answer["queues"]) == ("message", waiting.id, ["celery"])
    seen = tasks.app.AsyncResult(answer["task-id"]).get(timeout=20)
    assert (seen["args"], seen["kwargs"], seen["parent_id"]) == ([long], {"k": 1}, waiting.id)
    assert redis_server.client.llen(f"{parked}\x06\x163") == 1, "the message itself is left alone"
    again = api.post(f"/api/task/run-again/{waiting.id}").raise_for_status().json()
    assert again["queues"] == [parked]
    redis_server.client.delete(f"{parked}\x06\x163")


def test_a_waiting_task_that_no_event_told_of_runs_again(api, tasks, known, redis_server, parked):
    client = Celery("quiet", broker=redis_server.url, backend=redis_server.url)
    waiting = client.send_task("e2e.describe", ("a",), queue=parked, compression="zlib")
    client.send_task("e2e.describe", ("b",), queue=parked)
    # Nothing tells of the queue either: whoever asks knows it.
    answer = api.post(f"/api/task/run-again/{waiting.id}", params={"queue": parked}).raise_for_status().json()
    assert (answer["arguments_from"], answer["queues"]) == ("message", [parked])
    newest = json.loads(redis_server.client.lindex(parked, 0))
    assert newest["headers"]["task"] == "e2e.describe" and json.loads(base64.b64decode(newest["body"]))[0] == ["a"]
    assert api.post("/api/task/run-again/nobody-has-this").status_code == 404
