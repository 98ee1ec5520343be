"""What Calyx leaves on the broker: nothing, even after a kill -9 in the middle of many commands."""

import os
import threading

import httpx
import pytest

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer

# make test-long sends many more.
COMMANDS = int(os.environ.get("CALYX_COMMANDS", "200"))


@pytest.fixture(scope="module")
def world(directory):
    home = directory / "replies"
    redis_server = RedisServer(home)
    worker = CeleryWorker("replies@e2e", redis_server.url, home)

    def ready():
        worker.must_live()
        return worker.is_ready

    until(ready, seconds=60, what="the worker is ready")
    yield home, redis_server
    for process in (worker, redis_server):
        process.stop()


def start(home, redis_server) -> Calyx:
    calyx = Calyx("up", home / "calyx", broker=redis_server.url, port=free_port(), address="127.0.0.1",
                  admin_address="none", basic_auth=f"{USER}:{PASSWORD}", command_rate=100000)
    return calyx.wait_until_listening()


def left(redis_server) -> tuple[int, int]:
    """Lists of replies, and bindings of reply queues."""
    lists = [key for key in redis_server.client.keys("*.reply.celery.pidbox") if not key.startswith(b"_kombu")]
    return len(lists), redis_server.client.scard("_kombu.binding.reply.celery.pidbox")


def test_a_kill_in_the_middle_leaves_one_list_and_one_binding_at_most(world):
    home, redis_server = world
    calyx = start(home, redis_server)
    node = "replies@e2e"
    done = threading.Semaphore(0)
    refused = []

    def ask(count: int):
        with calyx.client() as api:
            for _ in range(count):
                try:
                    answer = api.get("/api/worker/inspect/ping", params={"workername": node})
                except httpx.HTTPError:
                    return
                if answer.status_code != 200 or answer.json()["workers"] != {node: {"ok": "pong"}}:
                    refused.append(answer.text)
                done.release()

    with calyx.client() as api:
        until(lambda: node in api.get("/api/workers").json(), seconds=20, what="the worker is known")
    threads = [threading.Thread(target=ask, args=(COMMANDS,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(COMMANDS * 2):
        assert done.acquire(timeout=30), "commands are answered"
    calyx.kill()
    for thread in threads:
        thread.join()
    assert refused == []
    lists, bindings = left(redis_server)
    assert lists <= 1 and bindings <= 1

    calyx = start(home, redis_server)
    with calyx.client() as api:
        until(lambda: node in api.get("/api/workers", params={"refresh": 1}).json(), seconds=20, what="it works again")
    calyx.stop()
    assert left(redis_server) == (0, 0)
