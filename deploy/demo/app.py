"""A small Celery application to watch: tasks that succeed, fail, retry, run long and call one another.

    DEMO_BROKER=redis://localhost:6379/0 celery -A app worker -E -n one@%h

What a monitor needs from an application is in the three settings marked below; `worker -E` sets the first.
"""

import os
import random
import time

from celery import Celery, chain, group

app = Celery("demo", broker=os.environ.get("DEMO_BROKER", "redis://localhost:6379/0"))
app.conf.update(
    worker_send_task_events=True,  # workers report what they do
    task_send_sent_event=True,  # clients report what they send
    task_track_started=True,  # the result backend knows STARTED, too
    result_backend=os.environ.get("DEMO_RESULTS", app.conf.broker_url),
    result_extended=True,
    result_expires=3600,
    task_routes={"reports.*": {"queue": "reports"}},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


class PaymentDeclined(Exception):
    """The bank said no."""


@app.task(name="documents.extract_text")
def extract_text(path: str) -> dict:
    time.sleep(random.uniform(0.05, 0.6))
    return {"path": path, "characters": random.randint(500, 80_000)}


@app.task(name="documents.split")
def split(document: dict, chunk_size: int = 500) -> list[int]:
    time.sleep(random.uniform(0.05, 0.3))
    count = document["characters"] // chunk_size
    return [chunk_size] * min(count, 20)


@app.task(name="embeddings.batch")
def embed(chunks: list[int], model: str = "small") -> dict:
    time.sleep(random.uniform(0.1, 1.2))
    return {"model": model, "vectors": len(chunks)}


@app.task(name="documents.process")
def process(path: str, user: str) -> int:
    time.sleep(random.uniform(0.05, 0.2))
    with open(path, encoding="utf-8") as document:  # the demo's documents do not exist: this one fails
        return len(document.read())


@app.task(name="payments.charge", bind=True, max_retries=3)
def charge(self, order: int, cents: int) -> str:
    time.sleep(random.uniform(0.05, 0.4))
    if random.random() < 0.5:
        try:
            raise ConnectionError(f"bank did not answer for order {order}")
        except ConnectionError as error:
            raise self.retry(exc=error, countdown=random.uniform(1, 4))
    if random.random() < 0.1:
        raise PaymentDeclined(f"order {order}: card declined for {cents / 100:.2f} EUR")
    return f"order {order} paid"


@app.task(name="reports.monthly", bind=True)
def monthly(self, month: str, pages: int = 20) -> dict:
    for page in range(1, pages + 1):
        time.sleep(random.uniform(0.5, 1.5))
        self.update_state(state="PROGRESS", meta={"current": page, "total": pages})
    return {"month": month, "pages": pages}


@app.task(name="mail.send")
def send_mail(to: str, subject: str) -> str:
    time.sleep(random.uniform(0.02, 0.15))
    return f"queued for {to}"


def ingest(path: str):
    """Three tasks in a row, each working on what the one before returned."""
    return chain(extract_text.s(path), split.s(chunk_size=random.choice([200, 500, 1000])), embed.s())


def newsletter(readers: int):
    """Many tasks side by side."""
    return group(send_mail.s(f"reader{number}@example.com", "What is new") for number in range(readers))
