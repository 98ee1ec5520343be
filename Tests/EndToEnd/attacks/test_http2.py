"""HTTP/2: what RFC 9113 and RFC 7541 ask of a server, case by case, and the floods that HTTP/2 servers have died of.

A connection error is a GOAWAY with one of the named codes or the end of the connection; a stream error is a reset with
one of the codes, or a connection error, which RFC 9113, section 5.4.2 allows in its place.
"""

import struct

import pytest
from hyperframe.frame import (DataFrame, GoAwayFrame, HeadersFrame, PingFrame, PriorityFrame, RstStreamFrame, SettingsFrame,
                              WindowUpdateFrame)

from . import h2wire
from .h2wire import (CANCEL, COMPRESSION_ERROR, ENHANCE_YOUR_CALM, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, NO_ERROR, PREFACE,
                     PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED, H2Wire, raw_frame)
from .target import PREFIX

DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
END_STREAM, END_HEADERS, PADDED, ACK = 0x1, 0x4, 0x8, 0x1


def rst(stream: int, code: int = CANCEL) -> RstStreamFrame:
    return RstStreamFrame(stream, error_code=code)


def window(stream: int, increment: int) -> bytes:
    return raw_frame(WINDOW, 0, stream, struct.pack(">I", increment))


def setting(identifier: int, value: int) -> bytes:
    return raw_frame(SETTINGS, 0, 0, struct.pack(">HI", identifier, value))


def block(wire: H2Wire, *fields) -> bytes:
    return wire.encoder.encode(list(fields))


# Each case: its name with the section, what is sent, and the error codes. `wire` has sent its preface.

