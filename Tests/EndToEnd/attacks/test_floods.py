"""Many clients, slow clients, clients that never read: all bounded, and the others do not notice."""

import concurrent.futures
import contextlib
import resource
import socket
import time

import pytest

from harness.polling import until

from .load import SteadyClients
from .target import PREFIX, Target, Values

WORKERS = f"{PREFIX}/api/workers"


@pytest.fixture(scope="module", autouse=True)
def many_files():
    """As many open files as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def hasty(stand):
    """A gateway whose patience is short, so that running out of it can be awaited."""
    return stand.tls("hasty", header_timeout="2s", handshake_timeout="2s", idle_timeout="3s", write_timeout="2s",
                     max_connections="3000")


@contextlib.contextmanager
def connections(target: Target, count: int):
    opened = []
    try:
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", target.port), 5))
        yield opened
    finally:
        for each in opened:
            each.close()


def all_closed(opened: list[socket.socket]) -> bool:
    for each in opened:
        each.setblocking(False)
        try:
            while each.recv(65536):
                pass
        except BlockingIOError:
            return False
        except OSError:
            pass
    return True


def healthy(target: Target) -> bool:
    answer = target.ask(target.public_path)
    return answer is not None and answer.status == 200


def test_DOS_01_slow_heads_are_cut_off_and_harm_nobody(stand):
    target = stand.plain("slowloris", header_timeout="2s")
    with SteadyClients(target, Values(target)["COOKIE"], clients=2) as clients, connections(target, 1500) as slow:
        for each in slow:
            each.sendall(b"GET / HTTP/1.1\r\nX")
        assert healthy(target)
        until(lambda: all_closed(slow), seconds=30, what="every slow connection is closed")
        assert clients.answered > 0
    assert clients.failures == []


def test_DOS_02_half_handshakes_are_cut_off(hasty: Target):
    with connections(hasty, 1000) as slow:
        for each in slow:
            each.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
        assert healthy(hasty)
        until(lambda: all_closed(slow), seconds=15, what="every half handshake is closed")
    assert healthy(hasty)


@pytest.mark.parametrize("begin", [
    pytest.param("POST {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n", id="DOS-04"),
    pytest.param("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100000\r\n\r\n", id="with a length"),
])
def test_DOS_04_a_body_without_end_after_a_refusal_is_not_read_for_long(tls: Target, begin):
    with tls.connect() as wire:
        wire.send(begin.format(path=WORKERS, host=tls.authority))
        assert wire.answer().status == 401
        began, sent = time.monotonic(), 0
        chunk = b"400\r\n" + b"a" * 1024 + b"\r\n"
        while time.monotonic() - began < 10 and wire.send(chunk):
            sent += len(chunk)
            time.sleep(0.01)
        assert time.monotonic() - began < 10
        assert sent < 1 << 20


def test_DOS_05_a_chunk_extension_without_end_is_refused(tls: Target):
    cookie = Values(tls)["COOKIE"]
    with tls.connect() as wire:
        wire.send(f"POST {WORKERS} HTTP/1.1\r\nHost: {tls.authority}\r\nCookie: {cookie}\r\nTransfer-Encoding: chunked\r\n\r\n3;")
        sent = 0
        while sent < 1 << 24 and wire.send(b"a" * 4096):
            sent += 4096
        # A quarter of a megabyte is read; the kernel's buffers on both sides hold some more.
        assert sent < 1 << 23
    assert healthy(tls)


@pytest.mark.parametrize("message, statuses", [
    ("GET /x HTTP/1.1\r\nHost: {host}\r\nX-Long: " + "a" * 200_000 + "\r\n\r\n", (400, 431)),
])
def test_DOS_07_a_field_of_200_kilobytes_is_refused(tls: Target, message, statuses):
    refused_early(tls, message, statuses)


def test_DOS_08_an_address_of_100_kilobytes_is_refused(tls: Target):
    refused_early(tls, "GET /" + "a" * 100_000 + " HTTP/1.1\r\nHost: {host}\r\n\r\n", (400, 414, 431))


def refused_early(target: Target, message: str, statuses):
    with target.connect() as wire:
        wire.send(message.format(host=target.authority))
        answer = wire.answer()
        assert answer is None and wire.is_closed or answer.status in statuses
    assert healthy(target)


def test_DOS_10_idle_connections_are_closed_after_their_time(stand):
    target = stand.plain("idle", idle_timeout="2s")
    request = f"GET {target.public_path} HTTP/1.1\r\nHost: {target.authority}\r\n\r\n".encode()
    with connections(target, 2500) as idle:
        for each in idle:
            each.sendall(request)
        assert healthy(target)
        until(lambda: all_closed(idle), seconds=30, what="every idle connection is closed")
    assert target.gateway.is_alive


def test_DOS_11_pipelined_requests_that_nobody_reads_wait_in_the_kernel(hasty: Target):
    before = hasty.memory()
    request = f"GET {hasty.public_path} HTTP/1.1\r\nHost: {hasty.authority}\r\n\r\n".encode() * 100
    with hasty.connect() as wire:
        wire.socket.settimeout(1)
        for _ in range(1000):
            if not wire.send(request):
                break
        assert hasty.memory() - before < 64 << 20
    assert healthy(hasty)


def test_DOS_20_a_flood_of_begun_sign_ins_ends_no_session(stand):
    target = stand.tls("flood")
    cookie = Values(target)["COOKIE"]
    before = target.memory()

    def begin(_):
        with target.connect() as wire:
            for _ in range(250):
                wire.send(f"GET {PREFIX}/oauth2/start/github HTTP/1.1\r\nHost: {target.authority}\r\n\r\n")
                if wire.answer().status not in (303, 429, 503):
                    return False
        return True

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(begin, range(8)))
    assert target.is_let_in(cookie)
    assert target.memory() - before < 64 << 20


def test_DOS_22_a_flood_of_refused_requests_writes_short_lines(tls: Target):
    before = len(tls.gateway.output)
    agent = "x" * 8000
    with tls.connect() as wire:
        for _ in range(500):
            wire.send(f"GET {WORKERS} HTTP/1.1\r\nHost: {tls.authority}\r\nUser-Agent: {agent}\r\n\r\n")
            assert wire.answer().status == 401
    assert len(tls.gateway.output) - before < 500 * 1024


def test_BAS_26_wrong_passwords_in_numbers_do_not_hold_up_who_is_signed_in(stand):
    target = stand.tls("hashing")
    cookie = Values(target)["COOKIE"]

    def guess(number: int) -> int:
        import base64
        credential = base64.b64encode(f"colonuser:wrong {number}".encode()).decode()
        with target.connect(f"127.9.{number % 250}.{1 + number // 250}") as wire:
            wire.send(f"GET {WORKERS} HTTP/1.1\r\nHost: {target.authority}\r\nAuthorization: Basic {credential}\r\n\r\n")
            return wire.answer(seconds=30).status

    with SteadyClients(target, cookie, clients=2) as clients, concurrent.futures.ThreadPoolExecutor(50) as pool:
        statuses = set(pool.map(guess, range(500)))
        assert clients.answered > 0
    assert statuses <= {401, 429, 503}
    assert clients.failures == []


def test_connections_over_the_limit_are_closed_at_once_and_the_rest_is_served(stand):
    target = stand.plain("capped", max_connections="100")
    with target.connect() as early:
        with connections(target, 400) as flood:
            request = f"GET {target.public_path} HTTP/1.1\r\nHost: {target.authority}\r\n\r\n"
            early.send(request)
            assert early.answer().status == 200
            until(lambda: sum(all_closed([each]) for each in flood) >= 300, what="those over the limit are closed")
        until(lambda: healthy(target), what="there is room again")
