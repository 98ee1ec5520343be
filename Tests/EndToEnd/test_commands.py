"""Every command that Calyx sends, obeyed by real workers, and broken off by the end of Redis in the middle of it."""

import base64
import json
import re
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest
from celery import Celery

from harness.calyx import PASSWORD, ROOT, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer

PLAIN, SCALED, BUSY = "plain@commands", "scaled@commands", "busy@commands"


class World:
    """`plain` has a fixed pool and sends events as it is told, `scaled` has an autoscaler, and its pool can be restarted.

    Only `busy` has tasks: one whose pool was changed may take tasks and never run them.
    """

    def __init__(self, home):
        self.home = home
        self.redis = RedisServer(home)
        self.workers = {
            PLAIN: CeleryWorker(PLAIN, self.redis.url, home, events=False, queues="plain"),
            SCALED: CeleryWorker(SCALED, self.redis.url, home, "--autoscale=3,1", queues="scaled", env={"E2E_POOL_RESTARTS": "1"}),
            BUSY: CeleryWorker(BUSY, self.redis.url, home)}
        # A time-out that is reached only by who does not answer at all. Events are what a test switches.
        self.calyx = Calyx("up", home / "calyx", broker=self.redis.url, result_backend=self.redis.url, port=free_port(),
                           address="127.0.0.1", admin_address="none", basic_auth=f"{USER}:{PASSWORD}", inspect_timeout=15000,
                           enable_events=False)
        self.calyx.wait_until_listening()
        self.api = httpx.Client(base_url=self.calyx.address, auth=(USER, PASSWORD), timeout=30, trust_env=False)
        self.app = Celery("client", broker=self.redis.url, backend=self.redis.url)
        self.until_known()

    def until_known(self):
        for worker in self.workers.values():
            until(lambda worker=worker: worker.is_ready, seconds=60, what=f"{worker.node} is ready")

        def all_answer():
            answers = self.api.get("/api/worker/inspect/ping").raise_for_status().json()["workers"]
            alive = self.api.get("/api/workers", params={"status": "1"}).json()
            return answers.keys() == self.workers.keys() and all(alive.get(worker) for worker in self.workers)

        until(all_answer, seconds=60, what="all workers answer and are known")
        until(lambda: "e2e.add" in self.api.get("/api/workers", params={"refresh": "1"}).text, seconds=20,
              what="they told their tasks")

    def ask(self, worker: str, method: str, *arguments):
        """The worker itself, by Celery's own client."""
        return (getattr(self.app.control.inspect([worker], timeout=2), method)(*arguments) or {}).get(worker)

    def held(self) -> object:
        key = f"hold-{uuid.uuid4()}"
        task = self.app.send_task("e2e.hold", (key,))
        task.key = key
        until(lambda: task.state == "STARTED", seconds=20, what="the task runs")
        return task

    def release(self, task):
        self.redis.client.rpush(task.key, "seen")
        task.get(timeout=20)

    def stop(self):
        self.api.close()
        for process in (self.calyx, *self.workers.values(), self.redis):
            process.stop()


@pytest.fixture(scope="module")
def world(directory):
    world = World(directory / "commands")
    yield world
    world.stop()


@dataclass
class Command:
    path: str
    parameters: dict = field(default_factory=dict)
    #: (world, what Calyx answered, what `before` gave): raises or returns something false when the worker has not done it.
    seen: object = None
    #: Gives what `{it}` stands for.
    before: object = None
    after: object = None
    method: str = "POST"

    def word(self, name: str) -> str:
        """The command as workers know it."""
        return self.path.split("/")[-1] if self.method == "GET" else name.split(",")[0]

    def send(self, api, it=None) -> httpx.Response:
        def fill(text):
            return text.replace("{it}", str(getattr(it, "id", it)))

        return api.request(self.method, fill(self.path), params={key: fill(value) for key, value in self.parameters.items()})


def question(name: str, seen, **options) -> Command:
    return Command(f"/api/worker/inspect/{name}", options.pop("parameters", {}), seen, method="GET", **options)


def processes(world, worker=PLAIN) -> list:
    return world.ask(worker, "stats")["pool"]["processes"]


def queues(world) -> set:
    return {queue["name"] for queue in world.ask(PLAIN, "active_queues")}


