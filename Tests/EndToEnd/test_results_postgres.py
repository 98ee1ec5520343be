"""Results in PostgreSQL's tables, written by a real worker."""

import pytest

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.polling import until
from harness.postgres_server import PostgresServer
from harness.process import free_port
from harness.redis_server import RedisServer


@pytest.fixture(scope="module", params=["Celery's table names", "own table names"])
def postgres(request):
    server = PostgresServer()
    server.has_own_names = request.param.startswith("own")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def api(directory, postgres):
    own = postgres.has_own_names
    home = directory / ("postgres-own" if own else "postgres")
    redis_server = RedisServer(home)
    backend = "db+" + postgres.url.replace("postgresql:", "postgresql+psycopg2:")
    worker = CeleryWorker("pg@e2e", redis_server.url, home, env={"E2E_BACKEND": backend, **({"E2E_TABLES": "Own"} if own else {})})
    calyx = Calyx("up", home / "calyx", broker=redis_server.url, result_backend=backend, port=free_port(),
                  database_table_names="task=Own tasks,group=Own groups" if own else "",
                  address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
    calyx.wait_until_listening()

    def ready():
        worker.must_live()
        return worker.is_ready

    until(ready, seconds=60, what="the worker is ready")
    with calyx.client() as client:
        yield client
    assert "s3cret" not in calyx.output
    for process in (calyx, worker, redis_server):
        process.stop()


def run(api, name: str, *args) -> dict:
    sent = api.post(f"/api/task/send-task/{name}", json={"args": args}).raise_for_status()
    answer = api.get(f"/api/task/result/{sent.json()['task-id']}", params={"timeout": 10})
    return answer.raise_for_status().json()


def test_results_are_read(api):
    answer = run(api, "e2e.echo", {"a": [1, None, "\u017e"]})
    assert (answer["state"], answer["result"]) == ("SUCCESS", {"a": [1, None, "\u017e"]})


def test_failures_are_read(api):
    answer = run(api, "documents.process", "/not/there", "ann")
    assert answer["state"] == "FAILURE"
    assert "FileNotFoundError" in answer["result"] and "Traceback" in answer["traceback"]


def test_what_is_not_stored_is_pending(api):
    assert api.get("/api/task/result/never-sent").raise_for_status().json()["state"] == "PENDING"


def test_a_database_that_is_away_is_told_and_used_again(api, postgres):
    task = api.post("/api/task/send-task/e2e.add", json={"args": [1, 2]}).raise_for_status().json()["task-id"]
    until(lambda: api.get(f"/api/task/result/{task}").json().get("result") == 3, seconds=20, what="the result is stored")
    postgres.kill()
    answer = api.get(f"/api/task/result/{task}")
    assert answer.status_code == 503 and "s3cret" not in answer.text
    postgres.start()
    until(lambda: api.get(f"/api/task/result/{task}").status_code == 200, what="the database is used again")
    assert api.get(f"/api/task/result/{task}").json()["result"] == 3
