"""A private redis-server."""

import pathlib

import redis

from .polling import until
from .process import Process, free_port


class RedisServer:
    """On this machine, or on a `FarHost`."""

    def __init__(self, directory: pathlib.Path, host=None):
        self.directory = directory
        directory.mkdir(parents=True)
        self.port = free_port()
        self.host = host
        self._address = host.address if host else "127.0.0.1"
        self.url = f"redis://{self._address}:{self.port}/0"
        # The first packets to a host that has just come up may be lost: try again soon.
        self.client = redis.Redis.from_url(self.url, **({"socket_connect_timeout": 1} if host else {}))
        self.start()

    def start(self):
        command = ["redis-server", "--port", self.port, "--bind", self._address, "--protected-mode", "no", "--save", "",
                   "--dir", self.directory]
        self.process = Process("redis-server", self.host.inside(*command) if self.host else command,
                               log=self.directory / "redis.log")
        until(self._answers, seconds=30, what="redis-server answers PING")

    def _answers(self):
        self.process.must_live()
        return self.client.ping()

    def stop(self):
        self.process.stop()