def registered(world, attribute: str) -> str:
    return next(entry for entry in world.ask(PLAIN, "registered", attribute) if entry.startswith("e2e.echo"))


def running(world, answer, task, method="active") -> bool:
    return task.id in [entry["id"] for entries in answer["workers"].values() for entry in entries]


LIMIT = {"workername": PLAIN}
COMMANDS = {
    "ping": question("ping", lambda world, answer, it: answer == {
        "workers": {worker: {"ok": "pong"} for worker in world.workers}, "missing": []}),
    "ping of one": question("ping", lambda world, answer, it: answer["workers"] == {SCALED: {"ok": "pong"}},
                            parameters={"workername": SCALED}),
    "clock": question("clock", lambda world, answer, it: all(one["clock"] > 0 for one in answer["workers"].values())),
    "stats": question("stats", lambda world, answer, it: {
        name: one["pid"] for name, one in answer["workers"].items()} == {name: worker.pid for name, worker in world.workers.items()}),
    "active": question("active", running, before=World.held, after=World.release),
    "query_task": question("query_task", lambda world, answer, it: [
        one[it.id][0] for one in answer["workers"].values() if one] == ["active"],
        parameters={"taskid": "{it}"}, before=World.held, after=World.release),
    "reserved": question("reserved", lambda world, answer, it: answer["workers"] == {worker: [] for worker in world.workers}),
    "scheduled": question(
        "scheduled", lambda world, answer, it: it.id in [
            entry["request"]["id"] for entries in answer["workers"].values() for entry in entries],
        before=lambda world: until_scheduled(world, world.app.send_task("e2e.add", (1, 2), countdown=600)),
        after=lambda world, it: it.revoke()),
    "revoked": question(
        "revoked", lambda world, answer, it: all(it in ids for ids in answer["workers"].values()),
        before=lambda world: until_revoked(world, str(uuid.uuid4()))),
    "registered": question("registered", lambda world, answer, it: all(
        any(entry.startswith("e2e.add") for entry in entries) for entries in answer["workers"].values())),
    "active_queues": question("active_queues", lambda world, answer, it: {
        name: [queue["name"] for queue in one if queue["name"] != "extra"] for name, one in answer["workers"].items()
    } == {PLAIN: ["plain"], SCALED: ["scaled"], BUSY: ["celery"]}),
    "conf": question("conf", lambda world, answer, it: answer["workers"][PLAIN]["task_track_started"] is True),
    "report": question("report", lambda world, answer, it: all("celery:" in one["ok"] for one in answer["workers"].values())),
    # A worker says what it was: asked the same again by Celery's own client, it tells whether it had obeyed.
    "enable_events": Command(
        f"/api/worker/events/enable/{PLAIN}", seen=lambda world, answer, it: world.app.control.broadcast(
            "enable_events", destination=[PLAIN], reply=True, timeout=5)[0][PLAIN] == {"ok": "task events already enabled"}),
    "disable_events": Command(
        f"/api/worker/events/disable/{PLAIN}", seen=lambda world, answer, it: world.app.control.broadcast(
            "disable_events", destination=[PLAIN], reply=True, timeout=5)[0][PLAIN] == {"ok": "task events already disabled"}),
    "add_consumer": Command(f"/api/worker/queue/add-consumer/{PLAIN}", {"queue": "extra"},
                            seen=lambda world, answer, it: "extra" in queues(world)),
    "cancel_consumer": Command(f"/api/worker/queue/cancel-consumer/{PLAIN}", {"queue": "extra"},
                               seen=lambda world, answer, it: "extra" not in queues(world)),
    "rate_limit": Command("/api/task/rate-limit/e2e.echo", {**LIMIT, "ratelimit": "{it}/m"}, before=lambda world: new_limit(),
                          seen=lambda world, answer, it: f"rate_limit={it}/m" in registered(world, "rate_limit")),
    "time_limit": Command("/api/task/timeout/e2e.echo", {**LIMIT, "soft": "{it}.5", "hard": "5000"},
                          before=lambda world: new_limit(),
                          seen=lambda world, answer, it: f"soft_time_limit={it}.5" in registered(world, "soft_time_limit")),
    "revoke": Command("/api/task/revoke/{it}", before=lambda world: str(uuid.uuid4()),
                      seen=lambda world, answer, it: all(it in world.ask(worker, "revoked") for worker in world.workers)),
    "pool_grow": Command(f"/api/worker/pool/grow/{PLAIN}", {"n": "2"}, before=processes,
                         seen=lambda world, answer, it: len(processes(world)) == len(it) + 2),
    "pool_shrink": Command(f"/api/worker/pool/shrink/{PLAIN}", {"n": "1"}, before=processes,
                           seen=lambda world, answer, it: len(processes(world)) == len(it) - 1),
    "autoscale": Command(
        f"/api/worker/pool/autoscale/{SCALED}", {"min": "1", "max": "{it}"},
        before=lambda world: 7 - world.ask(SCALED, "stats")["autoscaler"]["max"],
        seen=lambda world, answer, it: world.ask(SCALED, "stats")["autoscaler"]["max"] == it),
    "revoke, terminate and signal": Command(
        "/api/task/revoke/{it}", {"terminate": "true", "signal": "SIGKILL"}, before=World.held,
        seen=lambda world, answer, it: it.state == "REVOKED" and re.search(
            rf"Terminating {it.id} \((9|Signals.SIGKILL)\)", world.workers[BUSY].output)),
    "pool_restart": Command(f"/api/worker/pool/restart/{SCALED}", before=lambda world: processes(world, SCALED),
                            seen=lambda world, answer, it: not set(processes(world, SCALED)) & set(it)),
    "shutdown": Command(f"/api/worker/shutdown/{SCALED}", seen=lambda world, answer, it: not world.workers[SCALED].is_alive),
}


