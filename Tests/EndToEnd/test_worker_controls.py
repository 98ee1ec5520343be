"""Every control of the Worker page, in the browser and seen at a worker that is there for nothing else."""

import pytest

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.pages import is_marked, mark, sign_in
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer
from test_sign_in import start_address

NODE = "own@controls"


@pytest.fixture(scope="module")
def world(processes, directory):
    """A broker of its own, a worker that can do everything, and Calyx."""
    redis = RedisServer(directory / "controls-redis")
    worker = CeleryWorker(NODE, redis.url, directory, "--autoscale=3,1", queues="first", env={"E2E_POOL_RESTARTS": "1"})
    calyx = Calyx("up", directory / "controls", broker=redis.url, port=free_port(), address="127.0.0.1", admin_address="none",
                  basic_auth=f"{USER}:{PASSWORD}")
    processes.extend([redis, worker, calyx])
    calyx.wait_until_listening()
    until(lambda: worker.is_ready, seconds=60, what="the worker is ready")
    return redis, worker, calyx


@pytest.fixture(scope="module")
def application(world):
    from celery import Celery

    redis, _, _ = world
    return Celery("controls", broker=redis.url)


@pytest.fixture
def controls(page, world):
    _, _, calyx = world
    address = start_address(calyx)
    sign_in(page, address, USER, PASSWORD)
    page.locator("details.account").wait_for()
    page.goto(f"{address}worker/{NODE}")
    # The list of queues is what the worker itself has told.
    until(lambda: "first" in page.locator("#queue-names").inner_text(), seconds=20, what="the worker told of itself")
    mark(page)
    return page


def act(page, word: str, fields: dict, asks: bool = False):
    """Fills in the form of a control and sends it; answers its question."""
    button = page.get_by_role("button", name=word, exact=True)
    form = page.locator("form").filter(has=button)
    for name, value in fields.items():
        field = form.locator(f'[name="{name}"]')
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    button.click()
    if asks:
        page.get_by_role("dialog").get_by_role("button", name=word).click()


def outcome(page) -> str:
    return page.locator("#outcome").inner_text()


def asked(application, method: str):
    return getattr(application.control.inspect([NODE], timeout=5), method)()[NODE]


def test_a_pool_is_resized_and_scaled(controls, application):
    act(controls, "Autoscale", {"min": "2", "max": "4"})
    until(lambda: "from 2 to 4" in controls.locator("main").inner_text(), seconds=15, what="the new range is on the page")
    assert NODE in outcome(controls)
    scaler = asked(application, "stats")["autoscaler"]
    assert (scaler["min"], scaler["max"]) == (2, 4)
    act(controls, "Grow", {"n": "1"})
    until(lambda: "not supported with autoscale" in outcome(controls), seconds=15, what="the worker's own refusal is told")
    assert is_marked(controls)


def test_queues_are_added_and_left(controls, application):
    act(controls, "Add consumer", {"queue": "second ✓"})
    until(lambda: "second ✓" in controls.locator("#queue-names").inner_text(), seconds=15, what="the queue is on the page")
    assert "second ✓" in [queue["name"] for queue in asked(application, "active_queues")]
    act(controls, "Cancel consumer", {"queue": "second ✓"}, asks=True)
    until(lambda: "second ✓" not in controls.locator("#queue-names").inner_text(), seconds=15, what="it is gone again")
    assert "second ✓" not in [queue["name"] for queue in asked(application, "active_queues")]
    assert is_marked(controls) and controls.complaints == []


def test_limits_of_a_task_are_set(controls, application):
    act(controls, "Set rate", {"name": "e2e.echo", "ratelimit": "7/m"})
    until(lambda: "new rate limit set" in outcome(controls), seconds=15, what="the worker took the rate")
    until(lambda: "e2e.echo [rate_limit=7/m]" in asked(application, "registered"), seconds=15, what="the worker has it")
    act(controls, "Set times", {"name": "e2e.echo", "soft": "5", "hard": "9"})
    until(lambda: "time limits set" in outcome(controls), seconds=15, what="the worker took the times")
    act(controls, "Set rate", {"name": "e2e.echo", "ratelimit": "often"})
    until(lambda: "often" in outcome(controls) or "rate" in outcome(controls).lower() and "set" not in outcome(controls),
          seconds=15, what="nonsense is refused with words")
    assert "e2e.echo [rate_limit=7/m]" in asked(application, "registered")
    assert is_marked(controls)


def test_a_worker_is_pinged_and_its_events_are_switched(controls):
    act(controls, "Ping", {})
    until(lambda: f"{NODE}: pong" in outcome(controls), seconds=15, what="the worker's answer")
    act(controls, "Disable events", {}, asks=True)
    until(lambda: "task events" in outcome(controls), seconds=15, what="the worker's own word")
    act(controls, "Enable events", {})
    until(lambda: "task events" in outcome(controls) and "enabled" in outcome(controls), seconds=15, what="its own word again")
    assert is_marked(controls) and controls.complaints == []


def test_a_pool_restarts(controls):
    act(controls, "Restart pool", {}, asks=True)
    until(lambda: f"{NODE}: reload started" in outcome(controls), seconds=20, what="the worker's answer")
    assert is_marked(controls) and controls.complaints == []


def test_a_worker_is_shut_down_by_its_name_only(controls, world):
    _, worker, _ = world
    controls.get_by_role("button", name="Shut down", exact=True).click()
    question = controls.get_by_role("dialog")
    button = question.get_by_role("button", name="Shut down")
    assert button.is_disabled()
    question.get_by_role("textbox").fill("another@worker")
    assert button.is_disabled()
    question.get_by_role("textbox").fill(NODE)
    button.click()
    until(lambda: "ffline" in controls.locator("main").inner_text(), seconds=30, what="the page shows it offline")
    until(lambda: not worker.is_alive, seconds=20, what="the process ended")
    assert worker.stop() == 0
    assert is_marked(controls) and controls.complaints == []
