"""Redis, two workers, Flower, Calyx, and tasks in every state that both have heard of."""

import re
import string
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
from celery import Celery, chain

from harness.calyx import PASSWORD, USER, Calyx
from harness.celery_workers import CeleryWorker
from harness.flower import Flower
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer

from .calls import Call
from .compare import Answer

#: What each server's own things are called; as long as each other, so that lists are cut alike.
OWN = {"flower": {"own": "qf7", "limit": "21", "victim": "d2@diff"}, "calyx": {"own": "qc7", "limit": "22", "victim": "d1@diff"}}
SENDERS = ("/api/task/async-apply/", "/api/task/send-task/")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class World:
    def __init__(self, directory):
        directory.mkdir()
        self.directory = directory
        self.redis = RedisServer(directory / "redis")
        url = self.redis.url
        # A client's own application: what the workers run is not imported here.
        self.app = Celery("client", broker=url, backend=url)
        self.app.conf.update(task_send_sent_event=True)
        self.workers = {
            "d1@diff": CeleryWorker("d1@diff", url, directory),
            "d2@diff": CeleryWorker("d2@diff", url, directory, "--autoscale=3,1", env={"E2E_POOL_RESTARTS": "1"})}
        self.calyx = Calyx("up", directory / "calyx", broker=url, result_backend=url, port=free_port(), address="127.0.0.1",
                           admin_address="none", basic_auth=f"{USER}:{PASSWORD}")
        for worker in self.workers.values():
            until(lambda worker=worker: worker.is_ready, seconds=60, what=f"{worker.node} is ready")
        # Flower knows the workers that answer it at its start.
        self.flower = Flower(url, directory)
        self.calyx.wait_until_listening()
        self.flower.wait_until_serving()
        self.clients = {"flower": self.flower.client(), "calyx": self.calyx.client()}
        until(self._both_know_the_workers, seconds=20, what="both know the workers and what they registered")
        self.processes = 2
        self.held = []
        self.tasks = self._send_tasks()
        until(self._both_know_the_tasks, seconds=20, what="both have the same tasks in the same states")

    def later(self) -> CeleryWorker:
        """A worker that starts when both servers run."""
        worker = CeleryWorker("d3@diff", self.redis.url, self.directory, queues="later")
        self.workers[worker.node] = worker
        return worker

    def stop(self):
        for client in self.clients.values():
            client.close()
        for server in (self.flower, self.calyx, *self.workers.values()):
            server.terminate()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda server: server.stop(), (self.flower, self.calyx, *self.workers.values())))
        self.redis.stop()

    def send(self, name, *args, **options):
        return self.app.send_task(name, args=args, **options)

    def _both_know_the_workers(self):
        for client in self.clients.values():
            entries = client.get("/api/workers", params={"refresh": "1"}).raise_for_status().json()
            if not all(entries.get(node, {}).get("registered") for node in self.workers):
                return False
        return True

    def _send_tasks(self):
        tasks = {
            "add": self.send("e2e.add", 40, 2), "failed": self.send("documents.process", "/nowhere", "user"),
            "retried": self.send("e2e.retry"), "gave_up": self.send("e2e.give_up"),
            "unicode": self.send("e2e.echo", "žluťoučký \"kůň\" </script>"), "long": self.send("e2e.echo", "x" * 3000),
            "unregistered": self.send("e2e.unregistered"),
            "keywords": self.send("e2e.add", kwargs={"x": 1, "y": 2}),
            "failed_flower": self.send("documents.process", "/a", "b"),
            "failed_calyx": self.send("documents.process", "/a", "b"),
            "revoked": self.send("e2e.add", 1, 1, countdown=1),
        }
        self.app.control.revoke(tasks["revoked"].id)
        link = self.app.signature
        tasks["chain"] = chain(link("e2e.add", (1, 2)), link("e2e.add", (3,)), link("e2e.add", (4,))).apply_async()
        for task in tasks.values():
            task.get(timeout=20, propagate=False)
        return {name: task.id for name, task in tasks.items()}

    def _both_know_the_tasks(self):
        def states(client):
            tasks = client.get("/api/tasks").raise_for_status().json()
            return {uuid: (task["state"], task["timestamp"], task["name"]) for uuid, task in tasks.items()}

        flower, calyx = (states(client) for client in self.clients.values())
        final = {"SUCCESS", "FAILURE", "REVOKED"}
        different = {uuid: (flower.get(uuid), calyx.get(uuid)) for uuid in self.tasks.values()
                     if flower.get(uuid) != calyx.get(uuid) or flower[uuid][0] not in final}
        assert not different, different
        return flower.keys() == calyx.keys()

    # --- one call -------------------------------------------------------------------------------------------------------

    def ask(self, server: str, call: Call) -> Answer:
        self._let_go()
        names = {}

        def fill(value):
            if isinstance(value, dict):
                return {fill(key): fill(inner) for key, inner in value.items()}
            if isinstance(value, (list, tuple)):
                return [fill(inner) for inner in value]
            if isinstance(value, bytes):
                return value.replace(b"{own}", OWN[server]["own"].encode())
            if not isinstance(value, str):
                return value
            for _, name, _, _ in string.Formatter().parse(value):
                if name:
                    found = self._named(server, name)
                    names[found] = f"<{name}>"
                    value = value.replace(f"{{{name}}}", found)
            return value

        path, params = fill(call.path), call.params
        if isinstance(params, dict):
            params = fill(params)
        json, data = (fill(body) for body in (call.json, call.data))
        content = fill(call.content) if call.content else None
        response = self.clients[server].request(
            call.method, path, params=params, data=data, headers=call.headers,
            auth=None if call.anonymous else httpx.USE_CLIENT_DEFAULT,
            **({"content": content} if content else {"json": json} if json is not None else {}))
        if path.endswith("/e2e.hold"):
            self.held.append(json["args"][0])
        answer = Answer.of(response).named({**names, OWN[server]["own"]: "<own>"} if call.method == "POST" else names)
        return Answer(answer.status, self._without(answer.body, call))

    def _named(self, server, name):
        if name in self.tasks:
            return self.tasks[name]
        if name == "failed_own":
            return self.tasks[f"failed_{server}"]
        if name == "running":
            self.held.append(f"{server}-held-{uuid.uuid4()}")
            task = self.send("e2e.hold", self.held[-1])
            until(lambda: task.state == "STARTED", what="the task runs")
            self.running = task
            return task.id
        return OWN[server][name]

    def _let_go(self):
        """What was held for the call before takes no place of the workers any more."""
        for key in self.held:
            self.redis.client.rpush(key, "over")
        self.held = []

    def _without(self, body, call):
        if isinstance(body, dict):
            rest = {key: self._without(value, call) for key, value in body.items() if key not in call.ignore}
            if rest.get("state") in ("PENDING", "STARTED", "SUCCESS") and call.path.startswith(SENDERS) and "result" not in rest:
                # How far the worker has come when the answer is written.
                rest["state"] = "<on its way>"
            return rest
        if isinstance(body, list):
            rows = [self._without(value, call) for value in body]
            # Rows of workers have no order.
            return sorted(rows, key=lambda row: row["hostname"]) if rows and "heartbeats" in call.ignore and isinstance(
                rows[0], dict) and "hostname" in rows[0] else rows
        if isinstance(body, str) and call.method == "POST" and UUID.fullmatch(body):
            return "<uuid>"
        return body
