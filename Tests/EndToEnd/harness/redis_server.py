"""A private redis-server."""

import pathlib

import redis

from .polling import until
from .process import Process, free_port


class RedisServer:
    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        directory.mkdir(parents=True)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis.from_url(self.url)
        self.start()

    def start(self):
        self.process = Process(
            "redis-server",
            ["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--save", "", "--dir", self.directory],
            log=self.directory / "redis.log")
        until(self._answers, what="redis-server answers PING")

    def _answers(self):
        self.process.must_live()
        return self.client.ping()

    def stop(self):
        self.process.stop()
