"""The commands and scripts of Flower's users, as they are, against Calyx."""

import json
import subprocess
import time

import pytest
import requests

from harness.calyx import PASSWORD, USER, Gateway
from harness.polling import until
from harness.process import free_port


@pytest.fixture(scope="module")
def open_gateway(directory, processes, core, workers):
    """FLOWER_UNAUTHENTICATED_API=true, as whoever runs these scripts without credentials has it."""
    gateway = Gateway(directory / "open", core, port=free_port(), basic_auth=f"{USER}:{PASSWORD}",
                      env={"FLOWER_UNAUTHENTICATED_API": "true"})
    processes.append(gateway)
    return gateway.wait_until_listening()


def test_curl_lists_the_workers(gateway, workers):
    answer = subprocess.run(
        ["curl", "-sS", "-u", f"{USER}:{PASSWORD}", f"{gateway.address}/api/workers"], capture_output=True, check=True)
    entries = json.loads(answer.stdout)
    for worker in workers:
        assert entries[worker.node]["status"] is True


def test_curl_without_credentials_is_refused(gateway):
    answer = subprocess.run(
        ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", f"{gateway.address}/api/workers"],
        capture_output=True, check=True, text=True)
    assert answer.stdout == "401"


def celery_health(address: str) -> dict:
    """The lesson's health endpoint, but for the address."""
    try:
        response = requests.get(f"{address}/api/workers", timeout=5)
        workers = response.json()
        active = sum(1 for w in workers.values() if w.get("status"))
        return {"status": "healthy" if active > 0 else "degraded", "workers": active}
    except Exception as e:
        return {"status": "unhealthy", "error": str(e)}


def check_queue_health(address: str, send_alert):
    """The lesson's monitoring.py, but for the address."""
    response = requests.get(f"{address}/api/queues/length")
    queues = response.json()

    for queue_name, length in queues.items():
        if length > 100:
            send_alert(f"Queue {queue_name} backed up: {length} tasks")

    return queues


def with_credentials(gateway) -> str:
    return f"http://{USER}:{requests.utils.quote(PASSWORD, safe='')}@127.0.0.1:{gateway.port}"


def test_the_health_script(open_gateway, gateway, workers):
    for address in (open_gateway.address, with_credentials(gateway)):
        health = celery_health(address)
        assert health["status"] == "healthy" and health["workers"] >= len(workers), health


def test_the_queue_script_raises_an_alert(open_gateway, gateway, tasks, redis_server):
    for _ in range(101):
        tasks.parked.delay()
    try:
        for address in (open_gateway.address, with_credentials(gateway)):
            alerts = []

            def backed_up():
                alerts.clear()
                return check_queue_health(address, alerts.append) and alerts

            until(backed_up, seconds=20, what="the queue `parked` is reported")
            assert alerts == ["Queue parked backed up: 101 tasks"]
    finally:
        redis_server.client.delete("parked")


def test_flowers_own_shape_of_queue_lengths(api, workers):
    def is_listed():
        answer = api.get("/api/queues/length", params={"format": "flower"})
        return answer.status_code == 200 and {"name": "celery", "messages": 0} in answer.json()["active_queues"]

    until(is_listed, seconds=20, what="the workers' queue is listed, and empty")


def test_task_info_has_what_the_lesson_shows(api, tasks, workers):
    result = tasks.add.delay(40, 2)
    assert result.get(timeout=20) == 42

    def info():
        answer = api.get(f"/api/task/info/{result.id}")
        return answer.status_code == 200 and answer.json()["state"] == "SUCCESS" and answer.json()

    task = until(info, what="the task is known and done")
    assert task["uuid"] == result.id
    assert task["name"] == "e2e.add"
    assert task["args"] == "(40, 2)" and task["kwargs"] == "{}"
    assert task["result"] == "42"
    assert task["worker"] in {worker.node for worker in workers}
    assert task["received"] <= task["started"] <= task["succeeded"] <= time.time() + 1
    assert task["runtime"] >= 0
    assert api.get("/api/task/info", params={"id": result.id}).json()["uuid"] == result.id


def test_a_task_nobody_knows_is_404(api):
    answer = api.get("/api/task/info/abc-123")
    assert answer.status_code == 404 and "abc-123" in answer.text


def test_a_failed_task_has_its_traceback(api, tasks):
    result = tasks.process.delay("/tmp/uploads/doc.pdf", "user123", chunk_size=500)
    assert isinstance(result.get(timeout=20, propagate=False), FileNotFoundError)

    def info():
        task = api.get(f"/api/task/info/{result.id}").json()
        return task["state"] == "FAILURE" and task

    task = until(info, what="the task is known as failed")
    assert task["args"] == "('/tmp/uploads/doc.pdf', 'user123')" and task["kwargs"] == "{'chunk_size': 500}"
    assert "FileNotFoundError" in task["exception"]
    assert "Traceback (most recent call last)" in task["traceback"] and "app.py" in task["traceback"]


def test_task_lists_filter_sort_and_page(api, tasks):
    results = [tasks.echo.delay(f"list-{number}") for number in range(6)]
    for result in results:
        result.get(timeout=20)

    def listed(**parameters):
        return api.get("/api/tasks", params=parameters).raise_for_status().json()

    ids = {result.id for result in results}
    until(lambda: ids <= set(listed(taskname="e2e.echo", state="SUCCESS")), what="the six tasks are listed")
    assert set(listed(search="list-3")) == {results[3].id}
    assert len(listed(taskname="e2e.echo", limit=2)) == 2
    first, second = (list(listed(taskname="e2e.echo", sort_by="received", limit=2, offset=offset)) for offset in (0, 2))
    assert not set(first) & set(second)
    assert listed(taskname="no.such") == {} and listed(state="REVOKED", taskname="e2e.echo") == {}
    assert api.get("/api/tasks", params={"sort_by": "colour"}).status_code == 400
    assert "e2e.echo" in api.get("/api/task/types").json()["task-types"]


def metric(text: str, family: str, **labels) -> float | None:
    for line in text.splitlines():
        if line.startswith(family) and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return None


def test_metrics_count_tasks_and_workers(api, core, tasks):
    def counted(state):
        return metric(api.get("/metrics").text, "celery_tasks_total", name="documents.process", state=state) or 0

    before = counted("FAILURE")
    tasks.process.delay("/nowhere", "user").get(timeout=20, propagate=False)
    until(lambda: counted("FAILURE") == before + 1, what="the failed task is counted")
    text = api.get("/metrics").text
    assert "# TYPE celery_tasks_total counter" in text and "# TYPE celery_workers gauge" in text
    assert metric(text, "celery_workers") >= 2
    assert metric(text, "flower_events_total", task="documents.process", type="task-failed") >= 1
    with core.admin() as admin:
        assert "celery_workers" in admin.get("/metrics").text


def test_retries_are_told(api, tasks):
    result = tasks.give_up.delay()
    result.get(timeout=20, propagate=False)

    def failed():
        task = api.get(f"/api/task/info/{result.id}").json()
        return task["state"] == "FAILURE" and task

    task = until(failed, what="the task gave up")
    assert task["retries"] == 1 and "never there" in task["exception"]
