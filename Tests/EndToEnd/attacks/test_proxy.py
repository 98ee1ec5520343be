"""The way from browsers to the gateway: what `calyx check` and `/access/proxy` find, who is who behind nginx, IPv6."""

import base64
import json
import re
import ssl
import textwrap

import pytest

from harness.calyx import run_calyx
from harness.nginx import configured
from harness.polling import until
from harness.process import Process, free_port, is_open

from .target import PASSWORD, PREFIX, USER, Target, Values
from .wire import Wire


def check(tmp_path, **options):
    words = [f"--{name}={value}" for name, value in {"basic_auth": f"{USER}:{PASSWORD}", "state_dir": tmp_path / "state", **options}.items()]
    return run_calyx("check", *words)


@pytest.mark.parametrize("options, status, said", [
    ({"external_url": "http://example.com", "cookie_name": "__Host-x"}, 2, "cookie_name: Browsers take .* Set --cookie_name=x"),
    ({"trusted_proxies": "0.0.0.0/0"}, 2, "trusted_proxies: 0.0.0.0/0 is nearly everybody"),
    ({"address": "127.0.0.1", "url_prefix": "/flower"}, 0, "trusted_proxies: Only a proxy .* Set --trusted_proxies=127.0.0.1"),
    ({"unix_socket": "/run/calyx.sock"}, 0, "xheaders: .* Set --xheaders=true"),
    ({}, 0, "certfile: The port speaks plain HTTP"),
    ({"external_url": "https://a.example", "trusted_proxies": "10.0.0.1", "cookie_name": "x"}, 0, "cookie_name: .* Set --cookie_name=__Host-x"),
    ({"url_prefix_mode": "stripped"}, 0, "url_prefix_mode: stripped does nothing"),
    ({"external_url": "https://a.example", "oauth2_redirect_uri": "https://b.example/cb", "oauth2_key": "k",
      "auth_provider": "flower.views.auth.GithubLoginHandler", "oauth2_secret": "s", "auth": "a@x.org", "trusted_proxies": "10.0.0.1"}, 2,
     "oauth2_redirect_uri: .*https://b.example.*https://a.example"),
])
def test_check_finds_what_does_not_fit(tmp_path, options, status, said):
    ended = check(tmp_path, **options)
    assert ended.returncode == status, ended.stdout + ended.stderr
    assert re.search(said, ended.stdout + ended.stderr), ended.stdout + ended.stderr


def test_check_looks_at_the_certificate(stand, tmp_path):
    files = {"certfile": stand.certificates / "calyx.crt", "keyfile": stand.certificates / "calyx.key"}
    good = check(tmp_path, external_url="https://localhost", **files)
    assert good.returncode == 0 and "certfile:" not in good.stdout, good.stdout + good.stderr
    foreign = check(tmp_path, external_url="https://other.example", **files)
    assert foreign.returncode == 2 and "is not for other.example" in foreign.stderr
    plain = check(tmp_path, external_url="http://localhost", **files)
    assert plain.returncode == 2 and "Set --external_url=https://localhost" in plain.stderr
    swapped = check(tmp_path, certfile=files["certfile"], keyfile=stand.certificates / "ca.key")
    assert swapped.returncode == 2 and "is not that of the certificate" in swapped.stderr


@pytest.mark.parametrize("mode", ["kept", "stripped"])
def test_the_nginx_block_that_check_prints_works(stand, tmp_path, mode):
    port, outside = free_port(), free_port()
    address = f"https://localhost:{outside}"
    options = {"address": "127.0.0.1", "port": port, "url_prefix": PREFIX, "url_prefix_mode": mode, "external_url": address + PREFIX,
               "trusted_proxies": "127.0.0.1"}
    said = check(tmp_path, **options)
    assert said.returncode == 0
    block = textwrap.dedent(said.stdout.partition("):\n\n")[2].partition("\n\nThe configuration is good")[0])
    upstream, _, locations = block.partition("# Inside")
    http = (f"{upstream} server {{ listen 127.0.0.1:{outside} ssl; server_name localhost; ssl_certificate {stand.certificates}/calyx.crt;"
            f" ssl_certificate_key {stand.certificates}/calyx.key;\n#{locations} }}")
    nginx = stand.keep(Process("nginx with the printed block", configured(tmp_path, http), log=tmp_path / "nginx.log"))
    core = stand.core(f"printed-{mode}")
    gateway = stand.gateway(f"printed-{mode}", core, address, **{key: value for key, value in options.items() if key != "url_prefix"})
    until(lambda: is_open(outside), what="nginx listens")
    context = ssl.create_default_context(cafile=str(stand.certificates / "ca.crt"))
    target = Target(nginx.name, address=address, core=core, gateway=gateway, github=stand.github, tls=context)
    cookie = Values(target)["COOKIE"]
    assert cookie.startswith("__Host-") and target.is_let_in(cookie)
    assert target.ask(PREFIX).value("location") == f"{PREFIX}/" or target.ask(PREFIX).status == 308
    live = target.ask(f"{PREFIX}/live", fields={"Cookie": cookie})
    assert live.status == 200 and core.requests[-1].target == "/live"


