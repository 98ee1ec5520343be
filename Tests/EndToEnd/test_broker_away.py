"""Redis that restarts."""

import re

import pytest
from celery import Celery

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.pages import is_marked, mark, sign_in
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer

NOT_CONNECTED = re.compile(r"broker|redis", re.I)


@pytest.fixture
def small_world(directory):
    """A Redis, a worker and a Calyx of this test's own."""
    redis_server = RedisServer(directory / "restarted-redis")
    worker = CeleryWorker("steady@e2e", redis_server.url, directory)
    admin = free_port()
    calyx = Calyx("up", directory / "restarted", broker=redis_server.url, port=free_port(), address="127.0.0.1",
                  admin_address=f"127.0.0.1:{admin}", basic_auth=f"{USER}:{PASSWORD}")
    calyx.admin_port = admin
    calyx.wait_until_listening()
    yield redis_server, worker, calyx
    for process in (calyx, worker, redis_server):
        process.stop()


def health(client) -> dict:
    return client.get("/healthcheck", params={"verbose": 1}).json()


def test_a_restart_of_redis_is_survived_and_told(small_world, page):
    redis_server, worker, calyx = small_world
    application = Celery(broker=redis_server.url, backend=redis_server.url)
    with calyx.client() as api:
        def online():
            worker.must_live()
            return api.get("/api/workers").json().get(worker.node, {}).get("status") is True

        until(online, seconds=60, what="the worker is online")
        application.send_task("e2e.add", (1, 2)).get(timeout=20)
        until(lambda: len(api.get("/api/tasks").json()) == 1, what="one task is known")
        sign_in(page, calyx.address, USER, PASSWORD)
        page.locator("details.account").wait_for()
        before = page.locator("body").inner_text()
        mark(page)

        redis_server.process.kill()
        until(lambda: health(api)["broker"]["connected"] is False, what="the connection is known to be lost")
        assert health(api)["status"] == "interrupted" and health(api)["broker"]["problem"]
        assert len(api.get("/api/tasks").json()) == 1, "what was known stays known"
        assert api.get("/healthcheck").text == "OK"

        def told():
            text = page.locator("body").inner_text()
            return text != before and NOT_CONNECTED.search(text) and re.search(
                r"unreachable|not reach|lost|disconnected|not connected|no connection|cannot|refused|interrupted|away",
                text, re.I)

        until(told, seconds=15, what="the open page says that the broker is away")
        page.goto(calyx.address + "/tasks")
        until(told, what="a newly opened page says it as well")

        redis_server.start()
        until(lambda: health(api)["broker"]["connected"] is True, seconds=30, what="Calyx is connected again")
        until(online, seconds=40, what="the worker came back")
        application = Celery(broker=redis_server.url, backend=redis_server.url)
        result = application.send_task("e2e.add", (3, 4))

        def done():
            answer = api.get(f"/api/task/info/{result.id}")
            return answer.status_code == 200 and answer.json()["state"] == "SUCCESS"

        until(done, seconds=30, what="events flow again")
        until(lambda: page.locator(f'a[href*="{result.id}"]').count(), seconds=15, what="and the page is live again")
        assert health(api)["events"]["gaps"] >= 1, "the gap is on record"
        assert calyx.is_alive
