"""A core that answers everything and writes down every byte it is sent."""

import contextlib
import dataclasses
import pathlib
import re
import socket
import threading

SECRET = "CORE_SECRET"


@dataclasses.dataclass(frozen=True)
class Recorded:
    """One request as it came: the head's bytes, and all bytes after it."""

    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        return self.head.split(b" ", 1)[0].decode("latin-1")

    @property
    def target(self) -> str:
        return self.head.split(b" ", 2)[1].decode("latin-1")

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def fields(self) -> list[tuple[str, str]]:
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines if line)
        return [(name.lower(), value.strip()) for name, _, value in pairs]

    def values(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field == name.lower()]

    @property
    def trailers(self) -> bytes:
        """Whatever stands between the last chunk and the end of the message."""
        if not any("chunked" in value.lower() for value in self.values("transfer-encoding")):
            return b""
        match = re.search(rb"(?:^|\r\n)0+[^\r\n]*\r\n(.*)\r\n$", self.body, re.DOTALL)
        return match[1] if match else b""


class RecordingCore:
    """Listens on a unix socket. `answer(request)` may be replaced; it returns the bytes of a whole answer, after which the
    connection stays open, or an iterator of parts, after which it closes, or None to close it at once."""

    def __init__(self, path: pathlib.Path, cookie: str = "session=EVIL"):
        self.path = path
        self.cookie = cookie
        self.requests: list[Recorded] = []
        self.connections = 0
        self.answer = self.default_answer
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1024)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def default_answer(self, request: Recorded) -> bytes:
        if "text/event-stream" in "".join(request.values("accept")):
            return self.response(b"data: one\n\n", kind="text/event-stream")
        body = b'{"secret":"%s","path":"%s"}' % (SECRET.encode(), request.path.encode("latin-1", "replace"))
        return self.response(b"" if request.method == "HEAD" else body, length=len(body))

    def response(self, body: bytes, *, status: str = "200 OK", kind: str = "application/json", length: int | None = None,
                 extra: str = "") -> bytes:
        head = (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body) if length is None else length}\r\n"
                f"Set-Cookie: {self.cookie}\r\n{extra}\r\n")
        return head.encode("latin-1") + body

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket):
        buffer = b""
        try:
            while True:
                while b"\r\n\r\n" not in buffer:
                    data = connection.recv(65536)
                    if not data:
                        return
                    buffer += data
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                head += b"\r\n\r\n"
                body, buffer = self._body(connection, head, buffer)
                request = Recorded(head, body)
                self.requests.append(request)
                answer = self.answer(request)
                if answer is None:
                    return
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                    continue
                for part in answer:
                    connection.sendall(part)
                return
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    @staticmethod
    def _body(connection: socket.socket, head: bytes, buffer: bytes) -> tuple[bytes, bytes]:
        def more(buffer: bytes) -> bytes:
            data = connection.recv(65536)
            if not data:
                raise OSError("the gateway gave up")
            return buffer + data

        if re.search(rb"\r\ntransfer-encoding:[^\r]*chunked", head, re.IGNORECASE):
            position = 0
            while True:
                while (end := buffer.find(b"\r\n", position)) < 0:
                    buffer = more(buffer)
                size = int(buffer[position:end].split(b";")[0], 16)
                if size == 0:
                    position = end
                    # Trailer fields, if any, up to the empty line.
                    while (stop := buffer.find(b"\r\n\r\n", position)) < 0:
                        buffer = more(buffer)
                    return buffer[:stop + 4], buffer[stop + 4:]
                position = end + 2 + size + 2
                while len(buffer) < position:
                    buffer = more(buffer)
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        wanted = int(length[1]) if length else 0
        while len(buffer) < wanted:
            buffer = more(buffer)
        return buffer[:wanted], buffer[wanted:]
