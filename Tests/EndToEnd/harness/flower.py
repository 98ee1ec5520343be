"""Flower 2.2, as its users start it: for comparing."""

import sys

import httpx

from .calyx import PASSWORD, USER
from .celery_workers import APPLICATION
from .polling import until
from .process import Process, free_port


class Flower(Process):
    def __init__(self, broker: str, directory):
        self.port = free_port()
        super().__init__(
            "flower",
            [sys.executable, "-m", "celery", "-A", "app", "flower", f"--port={self.port}", "--address=127.0.0.1",
             f"--basic_auth={USER}:{PASSWORD}"],
            log=directory / "flower.log", cwd=APPLICATION, env={"E2E_BROKER": broker, "PYTHONDONTWRITEBYTECODE": "1"})

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", auth=(USER, PASSWORD), timeout=8, trust_env=False)

    def wait_until_serving(self):
        def serving():
            self.must_live()
            with self.client() as client:
                return client.get("/healthcheck").status_code == 200

        until(serving, seconds=40, what="Flower serves")
        return self
