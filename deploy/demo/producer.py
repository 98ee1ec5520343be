"""Keeps the demo's workers busy at a modest rate until it is told to stop: about two tasks a second."""

import random
import signal
import threading

from kombu.exceptions import OperationalError

from app import app, charge, ingest, monthly, newsletter, process, send_mail

stopped = threading.Event()
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: stopped.set())


def ingest_document() -> None:
    ingest(f"/uploads/{random.randint(1, 999)}.pdf").apply_async()


def process_lost_document() -> None:
    process.delay("/uploads/lost.pdf", user=f"user{random.randint(1, 40)}")


def charge_order() -> None:
    charge.delay(random.randint(10_000, 99_999), cents=random.randint(100, 20_000))


def write_mail() -> None:
    send_mail.delay("ada@example.com", "Žluťoučký kůň – 日本語 🦄")


def send_newsletter() -> None:
    newsletter(readers=random.randint(3, 8)).apply_async()


def order_report() -> None:
    monthly.delay(f"2026-{random.randint(1, 12):02}", pages=random.randint(8, 25))


def remind_later() -> None:
    send_mail.apply_async(("grace@example.com", "Reminder"), countdown=random.randint(15, 45))


# What may happen next, and how often compared with the others.
STEPS = {
    ingest_document: 5,
    process_lost_document: 2,
    charge_order: 5,
    write_mail: 4,
    send_newsletter: 1,
    order_report: 1,
    remind_later: 1,
}


def main() -> None:
    order_report()
    process_lost_document()
    while not stopped.wait(random.uniform(0.5, 2)):
        step = random.choices(list(STEPS), weights=list(STEPS.values()))[0]
        try:
            step()
        except OperationalError:
            stopped.wait(2)  # the broker is away; it may come back
    app.close()


if __name__ == "__main__":
    main()
