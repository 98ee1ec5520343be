"""Many workers that only speak: they send heartbeats, and answer when they are asked about themselves."""

import base64
import contextlib
import json
import random
import resource
import socket
import threading
import time
import uuid

import redis

from .event_streams import publish

CHANNEL = "/0.celery.pidbox"


class Crowd:
    """`count` workers of one broker. What they say of themselves is as long as workers of a large application say."""

    FREQUENCY = 30.0

    def __init__(self, url: str, count: int, tasks: int = 300):
        self.names = [f"crowd{number:04}@host{number // 8:03}" for number in range(count)]
        self.asked: list[str] = []
        self._client = redis.Redis.from_url(url)
        self._registered = [f"application.module_{number % 40}.a_task_with_a_long_name_{number}" for number in range(tasks)]
        self._listening = self._client.pubsub()
        self._listening.subscribe(CHANNEL)
        self._receivers = self._listen(count - 1)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=[work], daemon=True) for work in (self._beat, self._answer)]
        for thread in self._threads:
            thread.start()

    def _listen(self, count: int) -> list[socket.socket]:
        """Each worker has a connection of its own, by which Redis counts them. What they get is read for all by one."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 1000)), hard))
        address = self._client.get_connection_kwargs()
        receivers = [socket.create_connection((address["host"], address["port"])) for _ in range(count)]
        for receiver in receivers:
            receiver.sendall(f"SUBSCRIBE {CHANNEL}\r\n".encode())
        for receiver in receivers:
            receiver.recv(256)
        return receivers

    @staticmethod
    def _work(work):
        # At the end of a run the broker may be the first to go.
        with contextlib.suppress(redis.ConnectionError):
            work()

    def stop(self):
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for receiver in self._receivers:
            receiver.close()

    def _beat(self):
        clock = 0
        while not self._ended.is_set():
            clock += 1
            now = time.time()
            publish(self._client, 0, [
                {"type": "worker-heartbeat", "hostname": name, "utcoffset": 0, "pid": 100 + number, "clock": clock, "timestamp": now,
                 "freq": self.FREQUENCY, "active": number % 4, "processed": clock * number, "loadavg": [0.5, 0.4, 0.3],
                 "sw_ident": "py-celery", "sw_ver": "5.7.0", "sw_sys": "Linux"}
                for number, name in enumerate(self.names)], random.Random(1))
            self._ended.wait(self.FREQUENCY / 3)

    def _answer(self):
        while not self._ended.is_set():
            message = self._listening.get_message(ignore_subscribe_messages=True, timeout=0.2)
            if not message:
                continue
            command = json.loads(base64.b64decode(json.loads(message["data"])["body"]))
            method, wanted, reply_to = command["method"], command.get("destination"), command.get("reply_to")
            if not reply_to:
                continue
            self.asked.append(method)
            said = self._says(method)
            queue = f"{reply_to['routing_key']}.{reply_to['exchange']}"
            names = self.names if wanted is None else [name for name in self.names if name in set(wanted)]
            for at in range(0, len(names), 100):
                pipeline = self._client.pipeline(transaction=False)
                for name in names[at:at + 100]:
                    pipeline.lpush(queue, self._reply(command["ticket"], {name: said}))
                pipeline.execute()

    @staticmethod
    def _reply(ticket: str, answer: dict) -> str:
        """As kombu's pidbox writes it."""
        return json.dumps({
            "body": base64.b64encode(json.dumps(answer).encode()).decode(), "content-encoding": "utf-8",
            "content-type": "application/json", "headers": {"clock": 1, "ticket": ticket},
            "properties": {"delivery_mode": 1, "delivery_info": {"exchange": "reply.celery.pidbox", "routing_key": ""},
                           "priority": 0, "body_encoding": "base64", "delivery_tag": str(uuid.uuid4())}})

    def _says(self, method: str):
        match method:
            case "ping":
                return {"ok": "pong"}
            case "active_queues":
                exchange = {"name": "celery", "type": "direct", "arguments": None, "durable": True, "passive": False,
                            "auto_delete": False, "delivery_mode": None, "no_declare": False}
                return [{"name": "celery", "exchange": exchange, "routing_key": "celery", "durable": True, "alias": None}]
            case "registered" | "registered_tasks":
                return self._registered
            case "stats":
                return {"pid": 1, "clock": "7", "uptime": 100, "prefetch_count": 8, "total": dict.fromkeys(self._registered, 12),
                        "pool": {"implementation": "celery.concurrency.prefork:TaskPool", "max-concurrency": 2, "processes": [2, 3]},
                        "broker": {"hostname": "localhost", "transport": "redis"}, "rusage": {"utime": 1.5, "stime": 0.5}}
            case "conf":
                return {"broker_url": "redis://localhost:6379/0", "imports": self._registered[:50]}
            case "revoked":
                return []
            case "active" | "reserved" | "scheduled" | "dump_active" | "dump_reserved" | "dump_schedule":
                return []
            case _:
                return {"ok": None}