def new_limit() -> int:
    new_limit.last += 1
    return new_limit.last


new_limit.last = 100


def until_scheduled(world, task):
    def known():
        return any(task.id in str(world.ask(worker, "scheduled")) for worker in world.workers)

    until(known, seconds=20, what="a worker has the task scheduled")
    return task


def until_revoked(world, task: str) -> str:
    world.app.control.revoke(task)
    until(lambda: all(task in world.ask(worker, "revoked") for worker in world.workers), what="all workers have it revoked")
    return task


def obeyed(world, name: str):
    command = COMMANDS[name]
    it = command.before(world) if command.before else None
    answer = command.send(world.api, it)
    assert answer.status_code == 200, answer.text
    until(lambda: command.seen(world, answer.json(), it), seconds=20, what=f"the worker itself shows {name}: {answer.text:.500}")
    if command.after:
        command.after(world, it)


#: What comes at the very end: a worker whose pool was restarted, or whose process was killed, may not connect again.
LAST = ("revoke, terminate and signal", "pool_restart", "shutdown")


@pytest.mark.parametrize("name", [name for name in COMMANDS if name not in LAST])
def test_a_command_is_obeyed(world, name):
    obeyed(world, name)


def test_redis_dies_while_commands_are_under_way(directory):
    """All of them at once, and the senders of all are told. Nobody answers here, so that each of them waits when it happens."""
    home = directory / "commands-broken-off"
    redis = RedisServer(home)
    listener = redis.client.pubsub()
    listener.psubscribe("/0.celery.pidbox*")
    calyx = Calyx("up", home / "calyx", broker=redis.url, result_backend=redis.url, port=free_port(), address="127.0.0.1",
                  admin_address="none", basic_auth=f"{USER}:{PASSWORD}", inspect_timeout=60000, enable_events=False)
    app = Celery("events", broker=redis.url)
    try:
        calyx.wait_until_listening()
        with calyx.client() as api:
            def known():
                with app.connection_for_write() as connection:
                    events = app.events.Dispatcher(connection, hostname=PLAIN)
                    for node in (PLAIN, SCALED):
                        events.hostname = node
                        events.send("worker-heartbeat", freq=60, active=0, processed=0, loadavg=[0, 0, 0])
                    events.send("task-received", uuid="known", name="e2e.echo", args="(1,)", kwargs="{}", retries=0)
                return {PLAIN, SCALED} <= api.get("/api/workers").json().keys() and api.get("/api/task/info/known").is_success

            until(known, what="workers and a task are known")
            waiting = {name: command for name, command in COMMANDS.items() if name != "shutdown"}
            heard(listener)

            def broken_off(command):
                with httpx.Client(base_url=calyx.address, auth=(USER, PASSWORD), timeout=60, trust_env=False) as own:
                    return command.send(own, it=1)

            with ThreadPoolExecutor(len(waiting)) as pool:
                answers = {name: pool.submit(broken_off, command) for name, command in waiting.items()}
                missing = Counter(command.word(name) for name, command in waiting.items())

                def all_published():
                    missing.subtract(heard(listener))
                    return not +missing

                until(all_published, seconds=20, what="all are at the workers")
                redis.process.kill()
                answers = {name: answer.result(timeout=30) for name, answer in answers.items()}
            for name, answer in answers.items():
                assert answer.status_code == 503, f"{name}: {answer.text}"
                detail = answer.json()["detail"]
                assert "Redis" in detail and "is not known" in detail, f"{name}: {detail}"

            # Afterwards each is refused at once, with the reason, and nothing is promised.
            until(lambda: not api.get("/healthcheck", params={"verbose": 1}).json()["broker"]["connected"], what="it is known")
            bodies = {f"/api/task/{route}/e2e.echo": {"args": [1]} for route in ("send-task", "async-apply", "apply")}
            for path, body in bodies.items():
                answer = api.post(path, json=body)
                assert answer.status_code == 503 and "Redis" in answer.json()["detail"], f"{path}: {answer.text}"
            for name, command in COMMANDS.items():
                answer = command.send(api, it=1)
                assert answer.status_code == 503 and "Redis" in answer.json()["detail"], f"{name}: {answer.text}"
            assert api.post("/api/task/abort/known").status_code == 503

            redis.start()
            until(lambda: api.get("/healthcheck", params={"verbose": 1}).json()["broker"]["connected"], seconds=30,
                  what="Calyx is connected again")
            worker = CeleryWorker(PLAIN, redis.url, home, events=False)
            try:
                until(lambda: worker.is_ready, seconds=60, what="a worker is ready")
                until(lambda: PLAIN in api.get("/api/worker/inspect/ping", params={"workername": PLAIN}, timeout=30).json()[
                    "workers"], seconds=60, what="it answers")
                done = api.post("/api/task/apply/e2e.echo", json={"args": ["again"], "timeout": 20}).json()
                assert (done["state"], done["result"]) == ("SUCCESS", "again")
            finally:
                worker.stop()
    finally:
        listener.close()
        calyx.stop()
        redis.stop()


