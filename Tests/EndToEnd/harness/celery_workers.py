"""Real Celery workers, started as their users start them."""

import os
import pathlib
import sys

from .process import Process

APPLICATION = pathlib.Path(__file__).parent.parent / "celery_app"


def load_application(broker: str):
    """The same application in this process, for sending tasks."""
    os.environ["E2E_BROKER"] = broker
    sys.path.insert(0, str(APPLICATION))
    import app

    return app


class CeleryWorker(Process):
    def __init__(self, node: str, broker: str, directory: pathlib.Path, *options, queues: str = "celery",
                 env: dict | None = None, python=sys.executable, events: bool = True):
        self.node = node
        env = {**(env or {}), **({} if events else {"E2E_NO_EVENTS": "1"})}
        super().__init__(
            node,
            [python, "-m", "celery", "-A", "app", "worker", *(["-E"] if events else []), "-n", node, "-c", "2", "-Q", queues,
             "-l", "INFO", "--without-mingle", *options],
            log=directory / f"{node}.log", cwd=APPLICATION,
            env={"E2E_BROKER": broker, "PYTHONDONTWRITEBYTECODE": "1", **env})

    @property
    def is_ready(self) -> bool:
        self.must_live()
        return " ready." in self.output
