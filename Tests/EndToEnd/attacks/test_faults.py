"""What stands beside or behind the gateway fails or lies."""

import gzip
import sqlite3
import time

from harness.process import free_port

from .load import SteadyClients
from .predicates import foreign_sockets, off_site
from .recording_core import SECRET
from .target import PREFIX, Target, Values

WORKERS = f"{PREFIX}/api/workers"


def test_SKP_10_a_session_store_that_fails_lets_nobody_in(stand):
    target = stand.tls("store")
    cookie = Values(target)["COOKIE"]
    [file] = target.gateway.state.glob("gateway/sessions.sqlite")
    with sqlite3.connect(file, timeout=5, isolation_level=None) as blocker:
        blocker.execute("BEGIN EXCLUSIVE")
        page = target.ask(f"{PREFIX}/login", fields={"Accept": "text/html"})
        answer = target.sign_in(page)
        assert answer is None or answer.status == 503 and not answer.cookies().get(target.cookie_name)
        assert target.ask(WORKERS, fields={"Cookie": f"{target.cookie_name}={'A' * 43}"}).status == 401
        blocker.execute("ROLLBACK")
    assert target.gateway.stop() == 0
    file.write_bytes(b"this is no database" * 500)
    for log in file.parent.glob(f"{file.name}-*"):
        log.unlink()
    target.core.requests.clear()
    again = stand.gateway_again(target)
    # It either does not start with such a file, or starts and knows nobody.
    if again is not None:
        assert not target.is_let_in(cookie)
    assert target.core.requests == []


def test_SKP_11_a_provider_that_is_away_lets_nobody_in(stand):
    target = stand.tls("away", oauth2_github_base_url=f"http://127.0.0.1:{free_port()}")
    assert target.ask(WORKERS, fields={"Accept": "text/html"}).status == 303
    values = Values(target)
    cookie, state, code = values["FLOW_COOKIE"], values["STATE"], values["CODE"]
    answer = target.ask(f"{PREFIX}/oauth2/callback/github?code={code}&state={state}", fields={"Cookie": cookie})
    assert answer.status in (502, 503) and target.cookie_name not in answer.cookies()
    assert target.core.requests == []


def test_DOS_16_an_answer_that_breaks_off_does_not_look_complete(stand, tls: Target):
    cookie = Values(tls)["COOKIE"]

    def half(request):
        def parts():
            yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + b"x" * 50
        return parts()

    def half_chunked(request):
        def parts():
            yield b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
        return parts()

    try:
        for answer in (half, half_chunked):
            tls.core.answer = answer
            with tls.connect() as wire:
                wire.send(f"GET {WORKERS} HTTP/1.1\r\nHost: {tls.authority}\r\nCookie: {cookie}\r\n\r\n")
                seen = wire.rest(5)
            assert b"200 OK" in seen and wire.is_closed
            assert not seen.endswith(b"0\r\n\r\n") and seen.count(b"x") != 100
    finally:
        tls.core.answer = tls.core.default_answer


def test_DOS_17_a_core_that_is_down_is_said_at_once_and_nothing_of_it(stand):
    target = stand.tls("down")
    cookie = Values(target)["COOKIE"]
    target.core.stop()
    target.core.path.unlink()
    began = time.monotonic()
    with target.connect() as wire:
        for _ in range(1000):
            wire.send(f"GET {WORKERS} HTTP/1.1\r\nHost: {target.authority}\r\nCookie: {cookie}\r\n\r\n")
            answer = wire.answer()
            assert answer.status in (502, 503) and answer.value("content-type") == "application/problem+json"
            assert not {"127.0.0.1", ".sock", ".swift"} & {word for word in ("127.0.0.1", ".sock", ".swift") if word in answer.text}
    assert time.monotonic() - began < 60


def test_SSR_07_the_gateway_is_no_open_proxy(tls: Target):
    cookie = Values(tls)["COOKIE"]
    before = len(tls.core.requests)
    for target in ("http://169.254.169.254/", "http://169.254.169.254:80/latest/meta-data/", "//169.254.169.254/",
                   "https://169.254.169.254/", "169.254.169.254:80"):
        with tls.connect() as wire:
            wire.send(f"GET {target} HTTP/1.1\r\nHost: {tls.authority}\r\nCookie: {cookie}\r\n\r\n")
            assert wire.answer().status in (400, 404)
    assert len(tls.core.requests) == before
    assert foreign_sockets(tls.gateway.pid) == []


def test_SSR_08_directives_of_the_core_to_a_proxy_are_not_passed_on(tls: Target, kept: Target):
    for target in (tls, kept):
        cookie = Values(target)["COOKIE"]
        target.core.answer = lambda request: target.core.response(b"x", status="302 Found", extra=(
            "X-Accel-Redirect: /etc/passwd\r\nX-Accel-Limit-Rate: 1\r\nX-Sendfile: /etc/passwd\r\n"
            "Location: http://core.internal:5555/x\r\nAccess-Control-Allow-Origin: *\r\n"
            "Access-Control-Allow-Credentials: true\r\nServer: core\r\nStrict-Transport-Security: max-age=0\r\n"))
        try:
            answer = target.ask(WORKERS, fields={"Cookie": cookie})
        finally:
            target.core.answer = target.core.default_answer
        assert answer.status == 302 and answer.body == b"x"
        for name in ("x-accel-redirect", "x-accel-limit-rate", "x-sendfile", "access-control-allow-origin",
                     "access-control-allow-credentials", "set-cookie"):
            assert answer.value(name) is None, name
        assert "core" not in answer.head_text and "max-age=0" not in answer.head_text
        assert not off_site(answer.value("location"), target.address)


def test_DOS_13_a_compressed_request_body_is_not_opened(tls: Target):
    values = Values(tls)
    body = gzip.compress(bytes(10_000_000))
    before = tls.memory()
    with tls.connect() as wire:
        wire.send(f"POST {WORKERS} HTTP/1.1\r\nHost: {tls.authority}\r\nCookie: {values['COOKIE']}\r\n"
                  f"Sec-Fetch-Site: same-origin\r\nX-CSRF-Token: {values['CSRF']}\r\nContent-Encoding: gzip\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n")
        wire.send(body)
        assert wire.answer().status == 200
    assert tls.core.requests[-1].body == body
    assert tls.memory() - before < 16 << 20


def test_DOS_14_a_compressed_answer_is_not_opened(tls: Target):
    body = gzip.compress(bytes(10_000_000))
    cookie = Values(tls)["COOKIE"]
    before = tls.memory()
    tls.core.answer = lambda request: tls.core.response(body, extra="Content-Encoding: gzip\r\n")
    try:
        answer = tls.ask(WORKERS, fields={"Cookie": cookie, "Accept-Encoding": "gzip"})
    finally:
        tls.core.answer = tls.core.default_answer
    assert answer.body == body and answer.value("content-encoding") == "gzip"
    assert tls.memory() - before < 32 << 20
    assert SECRET not in answer.text


def test_a_core_that_comes_back_is_used_without_a_restart(stand):
    target = stand.tls("back")
    cookie = Values(target)["COOKIE"]
    target.core.stop()
    target.core.path.unlink()
    assert target.ask(WORKERS, fields={"Cookie": cookie}).status in (502, 503)
    target.core = stand.core("back")
    with SteadyClients(target, cookie, clients=2) as clients:
        while clients.answered < 20 and not clients.failures:
            time.sleep(0.01)
    assert clients.failures == []