def heard(listener) -> Counter:
    """The commands that were published meanwhile, without those by which Calyx asks new workers about themselves."""
    commands = Counter()
    while (message := listener.get_message(timeout=0.05)) is not None:
        if message["type"] == "pmessage":
            body = json.loads(base64.b64decode(json.loads(message["data"])["body"]))
            if len(body["destination"] or []) < 2:
                commands[body["method"]] += 1
    return commands


def test_redis_dies_under_the_workers_and_all_commands_are_obeyed_again(world):
    # A worker that holds messages does not survive the end of its broker (kombu's restore_unacked_once).
    world.workers[BUSY].stop()
    world.redis.process.kill()
    until(lambda: world.api.get("/api/worker/inspect/ping").status_code == 503, what="nobody can be asked")
    world.redis.start()
    world.workers[BUSY] = CeleryWorker(BUSY, world.redis.url, world.home)
    world.until_known()


def test_nothing_else_is_ever_sent():
    """Some malformed commands kill every worker that hears them, so whatever can be sent is above."""
    tested = {command.word(name) for name, command in COMMANDS.items()}
    written, questions = set(), set()
    for file in (ROOT / "Sources" / "Core").rglob("*.swift"):
        text = file.read_text(encoding="utf-8")
        for call in re.findall(r"ControlRequest\(\s*([^,)]*)", text):
            written.update(re.findall(r'"(\w+)"', call))
        if found := re.search(r"enum WorkerQuestion.*?\{(.*?)\n}", text, re.S):
            names = re.sub(r'\w+ = "(\w+)"', r"\1", found.group(1)).replace("case ", "")
            questions.update(re.findall(r"\w+", names))
    assert {"shutdown", "pool_grow", "pool_shrink", "revoke"} <= written
    assert {"ping", "report", "active_queues", "query_task"} <= questions
    # A heartbeat is what workers are asked for whenever Calyx has connected; it has no answer.
    assert (written | questions) - {"heartbeat"} <= tested


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_obeyed_again(world, name):
    obeyed(world, name)
