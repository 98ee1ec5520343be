"""The API's own description, and schemathesis against it."""

import base64
import json
import subprocess
import sys

import pytest
from celery import Celery

from harness.calyx import PASSWORD, USER, Calyx
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer

HOOKS = """
import schemathesis


KNOWN = {"workername": "w@nowhere", "taskname": "known.task", "taskid": "known"}


def known(context, parameters):
    # What is asked for exists about every second time, or everything would end in a 404.
    for name, value in KNOWN.items():
        # Without a time-out the result of this one is waited for, and nobody runs it.
        waits = name == "taskname" and "/apply/" in context.operation.path
        if not waits and parameters and isinstance(parameters.get(name), str) and len(parameters[name]) % 2:
            parameters[name] = value
    return parameters


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return known(context, path_parameters)


@schemathesis.hook
def map_query(context, query):
    query = known(context, query)
    # A wait is a wait, not an error.
    if query and "timeout" in query and isinstance(query["timeout"], (int, float)):
        query["timeout"] = min(query["timeout"], 0.01)
    return query


@schemathesis.hook
def map_body(context, body):
    if isinstance(body, dict) and isinstance(body.get("timeout", 0), (int, float)):
        body["timeout"] = 0.01
    return body
"""


@pytest.fixture(scope="module")
def alone(directory):
    """A Calyx and a broker that nothing else uses: what schemathesis sends goes to queues that no worker reads."""
    place = directory / "openapi"
    place.mkdir()
    redis = RedisServer(place / "redis")
    calyx = Calyx("up", place / "calyx", broker=redis.url, result_backend=redis.url, port=free_port(), address="127.0.0.1",
                  admin_address="none", basic_auth=f"{USER}:{PASSWORD}", inspect_timeout=50)
    # Somebody must hear commands, or they are refused.
    listener = redis.client.pubsub()
    listener.psubscribe("/0.celery.pidbox*")
    calyx.wait_until_listening()
    app = Celery("events", broker=redis.url)
    with calyx.client() as client, app.connection_for_write() as connection:
        events = app.events.Dispatcher(connection, hostname="w@nowhere")

        def known():
            events.send("worker-heartbeat", freq=2, active=0, processed=0, loadavg=[0, 0, 0], sw_ident="x", sw_ver="1", sw_sys="L")
            events.send("task-received", uuid="known", name="known.task", args="(1,)", kwargs="{}", retries=0)
            return client.get("/api/task/info/known").status_code == 200

        until(known, what="a task is known")
        until(lambda: client.get("/api/queues/length").status_code == 200, what="queues were sampled")
        yield calyx, client
    listener.close()
    calyx.stop()
    redis.stop()


def test_the_description_names_every_route(alone):
    _, client = alone
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/json")
    assert answer.headers["content-encoding"] == "gzip" and answer.headers["vary"] == "Accept-Encoding"
    plain = client.get("/api/openapi.json", headers={"Accept-Encoding": "gzip;q=0"})
    assert "content-encoding" not in plain.headers and plain.content == answer.content
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    paths = document["paths"]
    assert len(paths) == 28 and "post" in paths["/api/task/send-task/{taskname}"] and "get" in paths["/api/tasks"]
    operations = [operation for methods in paths.values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    again = client.get("/api/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_schemathesis_finds_nothing(alone, directory):
    calyx, client = alone
    document = directory / "openapi.json"
    document.write_text(json.dumps(client.get("/api/openapi.json").json()))
    hooks = directory / "openapi_hooks.py"
    hooks.write_text(HOOKS)
    # TRACE and its like are refused by the gateway before any path is looked at.
    (directory / "schemathesis.toml").write_text('[phases.coverage]\nunexpected-methods = ["PUT", "PATCH", "DELETE"]\n')
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    done = subprocess.run(
        [f"{sys.prefix}/bin/schemathesis", "run", str(document),
         "--url", calyx.address, "--header", f"Authorization: Basic {basic}", "--max-examples", "6", "--phases", "examples,coverage,fuzzing",
         # Whether a search can be read or a task is known is no matter of schemas; who may ask is tested elsewhere.
         "--exclude-checks", "positive_data_acceptance,ignored_auth",
         "--generation-deterministic", "--request-timeout", "10", "--no-color"],
        cwd=directory, capture_output=True, text=True, timeout=120, env={
            "PATH": "/usr/bin:/bin", "SCHEMATHESIS_HOOKS": "openapi_hooks", "PYTHONPATH": str(directory), "HOME": str(directory)})
    assert done.returncode == 0, done.stdout[-16000:] + done.stderr[-2000:]