CONNECTION_ERRORS = [
    ("4.2 a DATA frame over the limit", lambda w: (w.post(1), raw_frame(DATA, 0, 1, b"x" * 16_385)), {FRAME_SIZE_ERROR}),
    ("4.2 a HEADERS frame over the limit", lambda w: (raw_frame(HEADERS, 5, 1, b"\0" * 16_385),), {FRAME_SIZE_ERROR}),
    ("4.2 a SETTINGS frame over the limit", lambda w: (raw_frame(SETTINGS, 0, 0, b"\0\x09\0\0\0\0" * 2731),), {FRAME_SIZE_ERROR}),
    ("4.3 a header block that is no HPACK", lambda w: (raw_frame(HEADERS, 5, 1, b"\xff" * 12),), {COMPRESSION_ERROR}),
    ("4.3 PRIORITY inside a header block", lambda w: (w.headers(1, None, "END_STREAM"), PriorityFrame(1, depends_on=0),
     w.continuation(1, b"", "END_HEADERS")), {PROTOCOL_ERROR}),
    ("4.3 another stream inside a header block", lambda w: (w.headers(1, None, "END_STREAM"), w.headers(3)), {PROTOCOL_ERROR}),
    ("5.1 DATA on an idle stream", lambda w: (w.data(1, b"x", "END_STREAM"),), {PROTOCOL_ERROR, STREAM_CLOSED}),
    ("5.1 RST_STREAM on an idle stream", lambda w: (rst(1),), {PROTOCOL_ERROR}),
    ("5.1 WINDOW_UPDATE on an idle stream", lambda w: (window(1, 100),), {PROTOCOL_ERROR}),
    ("5.1 CONTINUATION on an idle stream", lambda w: (w.continuation(1, b"", "END_HEADERS"),), {PROTOCOL_ERROR}),
    ("5.1.1 an even stream of a client", lambda w: (w.headers(2),), {PROTOCOL_ERROR}),
    ("5.1.1 a stream below an earlier one", lambda w: (w.headers(5), w.headers(3)), {PROTOCOL_ERROR, STREAM_CLOSED}),
    ("5.5 an unknown frame inside a header block", lambda w: (w.headers(1, None, "END_STREAM"),
     raw_frame(0x16, 0, 0, b"12345678")), {PROTOCOL_ERROR}),
    ("6.1 DATA on stream 0", lambda w: (w.post(1), w.data(0, b"x") if False else raw_frame(DATA, 1, 0, b"x")), {PROTOCOL_ERROR}),
    ("6.1 padding longer than DATA", lambda w: (w.post(1), raw_frame(DATA, PADDED | END_STREAM, 1, b"\x20abc")), {PROTOCOL_ERROR}),
    ("6.2 HEADERS on stream 0", lambda w: (raw_frame(HEADERS, 5, 0, block(w, *w.fields())),), {PROTOCOL_ERROR}),
    ("6.2 padding longer than HEADERS", lambda w: (raw_frame(HEADERS, 5 | PADDED, 1, b"\xff" + block(w, *w.fields())),), {PROTOCOL_ERROR}),
    ("6.3 PRIORITY on stream 0", lambda w: (raw_frame(PRIORITY, 0, 0, b"\0\0\0\0\x10"),), {PROTOCOL_ERROR}),
    ("6.4 RST_STREAM on stream 0", lambda w: (raw_frame(RST, 0, 0, b"\0\0\0\x08"),), {PROTOCOL_ERROR}),
    ("6.4 RST_STREAM of three bytes", lambda w: (w.post(1), raw_frame(RST, 0, 1, b"\0\0\0")), {FRAME_SIZE_ERROR}),
    ("6.4 RST_STREAM of five bytes", lambda w: (w.post(1), raw_frame(RST, 0, 1, b"\0\0\0\0\0")), {FRAME_SIZE_ERROR}),
    ("6.5 SETTINGS acknowledgement with a payload", lambda w: (raw_frame(SETTINGS, ACK, 0, b"\0\1\0\0\0\0"),), {FRAME_SIZE_ERROR}),
    ("6.5 SETTINGS on a stream", lambda w: (raw_frame(SETTINGS, 0, 1, b"\0\3\0\0\0\x64"),), {PROTOCOL_ERROR}),
    ("6.5 SETTINGS of seven bytes", lambda w: (raw_frame(SETTINGS, 0, 0, b"\0" * 7),), {FRAME_SIZE_ERROR}),
    ("6.5.2 ENABLE_PUSH of two", lambda w: (setting(2, 2),), {PROTOCOL_ERROR}),
    ("6.5.2 INITIAL_WINDOW_SIZE over 2^31-1", lambda w: (setting(4, 1 << 31),), {FLOW_CONTROL_ERROR}),
    ("6.5.2 MAX_FRAME_SIZE below 2^14", lambda w: (setting(5, 16_383),), {PROTOCOL_ERROR}),
    ("6.5.2 MAX_FRAME_SIZE over 2^24-1", lambda w: (setting(5, 1 << 24),), {PROTOCOL_ERROR}),
    ("6.7 PING on a stream", lambda w: (raw_frame(PING, 0, 1, b"12345678"),), {PROTOCOL_ERROR}),
    ("6.7 PING of six bytes", lambda w: (raw_frame(PING, 0, 0, b"123456"),), {FRAME_SIZE_ERROR}),
    ("6.7 PING of nine bytes", lambda w: (raw_frame(PING, 0, 0, b"123456789"),), {FRAME_SIZE_ERROR}),
    ("6.8 GOAWAY on a stream", lambda w: (raw_frame(GOAWAY, 0, 1, b"\0" * 8),), {PROTOCOL_ERROR}),
    ("6.9 WINDOW_UPDATE of zero for the connection", lambda w: (window(0, 0),), {PROTOCOL_ERROR}),
    ("6.9 WINDOW_UPDATE of three bytes", lambda w: (raw_frame(WINDOW, 0, 0, b"\0\0\1"),), {FRAME_SIZE_ERROR}),
    ("6.9 WINDOW_UPDATE of five bytes", lambda w: (raw_frame(WINDOW, 0, 0, b"\0\0\0\0\1"),), {FRAME_SIZE_ERROR}),
    ("6.9.1 a connection window over 2^31-1", lambda w: (window(0, (1 << 31) - 1), window(0, (1 << 31) - 1)), {FLOW_CONTROL_ERROR}),
    ("6.9.2 a change of the window over 2^31-1", lambda w: (w.post(1), window(1, (1 << 31) - 1 - 65_535), setting(4, 65_536)),
     {FLOW_CONTROL_ERROR}),
    ("6.10 CONTINUATION on stream 0", lambda w: (w.headers(1, None, "END_STREAM"), raw_frame(CONTINUATION, 4, 0)), {PROTOCOL_ERROR}),
    ("6.10 CONTINUATION of another stream", lambda w: (w.headers(1, None, "END_STREAM"), w.continuation(3, b"", "END_HEADERS")),
     {PROTOCOL_ERROR}),
    ("6.10 CONTINUATION after the end of a header block", lambda w: (w.post(1), w.continuation(1, b"", "END_HEADERS")), {PROTOCOL_ERROR}),
    ("6.10 CONTINUATION after DATA", lambda w: (w.post(1), w.data(1, b"x"), w.continuation(1, b"", "END_HEADERS")), {PROTOCOL_ERROR}),
    ("6.10 DATA inside a header block", lambda w: (w.headers(1, None, "END_STREAM"), w.data(1, b"x")), {PROTOCOL_ERROR}),
    ("8.4 PUSH_PROMISE of a client", lambda w: (w.post(1), raw_frame(PUSH, 4, 1, b"\0\0\0\2" + block(w, *w.fields()))), {PROTOCOL_ERROR}),
    ("HPACK 6.1 an index of zero", lambda w: (raw_frame(HEADERS, 5, 1, b"\x80"),), {COMPRESSION_ERROR}),
    ("HPACK 2.3.3 an index beyond the tables", lambda w: (raw_frame(HEADERS, 5, 1, b"\xff\x7f"),), {COMPRESSION_ERROR}),
    ("HPACK 2.3.3 a name beyond the tables", lambda w: (raw_frame(HEADERS, 5, 1, b"\x7f\x7f\x01a"),), {COMPRESSION_ERROR}),
    ("HPACK 4.2 a table size at the end of a block", lambda w: (raw_frame(HEADERS, 5, 1, block(w, *w.fields()) + b"\x20"),), {COMPRESSION_ERROR}),
    ("HPACK 6.3 a table larger than allowed", lambda w: (raw_frame(HEADERS, 5, 1, b"\x3f\xe1\xff\x03" + block(w, *w.fields())),),
     {COMPRESSION_ERROR}),
    ("HPACK 5.2 a Huffman text with the end-of-string symbol", lambda w: (raw_frame(HEADERS, 5, 1, block(w, *w.fields())
     + b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"),), {COMPRESSION_ERROR}),
    ("HPACK 5.2 Huffman padding of zeros", lambda w: (raw_frame(HEADERS, 5, 1, block(w, *w.fields())
     + b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90"),), {COMPRESSION_ERROR}),
    ("HPACK 5.2 Huffman padding of a whole byte", lambda w: (raw_frame(HEADERS, 5, 1, block(w, *w.fields())
     + b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"),), {COMPRESSION_ERROR}),
    ("HPACK 5.1 an integer without end", lambda w: (raw_frame(HEADERS, 5, 1, b"\xff" + b"\xff" * 20 + b"\x01"),), {COMPRESSION_ERROR}),
    ("HPACK a text that is cut off", lambda w: (raw_frame(HEADERS, 5, 1, b"\x00\x0aabc"),), {COMPRESSION_ERROR}),
]

STREAM_ERRORS = [
    ("5.1 DATA on a half-closed stream", lambda w: (w.headers(1), w.data(1, b"x", "END_STREAM")), {STREAM_CLOSED}),
    ("5.1 HEADERS on a half-closed stream", lambda w: (w.headers(1), w.headers(1)), {STREAM_CLOSED, PROTOCOL_ERROR}),
    ("5.1 CONTINUATION on a half-closed stream", lambda w: (w.headers(1), w.continuation(1, b"", "END_HEADERS")),
     {STREAM_CLOSED, PROTOCOL_ERROR}),
    ("5.1 DATA on a stream that was reset", lambda w: (w.post(1), rst(1), w.data(1, b"x", "END_STREAM")), {STREAM_CLOSED}),
    ("5.1 HEADERS on a stream that was reset", lambda w: (w.post(1), rst(1), w.headers(1)), {STREAM_CLOSED, PROTOCOL_ERROR}),
    ("6.3 PRIORITY of four bytes", lambda w: (w.post(1), raw_frame(PRIORITY, 0, 1, b"\0\0\0\0")), {FRAME_SIZE_ERROR}),
    ("6.9 WINDOW_UPDATE of zero for a stream", lambda w: (w.post(1), window(1, 0)), {PROTOCOL_ERROR}),
    ("6.9.1 a stream window over 2^31-1", lambda w: (w.post(1), window(1, (1 << 31) - 1), window(1, (1 << 31) - 1)), {FLOW_CONTROL_ERROR}),
    ("8.1 trailers that do not end the stream", lambda w: (w.post(1), w.headers(1, [("x-test", "1")], "END_HEADERS")), {PROTOCOL_ERROR}),
    ("8.3 a pseudo-field among trailers", lambda w: (w.post(1), w.headers(1, [(":method", "GET")])), {PROTOCOL_ERROR}),
]

MALFORMED = [
    ("8.2.1 a name in upper case", [("X-TEST", "ok")]),
    ("8.2.1 a name with a blank", [("x test", "ok")]),
    ("8.2.1 a name with a colon", [("x:test", "ok")]),
    ("8.2.1 an empty name", [("", "ok")]),
    ("8.2.1 a value with a line feed", [("x-test", "a\nb")]),
    ("8.2.1 a value with a carriage return", [("x-test", "a\rb")]),
    ("8.2.1 a value with NUL", [("x-test", "a\0b")]),
    ("8.2.2 connection", [("connection", "keep-alive")]),
    ("8.2.2 connection that names a field", [("connection", "x-calyx-user")]),
    ("8.2.2 keep-alive", [("keep-alive", "timeout=5")]),
    ("8.2.2 proxy-connection", [("proxy-connection", "keep-alive")]),
    ("8.2.2 transfer-encoding", [("transfer-encoding", "chunked")]),
    ("8.2.2 upgrade", [("upgrade", "websocket")]),
    ("8.2.2 te other than trailers", [("te", "trailers, deflate;q=0.5")]),
    ("8.3 an unknown pseudo-field", [(":test", "ok")]),
    ("8.3 a pseudo-field of answers", [(":status", "200")]),
    ("8.3 a pseudo-field after a regular one", [("x-test", "ok"), (":path", "/")]),
    ("8.3.1 two :path", [(":path", "/a")]),
    ("8.3.1 two :method", [(":method", "GET")]),
    ("8.3.1 two :scheme", [(":scheme", "https")]),
    ("8.3.1 two :authority", [(":authority", "evil.example")]),
    ("8.3.1 host that is not :authority", [("host", "evil.example")]),
    ("two content-length", [("content-length", "1"), ("content-length", "2")]),
    ("a content-length that is no number", [("content-length", "x")]),
    ("an underscore in a name", [("x_calyx_user", "root")]),
]

MISSING = [":method", ":scheme", ":path", ":authority"]

PATHS = ["", "x", "*", "https://evil.example/", "/x HTTP/1.1\r\nX-Calyx-User: root", "/x\0y", "/x\ny", "/a/../b", "/a//b", "/a%2fb",
         "/a#b", "/a\\b"]

SERVED = [
    ("a GET", lambda w: (w.headers(1),)),
    ("4.1 an unknown frame", lambda w: (raw_frame(0x16, 0xFF, 0, b"12345678"), w.headers(1))),
    ("4.1 undefined flags", lambda w: (raw_frame(PING, 0x16, 0, b"abcdefgh"), w.headers(1))),
    ("4.1 the reserved bit", lambda w: (raw_frame(PING, 0, 1 << 31, b"abcdefgh"), w.headers(1))),
    ("5.1 PRIORITY on an idle stream", lambda w: (PriorityFrame(5, depends_on=0), w.headers(1))),
    ("6.2 HEADERS with padding", lambda w: (raw_frame(HEADERS, 5 | PADDED, 1, b"\x04" + block(w, *w.fields()) + b"\0" * 4),)),
    ("6.2 HEADERS with a priority", lambda w: (raw_frame(HEADERS, 5 | 0x20, 1, b"\0\0\0\0\x10" + block(w, *w.fields())),)),
    ("6.5 an unknown setting", lambda w: (setting(0xFF, 1), w.headers(1))),
    ("6.5 MAX_FRAME_SIZE of 2^24-1", lambda w: (setting(5, (1 << 24) - 1), w.headers(1))),
    ("6.7 PING", lambda w: (PingFrame(0, b"abcdefgh"), w.headers(1))),
    ("6.7 PING that was acknowledged already", lambda w: (PingFrame(0, b"abcdefgh", flags=["ACK"]), w.headers(1))),
    ("6.9 WINDOW_UPDATE", lambda w: (window(0, 1000), w.headers(1))),
    ("6.10 a header block in many pieces", lambda w: pieces(w)),
    ("8.2.2 te of trailers", lambda w: (w.headers(1, w.fields("GET", None, ("te", "trailers"))),)),
    ("8.2.3 a cookie in pieces", lambda w: (w.headers(1, w.fields("GET", None, ("cookie", "a=1"), ("cookie", "b=2"))),)),
    ("HPACK 6.3 a smaller table", lambda w: (raw_frame(HEADERS, 5, 1, b"\x20" + h2wire.hpack.Encoder().encode(w.fields())),)),
]


def pieces(wire: H2Wire):
    data = block(wire, *wire.fields())
    return (raw_frame(HEADERS, END_STREAM, 1, data[:5]), raw_frame(CONTINUATION, 0, 1, data[5:6]),
            raw_frame(CONTINUATION, 0, 1), raw_frame(CONTINUATION, END_HEADERS, 1, data[6:]))


@pytest.mark.parametrize("sent, codes", [case[1:] for case in CONNECTION_ERRORS], ids=[case[0] for case in CONNECTION_ERRORS])
def test_ends_the_connection(tls, sent, codes):
    with H2Wire(tls) as wire:
        wire.send(*sent(wire))
        frame = wire.read(lambda frame: isinstance(frame, GoAwayFrame))
        assert frame is not None and frame.error_code in codes or frame is None and wire.is_closed
    assert tls.gateway.is_alive


@pytest.mark.parametrize("sent, codes", [case[1:] for case in STREAM_ERRORS], ids=[case[0] for case in STREAM_ERRORS])
def test_ends_the_stream(tls, sent, codes):
    with H2Wire(tls) as wire:
        wire.send(*sent(wire))
        frame = wire.read(lambda frame: isinstance(frame, GoAwayFrame)
                          or isinstance(frame, RstStreamFrame) and frame.error_code != NO_ERROR, 3)
        assert frame is not None and frame.error_code in codes or frame is None and wire.is_closed
    assert tls.gateway.is_alive


def refused_before_the_core(target, fields) -> None:
    """The request with these fields gets 400, or its stream or connection ends with an error; the core hears nothing."""
    before = len(target.core.requests)
    with H2Wire(target) as wire:
        wire.send(wire.headers(1, fields))
        outcome = wire.outcome()
    assert outcome == "closed" or outcome[0] in ("reset", "goaway") or outcome[0] == "answer" and outcome[1] in (400, 404, 421), outcome
    assert len(target.core.requests) == before and target.gateway.is_alive


@pytest.mark.parametrize("more", [case[1] for case in MALFORMED], ids=[case[0] for case in MALFORMED])
def test_refuses_malformed_fields(tls, more):
    with H2Wire(tls) as wire:
        refused_before_the_core(tls, wire.fields("GET", f"{PREFIX}/api/workers", *more))


@pytest.mark.parametrize("name", MISSING)
def test_refuses_a_request_without(tls, name):
    with H2Wire(tls) as wire:
        refused_before_the_core(tls, [field for field in wire.fields("GET", f"{PREFIX}/api/workers") if field[0] != name])


@pytest.mark.parametrize("path", PATHS)
def test_refuses_the_path(tls, path):
    with H2Wire(tls) as wire:
        refused_before_the_core(tls, [(name, path if name == ":path" else value) for name, value in wire.fields()])


@pytest.mark.parametrize("sent", [case[1] for case in SERVED], ids=[case[0] for case in SERVED])
def test_serves(tls, sent):
    with H2Wire(tls) as wire:
        wire.send(*sent(wire))
        assert wire.answer(1) == 200


@pytest.mark.parametrize("preface", [b"INVALID CONNECTION PREFACE\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])
def test_ends_a_connection_with_another_preface(tls, preface):
    with H2Wire(tls, preface=None) as wire:
        wire.send(preface)
        frame = wire.read(lambda frame: isinstance(frame, GoAwayFrame))
        assert frame is not None and frame.error_code == PROTOCOL_ERROR or wire.is_closed


def test_acknowledges_settings_and_says_its_own(tls):
    with H2Wire(tls) as wire:
        assert wire.read(lambda frame: isinstance(frame, SettingsFrame) and "ACK" in frame.flags) is not None
        own = next(frame for frame in wire.frames if isinstance(frame, SettingsFrame) and "ACK" not in frame.flags)
        assert own.settings[SettingsFrame.MAX_CONCURRENT_STREAMS] == 100
        assert own.settings[SettingsFrame.MAX_HEADER_LIST_SIZE] == 16 * 1024


def test_keeps_to_a_window_of_one_byte(tls):
    with H2Wire(tls, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 1}) as wire:
        wire.send(wire.headers(1))
        assert wire.answer(1) == 200
        first = wire.read(lambda frame: isinstance(frame, DataFrame))
        assert first.data == b"O"
        wire.send(window(1, 1))
        assert wire.read(lambda frame: isinstance(frame, DataFrame)).data == b"K"


def test_waits_while_the_window_is_negative(tls):
    with H2Wire(tls, settings={SettingsFrame.INITIAL_WINDOW_SIZE: 1}) as wire:
        wire.send(wire.headers(1))
        assert wire.answer(1) == 200
        assert wire.read(lambda frame: isinstance(frame, DataFrame)).data == b"O"
        wire.send(setting(4, 0), window(1, 1))
        assert wire.read(lambda frame: isinstance(frame, DataFrame) and frame.data, 0.3) is None
        wire.send(window(1, 1))
        assert wire.read(lambda frame: isinstance(frame, DataFrame)).data == b"K"


def test_an_answer_before_the_end_of_the_request_survives(tls):
    """RFC 9113, section 8.1: the answer is whole, and the reset behind it says that nothing went wrong."""
    with H2Wire(tls) as wire:
        wire.send(wire.headers(1, wire.fields("POST", f"{PREFIX}/api/workers"), "END_HEADERS"), wire.data(1, b"x"))
        assert wire.answer(1) == 401
        ended = wire.read(lambda frame: frame.stream_id == 1 and "END_STREAM" in frame.flags)
        assert ended is not None
        reset = wire.read(lambda frame: isinstance(frame, RstStreamFrame))
        assert reset.error_code == NO_ERROR
        assert wire.ask(3) == 200


def test_padded_data_and_trailers_of_a_request_are_taken(tls):
    with H2Wire(tls) as wire:
        wire.send(wire.post(1, ("content-type", "application/x-www-form-urlencoded")), wire.data(1, b"a=b", padding=7),
                  wire.headers(1, [("x-end", "1")]))
        assert wire.answer(1) == 403


def test_more_streams_than_allowed_are_refused(tls):
    with H2Wire(tls) as wire:
        wire.send(*(wire.post(stream) for stream in range(1, 2 * 150, 2)))
        frame = wire.read(lambda frame: isinstance(frame, (GoAwayFrame, RstStreamFrame)))
        assert frame is not None and frame.error_code in (REFUSED_STREAM, PROTOCOL_ERROR, ENHANCE_YOUR_CALM)


def flood(target, frames, count: int, *, before=()) -> bool:
    """Sends the frames again and again until the server has enough; whether it had. Everybody else is served meanwhile."""
    ended = False
    sent = 0
    with H2Wire(target) as wire:
        wire.send(*(before(wire) if callable(before) else before))
        while sent < count and wire.send(*(part for step in range(100) for part in frames(wire, sent + step))):
            sent += 100
            if wire.read(lambda frame: isinstance(frame, GoAwayFrame), 0.001) is not None:
                ended = True
                break
        answer = target.ask(target.public_path)
        assert answer is not None and answer.status == 200
        ended = ended or wire.read(lambda frame: isinstance(frame, GoAwayFrame), 2) is not None or wire.is_closed
    assert target.gateway.is_alive
    return ended


def test_H2_01_rapid_reset(tls):
    before, memory = len(tls.core.requests), tls.memory()
    assert flood(tls, lambda w, n: (w.headers(1 + 2 * n), rst(1 + 2 * n)), 10_000), "the connection was not ended"
    assert len(tls.core.requests) == before and tls.memory() - memory < 32 << 20


def test_H2_02_resets_that_the_server_is_made_to_send(tls):
    memory = tls.memory()
    flood(tls, lambda w, n: (w.post(1 + 2 * n), window(1 + 2 * n, 0)), 5_000)
    assert tls.memory() - memory < 32 << 20


def test_H2_04_a_small_block_that_means_a_large_one(tls):
    memory = tls.memory()
    with H2Wire(tls) as wire:
        wire.send(wire.headers(1, wire.fields("GET", None, ("x-bomb", "a" * 3900))))
        wire.answer(1)
        # The first entry of the dynamic table, ten thousand times.
        wire.send(raw_frame(HEADERS, 5, 3, block(wire, *wire.fields()) + b"\xbe" * 10_000))
        outcome = wire.outcome(3)
    assert outcome == "closed" or outcome[0] in ("goaway", "reset") or outcome[1] in (400, 431)
    assert tls.memory() - memory < 16 << 20 and tls.gateway.is_alive


@pytest.mark.parametrize("field", [":path", ":authority", ":method", ":scheme"])
@pytest.mark.parametrize("planted", [" HTTP/1.1\r\nX-Calyx-User: root\r\n\r\n", "\n", "\r", "\0"])
def test_H2_05_line_ends_in_pseudo_fields(tls, field, planted):
    with H2Wire(tls) as wire:
        refused_before_the_core(tls, [(name, value + planted if name == field else value)
                                      for name, value in wire.fields("GET", f"{PREFIX}/api/workers")])


def test_H2_07_connection_fields(tls):
    with H2Wire(tls) as wire:
        refused_before_the_core(tls, wire.fields("POST", f"{PREFIX}/api/workers", ("transfer-encoding", "chunked"),
                                                 ("connection", "x-calyx-user"), ("upgrade", "websocket")))


@pytest.mark.parametrize("length, data", [("5", b"x" * 50), ("50", b"x" * 5), ("0", b"x"), ("5", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")])
def test_H2_08_a_length_that_is_not_that_of_the_data(tls, length, data):
    before = len(tls.core.requests)
    with H2Wire(tls) as wire:
        wire.send(wire.post(1, ("content-length", length)), wire.data(1, data, "END_STREAM"))
        outcome = wire.outcome(1)
    assert outcome == "closed" or outcome[0] in ("reset", "goaway") or outcome[1] in (400, 403)
    assert len(tls.core.requests) == before


def test_H2_10_pseudo_fields_missing_twice_or_unknown(tls):
    with H2Wire(tls) as wire:
        good = wire.fields("GET", f"{PREFIX}/api/workers")
    for fields in (good + [(":path", "/a")], good + [(":evil", "x")], good[:3] + [("x-a", "b")] + good[3:],
                   [(name, "no-slash" if name == ":path" else value) for name, value in good], good[1:], good[:3]):
        refused_before_the_core(tls, fields)


@pytest.mark.parametrize("frames, before", [
    (lambda w, n: (SettingsFrame(0, settings={3: n}),), ()),
    (lambda w, n: (PingFrame(0, struct.pack(">Q", n)),), ()),
    (lambda w, n: (PriorityFrame(1 + 2 * n, depends_on=0),), ()),
    (lambda w, n: (w.data(1),), lambda w: (w.post(1),)),
    (lambda w, n: (raw_frame(CONTINUATION, 0, 1),), lambda w: (raw_frame(HEADERS, END_STREAM, 1),)),
    (lambda w, n: (raw_frame(WINDOW, 0, 0, b"\0\0\0\1"),), ()),
], ids=["SETTINGS", "PING", "PRIORITY", "empty DATA", "empty CONTINUATION", "WINDOW_UPDATE"])
def test_H2_11_floods_of_small_frames(tls, frames, before):
    memory = tls.memory()
    flood(tls, frames, 10_000, before=before)
    assert tls.memory() - memory < 32 << 20


def test_H2_13_streams_without_end_are_ended(stand):
    target = stand.tls("endless")
    with H2Wire(target) as wire:
        wire.send(*(wire.headers(stream, wire.fields("POST", f"{PREFIX}/api/workers"), "END_HEADERS") for stream in range(1, 200, 2)))
        # Nobody is signed in: each is answered at once and reset.
        for stream in range(1, 200, 2):
            assert any(isinstance(frame, HeadersFrame) and frame.stream_id == stream for frame in wire.frames) \
                or wire.answer(stream) == 401
        assert wire.ask(201) == 200


def test_H2_14_http2_in_the_clear(plain, tls):
    for target in (plain, tls):
        before = len(target.core.requests)
        with target.connect(in_the_clear=True) as wire:
            wire.send(PREFACE + SettingsFrame(0).serialize())
            answer = wire.answer()
            assert answer is None and wire.is_closed or answer.status in (400, 501, 505)
        assert len(target.core.requests) == before and target.gateway.is_alive