def test_who_is_no_known_proxy_is_named_to_admins(stand):
    target = stand.plain("doctor", auth=None)
    fields = {"Cookie": Values(target)["COOKIE"], "Accept": "text/html"}
    page = target.ask(f"{PREFIX}/access/proxy", fields=fields)
    assert page.status == 200 and "--trusted_proxies=127.44.0.9" not in page.text
    for _ in range(3):
        target.ask(f"{PREFIX}/healthcheck", fields={"X-Forwarded-For": "203.0.113.7"}, source="127.44.0.9")
    page = target.ask(f"{PREFIX}/access/proxy", fields=fields)
    assert "--trusted_proxies=127.44.0.9" in page.text and "3 requests" in page.text
    until(lambda: "set --trusted_proxies=127.44.0.9" in target.gateway.output, what="a line in the log")
    assert target.gateway.output.count("is not a trusted proxy") == 1
    # A page that thinks it is somewhere else is told of, too, as text.
    target.ask(f"{PREFIX}/login", method="POST", body="a=b", fields={"Origin": "https://<b>.example"})
    page = target.ask(f"{PREFIX}/access/proxy", fields=fields)
    assert "https://&lt;b&gt;.example" in page.text and "<b>.example" not in page.text


def test_the_page_is_for_admins(stand):
    target = stand.plain("doctor-roles")
    assert target.ask(f"{PREFIX}/access/proxy").status == 401
    assert target.ask(f"{PREFIX}/access/proxy", fields={"Accept": "text/html"}).value("location").startswith(f"{PREFIX}/login")
    operator = base64.b64encode(b"colonuser:pa:ss:word").decode()
    assert target.ask(f"{PREFIX}/access/proxy", fields={"Authorization": f"Basic {operator}"}).status == 403
    assert target.ask(f"{PREFIX}/access/proxy", fields={"Authorization": f"Basic {Values(target)['BASIC_OK']}"}).status == 200


@pytest.mark.parametrize("variant", ["calyx", "calyx-stripped"])
def test_behind_nginx_one_address_is_held_back_and_another_signs_in(stand, variant, request):
    target = request.getfixturevalue("kept" if variant == "calyx" else "stripped")
    bad, good = ("127.51.0.2", "127.51.0.3") if variant == "calyx" else ("127.52.0.2", "127.52.0.3")
    cookie = Values(target, good)["COOKIE"]

    def guess(number: int) -> int:
        wrong = base64.b64encode(f"nobody-{variant}-{number}:wrong".encode()).decode()
        return target.ask(f"{PREFIX}/api/workers", fields={"Authorization": f"Basic {wrong}"}, source=bad).status

    statuses = [guess(number) for number in range(100)]
    assert statuses[0] == 401 and statuses[-1] == 429
    assert target.sign_in(source=bad).status == 429
    assert target.sign_in(source=good).status == 303
    # Who is in stays in: only signing in is held back.
    answer = target.ask(f"{PREFIX}/api/workers", fields={"Cookie": cookie}, source=bad)
    assert answer.status == 200


def test_ipv6_and_ipv4_reach_one_listener(stand):
    port = free_port()
    core = stand.core("v6")
    gateway = stand.gateway("v6", core, "http://[::1]", address="::", port=port, external_url=None, auth_provider=None,
                            trusted_proxies="127.0.0.1,::1")
    for host, sent, seen in (("::1", "2001:db8::7", "2001:db8::7"), ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
                             ("127.0.0.1", "[2001:DB8::8]:4711", "2001:db8::8")):
        authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        with Wire(host, port) as wire:
            wire.send(f"GET {PREFIX}/api/workers HTTP/1.1\r\nHost: {authority}\r\nX-Forwarded-For: {sent}\r\nConnection: close\r\n\r\n")
            answer = wire.answer()
        assert answer.status == 401
        id = answer.value("x-request-id")
        line = until(lambda: next((line for line in gateway.output.splitlines() if f'"{id}"' in line), None), what="a log line")
        assert json.loads(line)["client"] == seen
