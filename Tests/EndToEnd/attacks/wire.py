"""A client that sends exactly the bytes it is given, and reads answers strictly."""

import dataclasses
import re
import socket
import ssl
import time

_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?")


@dataclasses.dataclass(frozen=True)
class Answer:
    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def value(self, name: str) -> str | None:
        return next(iter(self.values(name)), None)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def head_text(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.fields)

    def cookies(self) -> dict[str, str]:
        """Name to value of every cookie that is set."""
        pairs = (value.split(";", 1)[0].partition("=") for value in self.values("set-cookie"))
        return {name.strip(): value for name, _, value in pairs}


class NotHTTP(Exception):
    """The answer's bytes are no strict HTTP/1.1: something was injected, or answers overlap."""


class Wire:
    """One TCP connection, in the clear or under TLS. Never raises when the other side closes: it says so."""

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None = None, source: str | None = None,
                 seconds: float = 5):
        self.is_closed = False
        self._buffer = b""
        raw = socket.create_connection((host, port), seconds, source_address=(source, 0) if source else None)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = tls.wrap_socket(raw, server_hostname="localhost") if tls else raw

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.is_closed = True
        self.socket.close()

    def send(self, data: str | bytes) -> bool:
        """False when the other side has closed, perhaps before it took everything."""
        try:
            self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)
            return True
        except OSError:
            return False

    def answer(self, *, method: str = "GET", seconds: float = 5) -> Answer | None:
        """The next final answer. None when the connection closes before one, or nothing comes in time."""
        deadline = time.monotonic() + seconds
        while True:
            head = self._until(b"\r\n\r\n", deadline)
            if head is None:
                if self._buffer and self.is_closed:
                    raise NotHTTP(f"bytes that are no answer: {self._buffer[:80]!r}")
                return None
            status, fields = self._parse(head)
            if 100 <= status < 200 and status != 101:
                continue
            answer = Answer(status, fields, b"")
            if method == "HEAD" or status in (204, 304, 101):
                return answer
            return dataclasses.replace(answer, body=self._body(answer, deadline))

    def until(self, mark: bytes, seconds: float = 5) -> bytes:
        """Everything up to and with `mark`, whatever it is part of."""
        data = self._until(mark, time.monotonic() + seconds)
        assert data is not None, f"{mark!r} did not come; there is {self._buffer[-200:]!r}"
        return data

    def rest(self, seconds: float = 1) -> bytes:
        """Everything until the other side closes, or the time is over."""
        deadline = time.monotonic() + seconds
        while self._receive(deadline):
            pass
        rest, self._buffer = self._buffer, b""
        return rest

    def closes(self, seconds: float) -> bool:
        """Whether the other side closes within the time."""
        self.rest(seconds)
        return self.is_closed

    @staticmethod
    def _parse(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
        first, *lines = head[:-4].split(b"\r\n")
        status = _STATUS.fullmatch(first)
        if not status:
            raise NotHTTP(f"status line {first[:80]!r}")
        fields = []
        for line in lines:
            match = _FIELD.fullmatch(line)
            if not match:
                raise NotHTTP(f"field line {line[:80]!r}")
            fields.append((match[1].decode(), match[2].decode("latin-1")))
        return int(status[1]), tuple(fields)

    def _body(self, answer: Answer, deadline: float) -> bytes:
        if "chunked" in (answer.value("transfer-encoding") or ""):
            body = b""
            while True:
                line = self._until(b"\r\n", deadline)
                if line is None:
                    return body
                size = int(line[:-2].split(b";")[0], 16)
                data = self._exactly(size + 2, deadline)
                if size == 0 or data is None:
                    return body
                body += data[:-2]
        length = answer.value("content-length")
        if length is not None:
            return self._exactly(int(length), deadline) or b""
        return self.rest(max(0.0, deadline - time.monotonic()))

    def _exactly(self, count: int, deadline: float) -> bytes | None:
        while len(self._buffer) < count:
            if not self._receive(deadline):
                return None
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def _until(self, mark: bytes, deadline: float) -> bytes | None:
        while mark not in self._buffer:
            if not self._receive(deadline):
                return None
        end = self._buffer.index(mark) + len(mark)
        data, self._buffer = self._buffer[:end], self._buffer[end:]
        return data

    def _receive(self, deadline: float) -> bool:
        left = deadline - time.monotonic()
        if self.is_closed or left <= 0:
            return False
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except TimeoutError:
            return False
        except OSError:
            data = b""
        if not data:
            self.is_closed = True
            return False
        self._buffer += data
        return True
