"""The Celery application that the end-to-end tests watch. Nothing in it depends on time: a held task ends when told."""

import os

import redis
from celery import Celery, chain

BROKER = os.environ["E2E_BROKER"]

app = Celery("e2e", broker=BROKER, backend=os.environ.get("E2E_BACKEND", BROKER))
app.conf.update(
    worker_send_task_events="E2E_NO_EVENTS" not in os.environ,
    task_send_sent_event=True,
    task_track_started=True,
    result_extended=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_pool_restarts="E2E_POOL_RESTARTS" in os.environ,
    task_routes={"e2e.parked": {"queue": "parked"}},
)
if "E2E_TABLES" in os.environ:
    app.conf.database_table_names = {"task": os.environ["E2E_TABLES"] + " tasks", "group": os.environ["E2E_TABLES"] + " groups"}


@app.task(name="documents.process")
def process(path: str, user: str, chunk_size: int = 500) -> int:
    """Fails as the lesson's example does: the file is not there."""
    with open(path, encoding="utf-8") as document:
        return len(document.read()) // chunk_size


@app.task(name="e2e.add")
def add(x, y):
    return x + y


@app.task(name="e2e.echo")
def echo(value):
    return value


# Retries wait a moment: without, the next attempt's events may overtake the `task-retried` of the one before.
@app.task(name="e2e.retry", bind=True, max_retries=2)
def retry(self):
    if self.request.retries < 2:
        raise self.retry(exc=ConnectionError(f"attempt {self.request.retries} refused"), countdown=0.3)
    return "third time lucky"


@app.task(name="e2e.give_up", bind=True, max_retries=1)
def give_up(self):
    raise self.retry(exc=ConnectionError("never there"), countdown=0.3)


@app.task(name="e2e.hold")
def hold(key: str) -> str:
    """Runs until somebody pushes a value to the list `key`."""
    answer = redis.Redis.from_url(BROKER, socket_timeout=None).blpop([key], timeout=60)
    return answer[1].decode() if answer else "nobody came"


@app.task(name="e2e.steps", bind=True)
def steps(self, key: str) -> str:
    """Goes one step further with each value that somebody pushes to the list `key`."""
    client = redis.Redis.from_url(BROKER, socket_timeout=None)
    for step in range(1, 3):
        self.update_state(state="PROGRESS", meta={"current": step, "total": 4, "note": f"step <{step}>"})
        client.blpop([key], timeout=60)
    return "all steps"


@app.task(name="e2e.describe", bind=True)
def describe(self, *args, **kwargs) -> dict:
    """What came with the task, as it is seen inside of it."""
    request = self.request
    names = ("id", "eta", "expires", "timelimit", "retries", "shadow", "root_id", "parent_id", "delivery_info", "customer")
    return {"args": args, "kwargs": kwargs, **{name: getattr(request, name, None) for name in names}}


@app.task(name="e2e.parked")
def parked():
    """Goes to a queue that no worker reads."""


def add_in_a_row():
    return chain(add.s(1, 2), add.s(3), add.s(4))
