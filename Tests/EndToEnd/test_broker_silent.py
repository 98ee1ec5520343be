"""Redis that falls silent without a word: it hangs, or the network to it is gone. No connection ends by itself then."""

import os
import re
import signal
import time

import httpx
import pytest
from celery import Celery

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.far_host import FarHost
from harness.pages import sign_in
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer
from test_broker_away import health


class Hanging:
    """A Redis that the system has stopped: connections stay, answers do not come."""

    host = None

    def silence(self, redis_server):
        os.kill(redis_server.process.pid, signal.SIGSTOP)

    def end_silence(self, redis_server):
        os.kill(redis_server.process.pid, signal.SIGCONT)

    def stop(self):
        pass


class Unreachable:
    """A Redis on another host, to which nothing gets through."""

    def __init__(self):
        self.host = FarHost()

    def silence(self, redis_server):
        self.host.disconnect()

    def end_silence(self, redis_server):
        self.host.connect()

    def stop(self):
        self.host.stop()


@pytest.fixture(params=[Hanging, Unreachable], ids=["hangs", "is cut off"])
def silent_world(request, directory):
    way = request.param()
    try:
        redis_server = RedisServer(directory / f"silent-{request.param.__name__}", way.host)
    except BaseException:
        way.stop()
        raise
    worker = CeleryWorker("quiet@e2e", redis_server.url, directory)
    admin = free_port()
    calyx = Calyx("up", directory / f"silent-{request.param.__name__}-calyx", broker=redis_server.url, port=free_port(),
                  address="127.0.0.1", admin_address=f"127.0.0.1:{admin}", basic_auth=f"{USER}:{PASSWORD}")
    calyx.wait_until_listening()
    calyx.admin_port = admin
    yield way, redis_server, worker, calyx
    way.end_silence(redis_server)
    for process in (calyx, worker, redis_server, way):
        process.stop()


def test_silence_is_noticed_told_and_mended(silent_world, page, record_property):
    way, redis_server, worker, calyx = silent_world
    application = Celery(broker=redis_server.url, backend=redis_server.url)
    with calyx.client() as api, httpx.Client(base_url=f"http://127.0.0.1:{calyx.admin_port}", trust_env=False) as admin:
        def finished(result):
            answer = api.get(f"/api/task/info/{result.id}")
            return answer.status_code == 200 and answer.json()["state"] == "SUCCESS"

        first = application.send_task("e2e.add", (1, 2))
        until(lambda: finished(first), seconds=60, what="a task is seen")

        way.silence(redis_server)
        started = time.monotonic()
        until(lambda: health(api)["broker"]["connected"] is False, seconds=20, what="the silence is noticed")
        record_property("noticed_seconds", round(time.monotonic() - started, 2))
        assert health(api)["broker"]["problem"]
        assert admin.get("/readyz").json()["broker"]["problem"]
        sign_in(page, calyx.address, USER, PASSWORD)
        page.locator("details.account").wait_for()
        for path in ("/workers", "/tasks", "/queues", f"/task/{first.id}", f"/worker/{worker.node}"):
            page.goto(calyx.address + path)
            banner = page.locator('[data-region="banners"]').inner_text()
            assert re.search(r"broker|redis", banner, re.I), f"{path} says that the broker is away"

        way.end_silence(redis_server)
        started = time.monotonic()
        until(lambda: health(api)["broker"]["connected"] is True, seconds=30, what="Calyx is connected again")
        record_property("mended_seconds", round(time.monotonic() - started, 2))
        # The worker has its own patience; what counts is that events are heard again.
        second = application.send_task("e2e.add", (3, 4))
        until(lambda: finished(second), seconds=60, what="events flow again")
        assert health(api)["events"]["gaps"] >= 1, "the gap is on record"
