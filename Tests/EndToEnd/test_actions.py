"""What people do on the pages, seen at the workers themselves."""

import os
import re
import signal
import uuid

import pytest

from harness.calyx import PASSWORD, USER, Calyx, Gateway
from harness.pages import is_marked, mark, sign_in
from harness.polling import until
from harness.process import free_port
from test_sign_in import start_address


def opened(page, front, path: str):
    sign_in(page, start_address(front), USER, PASSWORD)
    page.locator("details.account").wait_for()
    page.goto(start_address(front) + path)
    page.locator("main h1").wait_for()
    mark(page)
    return page


@pytest.fixture
def held(tasks, redis_server):
    """A running task that ends with the test at the latest."""
    key = f"hold-{uuid.uuid4()}"
    result = tasks.hold.delay(key)
    until(lambda: result.state == "STARTED", seconds=20, what="the task runs")
    yield result
    redis_server.client.rpush(key, "the test is over")


def control(page, word: str):
    return page.get_by_role("button", name=word, exact=True)


def outcome(page) -> str:
    return page.locator("#outcome").inner_text()


def ask(app, worker, method: str):
    return getattr(app.app.control.inspect([worker.node], timeout=5), method)()[worker.node]


def test_a_running_task_is_revoked_and_terminated(page, gateway, held, tasks, workers):
    opened(page, gateway, f"task/{held.id}")
    control(page, "Revoke and terminate").click()
    question = page.get_by_role("dialog")
    assert "e2e.hold" in question.inner_text() and held.id in question.inner_text()
    page.keyboard.press("Enter")  # on Cancel, where the focus is
    question.wait_for(state="detached")
    assert outcome(page) == "" and held.state == "STARTED"

    page.locator('select[name="signal"]').select_option("SIGKILL")
    control(page, "Revoke and terminate").click()
    assert "SIGKILL" in question.inner_text()
    question.get_by_role("button", name="Revoke and terminate").click()
    until(lambda: re.search("seen after", outcome(page), re.I), seconds=15, what="the effect is on the page")
    shown = outcome(page)
    for worker in workers:
        assert worker.node in shown
    assert "Revoked" in page.locator('[data-region="state"]').inner_text()
    assert is_marked(page) and page.complaints == []
    for worker in workers:
        assert held.id in ask(tasks, worker, "revoked")
        assert held.id not in [task["id"] for task in ask(tasks, worker, "active")]


def test_a_worker_that_does_not_answer_is_named(page, gateway, held, workers):
    opened(page, gateway, f"task/{held.id}")
    silent = workers[1]
    os.kill(silent.pid, signal.SIGSTOP)
    try:
        control(page, "Revoke").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        until(lambda: f"{silent.node}: no answer" in outcome(page), seconds=15, what="the silent worker is named")
    finally:
        os.kill(silent.pid, signal.SIGCONT)
    assert "flagged as revoked" in outcome(page), "the other worker's own words"


def test_a_pool_grows_and_shrinks(page, nginx_kept, tasks, workers):
    worker = workers[0]
    opened(page, nginx_kept, f"worker/{worker.node}")
    size = page.locator("#pool-size")
    until(lambda: size.inner_text() == "2 processes", seconds=15, what="the worker told its size")
    control(page, "Grow").click()
    until(lambda: "2 processes → 3 processes" in outcome(page), seconds=15, what="the effect is on the page")
    assert worker.node in outcome(page)
    assert len(ask(tasks, worker, "stats")["pool"]["processes"]) == 3
    control(page, "Shrink").click()
    page.get_by_role("dialog").get_by_role("button", name="Shrink").click()
    until(lambda: "3 processes → 2 processes" in outcome(page), seconds=15, what="the effect is on the page")
    assert is_marked(page) and page.complaints == []


def test_a_task_is_run_again(page, gateway, tasks):
    word = f"again-{uuid.uuid4().hex[:8]}"
    first = tasks.echo.delay(word)
    first.get(timeout=20)
    opened(page, gateway, f"task/{first.id}")
    control(page, "Run again").click()
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    link = page.locator("#outcome a")
    link.click()
    page.wait_for_url(re.compile(r"/task\?id="))
    until(lambda: re.search("success", page.locator("main").inner_text(), re.I), seconds=15, what="the new task ran")
    text = page.locator("main").inner_text()
    assert word in text and first.id in text, "the arguments, and the task that it came from"
    assert page.complaints == []


def test_why_a_task_is_not_run_again(page, gateway, tasks, redis_server):
    first = tasks.echo.delay("x" * 3000)
    first.get(timeout=20)
    first.forget()
    opened(page, gateway, f"task/{first.id}")
    control(page, "Run again").click()
    page.get_by_role("dialog").get_by_role("button", name="Run again").click()
    until(lambda: "result_extended=True" in outcome(page), seconds=15, what="what is missing and how to set it")


@pytest.fixture(scope="module")
def reading_results(processes, directory, redis_server, tasks):
    """A Calyx that knows where results are kept."""
    calyx = Calyx("up", directory / "results", broker=redis_server.url, result_backend=redis_server.url,
                  port=free_port(), address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
    processes.append(calyx)
    return calyx.wait_until_listening()


def test_progress_is_followed(page, reading_results, tasks, redis_server):
    key = f"steps-{uuid.uuid4()}"
    result = tasks.steps.delay(key)
    until(lambda: result.state == "PROGRESS", seconds=20, what="the task is on its way")
    opened(page, reading_results, f"task/{result.id}")
    progress = page.locator('[data-region="progress"]')
    until(lambda: "25 %" in progress.inner_text() and "step <1>" in progress.inner_text(), what="the first step")
    redis_server.client.rpush(key, "on")
    until(lambda: "50 %" in progress.inner_text(), what="the second step, without reload")
    redis_server.client.rpush(key, "on")
    until(lambda: "all steps" in page.locator("main").inner_text(), what="the end")
    assert is_marked(page) and page.complaints == []


def test_progress_of_running_rows_is_followed(page, reading_results, tasks, redis_server):
    key = f"steps-{uuid.uuid4()}"
    result = tasks.steps.delay(key)
    until(lambda: result.state == "PROGRESS", seconds=20, what="the task is on its way")
    opened(page, reading_results, "tasks")
    row = page.locator(f'tr[data-key="{result.id}"]')
    until(lambda: "25 %" in row.inner_text(), what="the first step in the list")
    redis_server.client.rpush(key, "on")
    until(lambda: "50 %" in row.inner_text(), what="the second step, without reload")
    redis_server.client.rpush(key, "on")
    until(lambda: "%" not in row.inner_text() and "Success" in row.inner_text(), what="the end")
    assert is_marked(page) and page.complaints == []


def test_a_viewer_has_no_controls(page, processes, directory, core, tasks, workers, held):
    gateway = Gateway(directory / "viewers", core, port=free_port(), basic_auth=f"{USER}:{PASSWORD}", read_only=True)
    processes.append(gateway)
    gateway.wait_until_listening()
    for path in (f"task/{held.id}", f"worker/{workers[0].node}"):
        if page.url == "about:blank":
            opened(page, gateway, path)
        else:
            page.goto(start_address(gateway) + path)
        assert "Your role is viewer" in page.locator("main").inner_text()
        assert page.locator('form[data-act][method="post"]').count() == 0
