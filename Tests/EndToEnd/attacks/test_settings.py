"""What the program refuses to start with, and what it keeps to itself."""

import re
import subprocess

import httpx
import pytest

from harness.calyx import Calyx, Core, run_calyx
from harness.polling import until
from harness.process import free_port, is_open

from .target import PREFIX


@pytest.mark.parametrize("key", ["changeme", "12345678", "", "\n"])
def test_ADM_01_a_weak_key_is_refused_at_start(stand, tmp_path, key):
    file = tmp_path / "assertion.key"
    file.write_text(key)
    file.chmod(0o600)
    for command in ("gateway", "core"):
        ended = run_calyx(command, f"--assertion_key_file={file}", f"--state_dir={tmp_path}", "--basic_auth=a:b", f"--port={free_port()}",
                          "--address=127.0.0.1", "--admin_address=none", "--broker=redis://127.0.0.1:1/0")
        assert ended.returncode not in (0, None)
        assert "assertion_key_file" in ended.stderr and key.strip() not in ended.stderr.replace(str(file), "") or not key.strip()


def test_ADM_02_a_key_that_everybody_can_read_is_warned_of(stand):
    key = stand.directory / "open.key"
    key.write_text("0123456789abcdef0123456789abcdef0123456789abcdef\n")
    key.chmod(0o644)
    target = stand.tls("open-key", assertion_key_file=key)
    until(lambda: "everybody on this machine can read" in target.gateway.output, what="a warning")


def test_ADM_07_the_core_answers_nobody_without_a_valid_assertion(stand):
    core = Core(stand.directory / "core", f"redis://127.0.0.1:{free_port()}/0")
    stand.keep(core)
    core.wait_until_listening()
    assertion = stand.assertion()
    with core.raw_client() as client:
        for value in (None, "", "x", "1.x.y.z", assertion, assertion + "A"):
            fields = {"Calyx-Assertion": value} if value is not None else {}
            assert client.get("/api/workers", headers=fields).status_code in (400, 401, 403)


def test_ADM_10_secrets_are_not_to_be_seen(stand, tmp_path):
    marker = "hush-this-is-the-secret"
    target = stand.tls("secret", basic_auth=f"admin:{marker}", oauth2_secret=marker)
    until(lambda: marker.encode() not in open(f"/proc/{target.gateway.pid}/cmdline", "rb").read(), what="argv is overwritten")
    shown = run_calyx("config", "print", f"--basic_auth=admin:{marker}", f"--oauth2_secret={marker}", f"--state_dir={tmp_path}")
    assert shown.returncode == 0 and marker not in shown.stdout + shown.stderr
    assert marker not in target.gateway.output


@pytest.mark.parametrize("path", ["/debug", "/debug/pprof", "/admin", "/config", "/metrics", "/.git/config", "/.env", "/livez", "/readyz",
                                  "/server-status", "/actuator/env", "/access", "/access/proxy", "/audit"])
def test_ADM_11_there_are_no_inner_pages_on_the_public_listener(tls, path):
    for full in (PREFIX + path, path):
        answer = tls.ask(full)
        assert answer.status in (302, 303, 401, 403, 404)


def test_between_hosts_core_and_gateway_both_show_a_certificate(stand, tmp_path):
    """`--core_listen=tls:`: a gateway with a certificate of the authority gets through, anything else does not."""
    files = both_sides(stand.certificates, tmp_path)
    place = f"tls:localhost:{free_port()}"
    stand.keep(Calyx("core", stand.directory / "core-tls", broker=f"redis://127.0.0.1:{free_port()}/0", core_listen=place,
                     assertion_key_file=stand.key, admin_address="none", **files))
    port = int(place.rpartition(":")[2])
    until(lambda: is_open(port), what="the core listens")
    gateway = stand.gateway("core-tls-gateway", stand.core("unused"), "https://calyx.example", port=free_port(), core_listen=place, **files)
    answer = httpx.get(f"http://127.0.0.1:{gateway.port}{PREFIX}/api/workers", auth=("admin", "correct horse"), trust_env=False,
                       headers={"Host": "calyx.example"})
    assert answer.status_code == 200 and answer.json() == {}
    for client in ([], ["-cert", tmp_path / "self.crt", "-key", tmp_path / "self.key"]):
        said = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", "-ign_eof", *client],
                              input="GET /api/workers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", capture_output=True, text=True, timeout=20)
        assert "HTTP/1.1" not in said.stdout


def both_sides(certificates, directory) -> dict:
    """A certificate for both roles by the authority of the other tests, and one that nobody vouches for."""
    key, request, certificate, extensions = (directory / f"both.{kind}" for kind in ("key", "csr", "crt", "ext"))
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for command in (
        ["ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", key],
        ["req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", request],
        ["x509", "-req", "-in", request, "-CA", certificates / "ca.crt", "-CAkey", certificates / "ca.key", "-CAcreateserial", "-days", "3",
         "-extfile", extensions, "-out", certificate],
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3", "-subj", "/CN=nobody",
         "-keyout", directory / "self.key", "-out", directory / "self.crt"],
    ):
        subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)
    return {"core_certfile": certificate, "core_keyfile": key, "core_ca_certs": certificates / "ca.crt"}


def test_tls_between_hosts_needs_all_three_files():
    ended = run_calyx("check", "--core_listen=tls:localhost:7777", "--core_certfile=/nowhere", "--state_dir=/tmp/calyx-none")
    assert ended.returncode == 2
    assert re.search(r"core_keyfile: not set.*\n.*core_ca_certs: not set", ended.stdout + ended.stderr)
