"""Celery's own State, and where Calyx differs from it on purpose."""

import logging
import numbers
from collections import Counter, defaultdict

from celery import states
from celery.events.state import TASK_EVENT_TO_STATE, State, Task

# It warns of every clock that jumps, and here they do.
logging.getLogger("celery.events.state").setLevel(logging.ERROR)

DIFFERENCES = {
    "duplicate": "the same event twice is one event",
    "late task-sent": "task-sent tells what was meant; once a worker has spoken it fills gaps and overwrites nothing",
    "late task-retried": "workers tell of the next attempt before the end of the one before; that end does not hide it",
    "new attempt": "a later task-received begins a new attempt, also after STARTED or an end (requeue, redelivery)",
    "ended stays ended": "SUCCESS, FAILURE and REVOKED give way to a new attempt and to SUCCESS alone; Celery lets a "
                         "late task-retried undo them, and FAILURE or a custom state undo REVOKED",
    "time of the state": "timestamp and clock are those of the event that set the state, not of the last one heard",
    "null says nothing": "null for a name, root, parent, text or runtime leaves what was known; Celery forgets it",
    "retries never fall": "the number of retries is the highest heard of",
    "all attempts": "each attempt that ended in a retry is kept with time, worker, exception and traceback",
    "goodbye counts": "the last task events of a worker that said goodbye do not make it look alive",
    "receiver's clock": "a task event counts as a heartbeat at the time it came; Celery takes the sender's time",
    "elections": "worker-elect makes Celery's State raise; it is no heartbeat",
    "unknown worker events": "only online and heartbeat are heartbeats, whatever else worker-* there may be",
    "unreadable field": "a field of a wrong type, or a frequency that says nothing, leaves what was known",
    "heartbeat without time": "a heartbeat is one when it comes, even if its timestamp is missing",
    "newest first": "lists are in order of time; Celery's are in order of clocks that publishers do not keep",
}

ENDED = (states.SUCCESS, states.FAILURE, states.REVOKED)
KEPT_ATTEMPTS = 16
FIELDS = (
    "name", "state", "received", "sent", "started", "rejected", "succeeded", "failed", "retried", "revoked", "args",
    "kwargs", "eta", "expires", "retries", "worker", "result", "exception", "timestamp", "runtime", "traceback",
    "exchange", "routing_key", "clock", "client", "root_id", "parent_id")
# A null ETA or expiry means that there is none.
MEMBERS = ("name", "args", "kwargs", "root_id", "parent_id", "retries", "result", "exception", "traceback", "runtime")
WORKER_FIELDS = ("pid", "freq", "clock", "active", "processed", "loadavg", "sw_ident", "sw_ver", "sw_sys")


class Attempts:
    def __init__(self):
        self.received = None
        self.ended = 0
        self.kept = []


