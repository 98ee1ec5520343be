"""An HTTP/2 client that sends whatever frames it is told to, right or wrong."""

import socket
import ssl
import struct
import time

import hpack
from hyperframe.frame import (ContinuationFrame, DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame,
                              SettingsFrame, WindowUpdateFrame)

from .target import PREFIX, Target

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

(NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR,
 REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM) = range(12)


def raw_frame(kind: int, flags: int, stream: int, payload: bytes = b"", *, length: int | None = None) -> bytes:
    size = len(payload) if length is None else length
    return struct.pack(">I", size)[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


class H2Wire:
    """A connection that has sent its preface and settings, unless told not to."""

    def __init__(self, target: Target, *, preface: bytes | None = PREFACE, settings: dict | None = None):
        context = ssl.create_default_context(cafile=str(target.authority_file))
        context.set_alpn_protocols(["h2"])
        self.target = target
        raw = socket.create_connection(("127.0.0.1", target.port), 5)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname="localhost")
        assert self.socket.selected_alpn_protocol() == "h2"
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.is_closed = False
        self.frames: list[Frame] = []
        self._buffer = b""
        if preface is not None:
            self.send(preface, SettingsFrame(0, settings=settings or {}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # Sending.

    def send(self, *frames) -> bool:
        data = b"".join(frame if isinstance(frame, bytes) else frame.serialize() for frame in frames)
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            self.is_closed = True
            return False

    def fields(self, method: str = "GET", path: str | None = None, *more: tuple[str, str]) -> list[tuple[str, str]]:
        return [(":method", method), (":scheme", "https"), (":authority", self.target.authority),
                (":path", path or self.target.public_path), *more]

    def headers(self, stream: int, fields: list | None = None, *flags: str) -> HeadersFrame:
        """A request that ends here, unless other flags are given."""
        frame = HeadersFrame(stream, self.encoder.encode(self.fields() if fields is None else fields))
        frame.flags |= set(flags or ("END_HEADERS", "END_STREAM"))
        return frame

    def post(self, stream: int, *more: tuple[str, str]) -> HeadersFrame:
        return self.headers(stream, self.fields("POST", f"{PREFIX}/login", *more), "END_HEADERS")

    @staticmethod
    def data(stream: int, data: bytes = b"", *flags: str, padding: int = 0) -> DataFrame:
        frame = DataFrame(stream, data, pad_length=padding)
        frame.flags |= set(flags)
        if padding:
            frame.flags.add("PADDED")
        return frame

    @staticmethod
    def continuation(stream: int, block: bytes, *flags: str) -> ContinuationFrame:
        frame = ContinuationFrame(stream, block)
        frame.flags |= set(flags)
        return frame

    # Receiving.

    def read(self, wanted, seconds: float = 5) -> Frame | None:
        """The first frame that `wanted` takes; None when the connection ends or the time is over first."""
        deadline = time.monotonic() + seconds
        while True:
            frame = self._next(deadline)
            if frame is None or wanted(frame):
                return frame

    def _next(self, deadline: float) -> Frame | None:
        while True:
            if len(self._buffer) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(self._buffer[:9]))
                if len(self._buffer) >= 9 + length:
                    frame.parse_body(memoryview(self._buffer[9:9 + length]))
                    self._buffer = self._buffer[9 + length:]
                    self.frames.append(frame)
                    if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags:
                        self.send(SettingsFrame(0, flags=["ACK"]))
                    return frame
            left = deadline - time.monotonic()
            if self.is_closed or left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                return None
            except OSError:
                data = b""
            if not data:
                self.is_closed = True
                return None
            self._buffer += data

    def outcome(self, stream: int = 1, seconds: float = 5) -> str | tuple[str, int]:
        """How it went on after what was sent: ("goaway", code), ("reset", code), "closed", ("answer", status) or "alive"
        when a ping came back and nothing was said about the stream."""
        self.send(PingFrame(0, b"12345678"))
        pinged = False

        def telling(frame: Frame) -> bool:
            nonlocal pinged
            if isinstance(frame, PingFrame) and "ACK" in frame.flags and frame.opaque_data == b"12345678":
                pinged = True
                return True
            if isinstance(frame, (RstStreamFrame, HeadersFrame)):
                return frame.stream_id == stream
            return isinstance(frame, GoAwayFrame)

        frame = self.read(telling, seconds)
        if pinged and isinstance(frame, PingFrame):
            # An answer may still be on its way.
            frame = self.read(lambda frame: telling(frame) and not isinstance(frame, PingFrame), 0.3)
            if frame is None:
                return "closed" if self.is_closed else "alive"
        if frame is None:
            return "closed" if self.is_closed else "silent"
        if isinstance(frame, GoAwayFrame):
            return "goaway", frame.error_code
        if isinstance(frame, RstStreamFrame):
            return "reset", frame.error_code
        return "answer", self.status(frame)

    def status(self, frame: HeadersFrame) -> int:
        return int(dict(self.decoder.decode(frame.data))[":status"])

    def ask(self, stream: int = 1, fields: list | None = None, seconds: float = 5) -> int | None:
        """The status of a request of its own, or None."""
        self.send(self.headers(stream, fields))
        return self.answer(stream, seconds)

    def answer(self, stream: int, seconds: float = 5) -> int | None:
        frame = self.read(lambda frame: isinstance(frame, HeadersFrame) and frame.stream_id == stream
                          or isinstance(frame, GoAwayFrame) and frame.error_code != NO_ERROR
                          or isinstance(frame, RstStreamFrame) and frame.stream_id == stream, seconds)
        return self.status(frame) if isinstance(frame, HeadersFrame) else None


__all__ = ["H2Wire", "WindowUpdateFrame", "raw_frame"]
