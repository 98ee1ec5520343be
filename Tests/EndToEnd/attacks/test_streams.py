"""Live streams: bounded, ended with their session, and no burden while they idle."""

import contextlib
import threading

from harness.polling import until

from .target import PREFIX, Target, Values


def open_stream(target: Target, cookie: str, *, wire=None):
    wire = wire or target.connect()
    wire.send(f"GET {PREFIX}/live HTTP/1.1\r\nHost: {target.authority}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n")
    return wire


class StreamingCore:
    """Makes a recording core answer streams that stay open and say nothing, or as much as they can."""

    def __init__(self, core, *, floods: bool = False):
        self.core, self.floods = core, floods
        self.ends = threading.Event()

    def __enter__(self):
        self.core.answer = self.answer
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.core.answer = self.core.default_answer

    def answer(self, request):
        return self.parts() if request.path == "/live" else self.core.default_answer(request)

    def parts(self):
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: first\n\n"
        while not self.ends.is_set():
            if self.floods:
                yield b"data: " + b"x" * 16_384 + b"\n\n"
            else:
                self.ends.wait(20)


def test_WSS_10_what_follows_a_refused_upgrade_is_not_read(tls: Target):
    cookie = Values(tls)["COOKIE"]
    before = tls.memory()
    for frame in (b"\x82\xff" + b"\x7f" + b"\xff" * 7 + b"mask", b"\x01\x00" * 20_000, b"\x81\x05hello"):
        with tls.connect() as wire:
            wire.send(f"GET {PREFIX}/ws HTTP/1.1\r\nHost: {tls.authority}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n"
                      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            wire.send(frame)
            assert wire.answer().status in (400, 403, 404, 426)
            assert wire.closes(5)
    assert tls.gateway.is_alive and tls.memory() - before < 16 << 20


def test_WSS_11_a_stream_ends_with_its_session(tls: Target):
    values = Values(tls)
    with StreamingCore(tls.core), open_stream(tls, values["COOKIE"]) as stream:
        stream.until(b"data: first\n\n")
        body = f"_csrf={values['CSRF']}"
        left = tls.ask(f"{PREFIX}/logout", method="POST", body=body,
                       fields={"Cookie": values["COOKIE"], "Origin": tls.address})
        assert left.status in (200, 303)
        assert stream.closes(30)


def test_WSS_14_streams_that_nobody_reads_do_not_fill_the_memory(stand):
    target = stand.tls("unread", write_timeout="300s")
    before = target.memory()
    with contextlib.ExitStack() as stack:
        stack.enter_context(StreamingCore(target.core, floods=True))
        for _ in range(4):
            cookie = Values(target)["COOKIE"]
            for _ in range(16):
                stack.enter_context(open_stream(target, cookie))
        until(lambda: len(target.core.requests) >= 64, seconds=20, what="all streams are open")
        # What the kernel's buffers take is theirs; then the core must be held up.
        reader = stack.enter_context(target.connect())
        for _ in range(50):
            reader.send(f"GET {target.public_path} HTTP/1.1\r\nHost: {target.authority}\r\n\r\n")
            assert reader.answer(seconds=2).status == 200
        assert target.memory() - before < 64 << 20


def test_one_user_cannot_open_streams_without_end(stand):
    target = stand.tls("streams", max_streams_per_user=5)
    cookie = Values(target)["COOKIE"]
    with StreamingCore(target.core), contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(open_stream(target, cookie)).until(b"data: first\n\n")
        with open_stream(target, cookie) as sixth:
            assert sixth.answer().status == 429
    with StreamingCore(target.core):
        def again():
            with open_stream(target, cookie) as stream:
                return stream.until(b"data: first\n\n")
        until(again, what="there is room again once the others are gone")
