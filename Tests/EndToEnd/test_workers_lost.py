"""A worker that dies without a word, and one that says goodbye."""

import re
import time

import pytest

from harness.calyx import PASSWORD, USER
from harness.celery_workers import CeleryWorker
from harness.pages import is_marked, mark, sign_in
from harness.polling import until
from test_sign_in import start_address


@pytest.fixture
def mortal(directory, redis_server, api, workers):
    """A third worker, for nobody else's tests."""
    worker = CeleryWorker(f"mortal{time.monotonic_ns()}@e2e", redis_server.url, directory, queues="mortal")
    until(lambda: status(api, worker) is True, seconds=60, what="the third worker is online")
    yield worker
    worker.kill()


def status(api, worker):
    worker.must_live()
    return api.get("/api/workers").json().get(worker.node, {}).get("status")


def test_a_killed_worker_is_offline_by_celerys_rule(api, gateway, mortal, page, workers):
    sign_in(page, start_address(gateway) + "workers", USER, PASSWORD)
    row = page.locator("main tr", has_text=mortal.node)
    row.wait_for()
    assert re.search("online", row.inner_text(), re.I)
    mark(page)

    mortal.kill()
    killed = time.time()
    entry = api.get("/api/workers").json()[mortal.node]
    if time.time() - entry["timestamp"] < 2:
        assert entry["status"] is True, "nobody can know yet"

    def offline():
        return api.get("/api/workers").json()[mortal.node]["status"] is False

    until(offline, seconds=15, what="the worker is offline")
    assert time.time() - killed < 10, "the last heartbeat is at most 2 s old, the window twice its frequency"
    assert api.get("/api/workers", params={"status": 1}).json()[mortal.node] is False
    for worker in workers:
        assert api.get("/api/workers").json()[worker.node]["status"] is True
    until(lambda: not re.search("online", row.inner_text(), re.I), seconds=15, what="the page says so, too")
    assert is_marked(page)


def test_a_worker_that_says_goodbye_is_offline_at_once(api, mortal):
    mortal.terminate()
    until(lambda: api.get("/api/workers").json()[mortal.node]["status"] is False, what="the worker is offline")