class CorrectedState:
    """Feeds a real State and puts right, by name, what Calyx means to do differently.

    `seen` counts how often each difference was met, `corrected` has those that changed a task.
    """

    def __init__(self):
        self.celery = State(max_tasks_in_memory=10**6)
        self.seen = Counter()
        self.corrected = defaultdict(set)
        self.attempts = {}
        self._known_to_worker = set()
        self._offline = set()

    def event(self, event: dict, received: float):
        if event["type"].startswith("task-"):
            self._task(event, received)
        elif event["type"].startswith("worker-"):
            self._worker(event, received)

    # Tasks

    def _task(self, event: dict, received: float):
        kind = event["type"].partition("-")[2]
        known = self.celery.tasks.data.get(event["uuid"])
        before = {field: getattr(known, field) for field in FIELDS} if known else None
        worker = self.celery.workers.data.get(event["hostname"])
        beats = list(worker.heartbeats) if worker else []
        self.celery.event({**event, "local_received": received})
        task = self.celery.tasks.data[event["uuid"]]
        if kind != "sent":
            self._beat_of_task(event, received, beats)
        host = before and (before["client"] if kind == "sent" else before["worker"] and before["worker"].hostname)
        if before and before.get(kind) == event["timestamp"] and host == event["hostname"]:
            self._restore(task, before, FIELDS, "duplicate")
            return
        if before:
            nulls = [field for field in MEMBERS if event.get(field, "") is None and before[field] is not None]
            self._restore(task, before, nulls, "null says nothing")
        attempts = self.attempts.setdefault(event["uuid"], Attempts())
        if kind == "sent" and event["uuid"] in self._known_to_worker:
            kept = [field for field in FIELDS
                    if field not in ("sent", "client", "exchange", "routing_key") and before[field] is not None]
            self._restore(task, before, kept + ["state", "timestamp", "clock", "worker"], "late task-sent")
        else:
            self._transition(task, before, event, kind, attempts)
        self._retries(task, before, event, kind, attempts)
        if kind != "sent":
            self._known_to_worker.add(event["uuid"])

    def _transition(self, task: Task, before: dict | None, event: dict, kind: str, attempts: Attempts):
        if before is None:
            return
        state, old = TASK_EVENT_TO_STATE.get(kind, kind.upper()), before["state"]
        is_weaker = states.precedence(state) > states.precedence(old)
        enters_in_celery = states.RETRY in (state, old) or not is_weaker
        is_earlier = False
        if old in ENDED:
            enters = (kind == "succeeded" or (kind == "received" and event["timestamp"] > before["timestamp"])
                      or (kind not in ("received", "retried") and state == old))
            is_earlier = kind == "retried"
            reason = "ended stays ended"
        else:
            if kind == "retried":
                is_earlier = attempts.received is not None and attempts.received > attempts.ended
                enters = not is_earlier
            elif kind == "received" and attempts.received is not None and event["retries"] > attempts.received:
                enters = True
            else:
                enters = old == states.RETRY or not is_weaker
            reason = "late task-retried"
        if enters and not enters_in_celery:
            assert kind == "received"
            task.__dict__.update(state=state, timestamp=event["timestamp"], clock=event["clock"])
            self._note(task, "new attempt")
        elif not enters:
            if enters_in_celery:
                self._restore(task, before, ["state", "timestamp", "clock"], reason)
            else:
                self._restore(task, before, ["timestamp", "clock"], "time of the state")
        if is_earlier:
            self._restore(task, before, ["worker"], reason)
            if old == states.FAILURE:
                self._restore(task, before, ["exception", "traceback"], reason)

    def _retries(self, task: Task, before: dict | None, event: dict, kind: str, attempts: Attempts):
        if (retries := event.get("retries")) is not None:
            highest = max(retries, (before and before["retries"]) or 0)
            if task.retries != highest:
                task.__dict__["retries"] = highest
                self._note(task, "retries never fall")
            if kind == "received":
                if attempts.received is None:
                    attempts.ended, attempts.received = max(attempts.ended, retries), retries
                elif retries > attempts.received:
                    attempts.ended, attempts.received = max(attempts.ended, retries - 1), retries
        if kind == "retried":
            attempts.ended += 1
            attempts.kept.append({"time": event["timestamp"], "exception": event["exception"],
                                  "traceback": event["traceback"], "worker": event["hostname"]})
            if len(attempts.kept) > KEPT_ATTEMPTS:
                del attempts.kept[1]
            if len(attempts.kept) > 1:
                self.seen["all attempts"] += 1

    def _restore(self, task: Task, before: dict, fields, reason: str):
        changed = [field for field in fields if getattr(task, field) != before[field]]
        for field in changed:
            task.__dict__[field] = before[field]
        if changed:
            self._note(task, reason)

    def _note(self, task: Task, reason: str):
        self.seen[reason] += 1
        self.corrected[task.uuid].add(reason)

    # Workers

    def _beat_of_task(self, event: dict, received: float, beats: list[float]):
        worker = self.celery.workers.data[event["hostname"]]
        if event["hostname"] in self._offline:
            self.seen["goodbye counts"] += 1
            worker.heartbeats[:] = beats
        else:
            self.seen["receiver's clock"] += worker.heartbeats != (beats + [received])[-4:]
            worker.heartbeats[:] = (beats + [received])[-4:]

    def _worker(self, event: dict, received: float):
        kind = event["type"].partition("-")[2]
        known = self.celery.workers.data.get(event["hostname"])
        before = {field: getattr(known, field) for field in WORKER_FIELDS} if known else {"freq": 60}
        beats = list(known.heartbeats) if known else []
        if "timestamp" not in event:
            self.seen["heartbeat without time"] += 1
            event = {**event, "timestamp": received}
        try:
            self.celery.event({**event, "local_received": received})
        except AttributeError:
            assert kind in ("elect", "elect-ack")
            self.seen["elections"] += 1
        worker = self.celery.workers.data.get(event["hostname"])
        if worker is None:
            assert kind == "offline", "a goodbye of a stranger is worth no row"
            return
        if kind not in ("online", "heartbeat", "offline"):
            for field in WORKER_FIELDS:
                setattr(worker, field, before.get(field))
            worker.heartbeats[:] = beats
            self.seen["unknown worker events"] += not kind.startswith("elect")
            return
        for field in WORKER_FIELDS:
            if not is_readable(field, event.get(field)):
                setattr(worker, field, before.get(field))
                self.seen["unreadable field"] += 1
        if kind == "offline":
            self._offline.add(event["hostname"])
        else:
            self._offline.discard(event["hostname"])


def is_readable(field: str, value) -> bool:
    if field == "freq":
        return isinstance(value, numbers.Real) and 0 < value <= 86400
    if field == "loadavg":
        return isinstance(value, list) and len(value) == 3
    if field.startswith("sw_"):
        return isinstance(value, str)
    return isinstance(value, int) and abs(value) < 2**63
