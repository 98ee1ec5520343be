"""Certificates are renewed, the program is stopped, a probe and a scraper look in: under load, and nobody notices."""

import datetime
import hashlib
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading

import httpx

from harness.polling import until
from harness.process import free_port

from .load import SteadyClients
from .predicates import foreign_sockets
from .target import PREFIX, Values


def served_certificate(port: int) -> str:
    """Fingerprint of the certificate that a new connection gets."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))).hexdigest()


def renew(directory, *, name: str = "localhost") -> None:
    """Writes a new certificate and key of the same authority over the old ones, one after the other."""
    key, request, certificate = (directory / f"new.{kind}" for kind in ("key", "csr", "crt"))
    extensions = directory / "new.ext"
    extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    openssl = ["openssl"]
    subprocess.run([*openssl, "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key], check=True, capture_output=True)
    subprocess.run([*openssl, "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request], check=True, capture_output=True)
    subprocess.run([*openssl, "x509", "-req", "-in", request, "-CA", directory / "ca.crt", "-CAkey", directory / "ca.key",
                    "-CAcreateserial", "-days", "30", "-extfile", extensions, "-out", certificate], check=True, capture_output=True)
    os.replace(key, directory / "calyx.key")
    os.replace(certificate, directory / "calyx.crt")


def own_certificates(stand, name: str):
    directory = stand.directory / f"certs-{name}"
    shutil.copytree(stand.certificates, directory)
    return directory


def test_a_changed_certificate_is_taken_under_load_without_a_failed_request(stand):
    directory, admin = own_certificates(stand, "reload"), free_port()
    target = stand.tls("reload", certfile=directory / "calyx.crt", keyfile=directory / "calyx.key",
                       admin_address=f"127.0.0.1:{admin}")
    first = served_certificate(target.port)
    with target.connect() as old, \
            SteadyClients(target, Values(target)["COOKIE"], requests_per_connection=20) as clients:
        for how in ("the file changed", "SIGHUP"):
            before = served_certificate(target.port)
            renew(directory)
            if how == "SIGHUP":
                os.kill(target.gateway.pid, signal.SIGHUP)
            until(lambda: served_certificate(target.port) != before, seconds=15, what=f"a new certificate after {how}")
        seen = clients.answered
        until(lambda: clients.answered > seen + 50, seconds=20, what="the clients go on")
        assert served_certificate(target.port) != first
        # A connection from before goes on as if nothing had happened.
        old.send(f"GET {target.public_path} HTTP/1.1\r\nHost: {target.authority}\r\n\r\n")
        assert old.answer().status == 200
    assert clients.failures == []
    assert clients.connections > 8
    metrics = httpx.get(f"http://127.0.0.1:{admin}/metrics", trust_env=False).text
    assert int(float(re.search(r'certificate_reloads_total{outcome="taken"} (\S+)', metrics)[1])) >= 2
    expiry = float(re.search(r"(?m)^calyx_gateway_certificate_expiry_timestamp_seconds (\S+)", metrics)[1])
    assert 0 < expiry - datetime.datetime.now().timestamp() < 31 * 86400


def test_ADM_08_a_broken_certificate_changes_nothing(stand):
    directory, admin = own_certificates(stand, "broken"), free_port()
    target = stand.tls("broken", certfile=directory / "calyx.crt", keyfile=directory / "calyx.key",
                       admin_address=f"127.0.0.1:{admin}")
    before = served_certificate(target.port)
    (directory / "calyx.crt").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    os.kill(target.gateway.pid, signal.SIGHUP)

    def refused():
        metrics = httpx.get(f"http://127.0.0.1:{admin}/metrics", trust_env=False).text
        return re.search(r'certificate_reloads_total{outcome="refused"} [1-9]', metrics)

    until(refused, seconds=15, what="the new certificate is refused")
    assert target.gateway.is_alive and served_certificate(target.port) == before
    assert "the certificate in use stays" in target.gateway.output
    assert target.ask(f"{PREFIX}/api/workers").status == 401


def test_a_stop_under_load_fails_no_request(stand):
    target = stand.tls("drain")
    cookie = Values(target)["COOKIE"]
    with SteadyClients(target, cookie, clients=6) as kept, \
            SteadyClients(target, cookie, clients=2, requests_per_connection=1) as fresh:
        until(lambda: kept.answered > 100 and fresh.answered > 20, seconds=20, what="load")
        target.gateway.terminate()
        until(lambda: not target.gateway.is_alive, seconds=12, what="the gateway has ended")
    # A connection that the kernel took and nobody accepted yet ends with the listener; it carried no request.
    assert [failure for failure in kept.failures + fresh.failures if not failure.startswith("connecting")] == []
    assert target.gateway.stop() == 0


def test_a_stop_lets_a_slow_answer_finish_and_tells_a_stream_to_come_back(stand):
    target = stand.tls("stopping")
    cookie = Values(target)["COOKIE"]
    asked, go = threading.Event(), threading.Event()

    def answer(request):
        if request.path == "/live":
            return stream()
        asked.set()
        go.wait(10)
        return target.core.response(b"slow but whole")

    def stream():
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        yield b"data: half of "
        go.wait(10)
        yield b"an event\n\n"
        threading.Event().wait(10)

    target.core.answer = answer
    with target.connect() as slow, target.connect() as live:
        live.send(f"GET {PREFIX}/live HTTP/1.1\r\nHost: {target.authority}\r\nCookie: {cookie}\r\nAccept: text/event-stream\r\n\r\n")
        live.until(b"data: half of ")
        slow.send(f"GET {PREFIX}/api/workers HTTP/1.1\r\nHost: {target.authority}\r\nCookie: {cookie}\r\n\r\n")
        asked.wait(5)
        target.gateway.terminate()
        until(lambda: refuses(target.port), what="nobody listens any more")
        go.set()
        whole = slow.answer()
        assert whole.status == 200 and whole.body == b"slow but whole" and whole.value("connection") == "close"
        rest = live.rest(5)
        assert b"an event\n\n" in rest and b"retry: " in rest
    assert target.gateway.stop() == 0


def refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_admin_listener_answers_probes_and_scrapers(stand):
    admin = free_port()
    target = stand.tls("admin", admin_address=f"127.0.0.1:{admin}")
    assert target.ask(f"{PREFIX}/api/workers").status == 401
    with httpx.Client(base_url=f"http://127.0.0.1:{admin}", trust_env=False) as client:
        assert client.get("/livez").text == "OK"
        assert client.get("/readyz").json() == {"ready": True}
        metrics = client.get("/metrics").text
        assert re.search(r'calyx_gateway_requests_total{route="api",method="GET",status="401"} 1', metrics)
        assert re.search(r'calyx_gateway_decisions_total{outcome="unauthenticated"} 1', metrics)
        assert client.get("/metrics", headers={"Host": "evil.example"}).status_code == 421
        assert client.get("/").status_code == 404
        assert client.post("/livez").status_code == 405
        target.core.stop()
        target.core.path.unlink()
        until(lambda: client.get("/readyz").status_code == 503, what="the core is gone")
        assert client.get("/livez").status_code == 200
    assert foreign_sockets(target.gateway.pid) == []


def test_every_limit_has_a_metric_that_is_named_like_its_option(stand):
    admin = free_port()
    stand.tls("limits", admin_address=f"127.0.0.1:{admin}")
    metrics = httpx.get(f"http://127.0.0.1:{admin}/metrics", trust_env=False).text
    counted = set(re.findall(r'calyx_gateway_limit_hits_total{limit="(\w+)"}', metrics))
    documented = (stand.binary.parents[2] / "docs" / "options.md").read_text()
    assert counted and all(f"`{name}`" in documented or f"--{name}" in documented for name in counted)


def test_a_client_certificate_can_be_required(stand):
    directory = own_certificates(stand, "client")
    target = stand.tls("client", ca_certs=directory / "ca.crt")
    without = ssl.create_default_context(cafile=str(directory / "ca.crt"))
    target.tls = without
    try:
        answer = target.ask(target.public_path)
    except (ssl.SSLError, ConnectionError):
        answer = None
    assert answer is None
    with_one = ssl.create_default_context(cafile=str(directory / "ca.crt"))
    renew(directory, name="a client")
    with_one.load_cert_chain(directory / "calyx.crt", directory / "calyx.key")
    target.tls = with_one
    assert target.ask(target.public_path).status == 200
