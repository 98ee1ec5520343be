"""Steady, well-behaved clients, to see that nobody notices what else goes on."""

import http.client
import ssl
import threading

from .target import PREFIX, Target


class SteadyClients:
    """Signed-in clients that ask one thing after another over keep-alive connections, as browsers and scripts do: a
    connection that the server announced to close is not used again, an idle one that was closed is opened again.

    What did not end in 200 is in `failures`.
    """

    def __init__(self, target: Target, cookie: str, *, clients: int = 4, requests_per_connection: int | None = None,
                 tls: ssl.SSLContext | None = None):
        self.answered = 0
        self.connections = 0
        self.failures: list[str] = []
        self._target, self._cookie, self._tls = target, cookie, tls or target.tls
        self._per_connection = requests_per_connection
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(20)

    def _connect(self):
        host = "localhost" if self._tls else "127.0.0.1"
        if self._tls:
            connection = http.client.HTTPSConnection(host, self._target.port, timeout=10, context=self._tls)
        else:
            connection = http.client.HTTPConnection(host, self._target.port, timeout=10)
        connection.connect()
        with self._lock:
            self.connections += 1
        return connection

    def _run(self):
        while not self._stop.is_set():
            try:
                connection = self._connect()
            except ConnectionRefusedError:
                # Nobody listens any more: there is no request yet that could fail.
                return
            except OSError as error:
                self.failures.append(f"connecting: {error!r}")
                return
            self._use(connection)

    def _use(self, connection):
        sent = 0
        while not self._stop.is_set() and sent != self._per_connection:
            try:
                connection.request("GET", f"{PREFIX}/api/workers", headers={"Cookie": self._cookie})
                answer = connection.getresponse()
                answer.read()
            except OSError as error:
                self.failures.append(f"after {sent} requests on the connection: {error!r}")
                break
            except http.client.HTTPException as error:
                self.failures.append(f"after {sent} requests on the connection: {error!r}")
                break
            sent += 1
            with self._lock:
                self.answered += 1
            if answer.status != 200:
                self.failures.append(f"status {answer.status}")
            if answer.will_close:
                break
        connection.close()
