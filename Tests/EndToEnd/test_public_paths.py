"""Who gets what without being signed in, and over which protocol, at every way in."""

import re

import httpx
import pytest

from harness.calyx import PASSWORD, USER, Gateway
from harness.process import free_port

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture
def anonymous(front):
    with front.client(auth=None) as client:
        yield client


@pytest.fixture
def signed_in(front):
    with front.client() as client:
        yield client


def test_the_health_check_is_public(anonymous):
    answer = anonymous.get("/healthcheck")
    assert (answer.status_code, answer.text) == (200, "OK")
    answer = anonymous.head("/healthcheck")
    assert (answer.status_code, answer.text) == (200, "")
    assert anonymous.get("/healthcheck", params={"verbose": 1}).text == "OK", "details are for those signed in"


def test_the_health_check_tells_details_to_whoever_is_signed_in(signed_in):
    report = signed_in.get("/healthcheck", params={"verbose": 1}).json()
    assert report["status"] == "ok" and report["broker"]["connected"] is True


@pytest.mark.parametrize("path", ["/api/workers", "/api/tasks", "/api/task/types", "/api/queues/length", "/metrics",
                                  "/api/task/info/x", "/live", "/no/such/path"])
def test_without_credentials_a_script_gets_401(anonymous, path):
    answer = anonymous.get(path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/api/workers", "/api/tasks", "/api/queues/length", "/api/task/info/x"])
def test_the_refusal_names_the_option_that_would_open_it(anonymous, path):
    assert "unauthenticated_api" in anonymous.get(path).text.lower()


@pytest.mark.parametrize("path", ["/", "/workers", "/tasks", "/queues", "/task/abc"])
def test_without_credentials_a_browser_gets_the_sign_in_page(anonymous, path):
    answer = anonymous.get(path, headers=HTML, follow_redirects=True)
    assert 'type="password"' in answer.text and "WWW-Authenticate" not in answer.headers
    assert answer.url.path.endswith("/login")


def test_wrong_credentials_are_refused(front):
    for auth in ((USER, "wrong"), ("nobody", PASSWORD), (USER, ""), ("", PASSWORD), (USER.upper(), PASSWORD)):
        with front.client(auth=auth) as client:
            assert client.get("/api/workers").status_code == 401


@pytest.mark.parametrize("value", ["Basic", "Basic !!!", "Basic YWRtaW4=", "Bearer x", "Digest x", "Basic " + "A" * 6000])
def test_odd_authorization_is_refused(anonymous, value):
    assert anonymous.get("/api/workers", headers={"Authorization": value}).status_code in (400, 401, 431)


def test_an_identity_from_the_client_is_not_believed(anonymous):
    forged = {"Calyx-Assertion": "1.a.b.c", "X-Forwarded-User": USER, "X-Remote-User": USER, "Remote-User": USER,
              "X-Forwarded-For": "127.0.0.1", "X-Auth-Request-User": USER}
    assert anonymous.get("/api/workers", headers=forged).status_code == 401


def test_every_answer_carries_the_security_fields(signed_in):
    answer = signed_in.get("/workers", headers=HTML)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", answer.text)
    assert "hummingbird" not in str(answer.headers).lower()


def test_what_a_browser_may_not_cache(signed_in):
    for path in ("/workers", "/api/workers", "/login"):
        assert "no-store" in signed_in.get(path, headers=HTML).headers["Cache-Control"]


def test_an_unsafe_request_from_a_foreign_page_is_refused(signed_in):
    for fields in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = signed_in.post("/api/task/revoke/abc", headers=fields)
        assert answer.status_code == 403, fields


@pytest.mark.parametrize("way", ["gateway", "nginx_kept"])
def test_paths_that_could_be_read_in_two_ways_are_refused(request, way):
    """Behind nginx that strips the prefix the path is nginx's reading of it, and there is only that one."""
    with request.getfixturevalue(way).client() as client:
        for path in ("/api/task/info/a%2fb", "/api/%2e%2e/workers", "/api/workers%00", "/api//workers"):
            assert client.get(path).status_code in (400, 404), path


def test_http2_through_nginx(nginx):
    with nginx.client() as client:
        answer = client.get("/api/workers")
    assert (answer.status_code, answer.http_version) == (200, "HTTP/2")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_http1_through_nginx(nginx):
    with nginx.client(http2=False) as client:
        answer = client.get("/api/workers")
    assert (answer.status_code, answer.http_version) == (200, "HTTP/1.1")


def test_nginx_finds_nothing_wrong_in_the_shipped_files(nginx):
    assert nginx.check.returncode == 0 and "[warn]" not in nginx.check.stderr, nginx.check.stderr


def test_nothing_is_served_beside_the_prefix(nginx):
    with httpx.Client(base_url=nginx.address, verify=nginx.ssl_context, auth=(USER, PASSWORD), trust_env=False) as client:
        assert client.get("/api/workers").status_code == 404
        moved = client.get("/flower")
        assert moved.status_code in (301, 308) and moved.headers["Location"] in ("/flower/", f"{nginx.address}/flower/")


def test_the_gateway_terminates_tls_itself(directory, processes, core, certificates, nginx_kept):
    port = free_port()
    gateway = Gateway(directory / "tls", core, port=port, certfile=certificates / "calyx.crt",
                      keyfile=certificates / "calyx.key", basic_auth=f"{USER}:{PASSWORD}")
    processes.append(gateway)
    gateway.wait_until_listening()
    for http2, version in ((True, "HTTP/2"), (False, "HTTP/1.1")):
        with httpx.Client(base_url=f"https://localhost:{port}", verify=nginx_kept.ssl_context, http2=http2,
                          auth=(USER, PASSWORD), trust_env=False) as client:
            answer = client.get("/api/workers")
            assert (answer.status_code, answer.http_version) == (200, version)
            many = [client.get("/healthcheck").status_code for _ in range(50)]
            assert many == [200] * 50


def test_the_core_refuses_whoever_comes_past_the_gateway(core):
    with core.raw_client() as client:
        for path in ("/api/workers", "/", "/tasks", "/metrics", "/healthcheck", "/live", "/static/calyx.css", "/nothing"):
            for fields in ({}, {"Calyx-Assertion": "1.a.b.c"}, {"Authorization": "Basic YWRtaW46YQ=="}):
                answer = client.get(path, headers=fields)
                assert answer.status_code == 401, path
                assert answer.headers["Content-Type"].startswith("application/problem+json")
                assert answer.json()["status"] == 401
        assert client.post("/api/task/revoke/x").status_code == 401


def test_the_cores_socket_is_for_its_owner_and_group(core):
    assert oct(core.socket.stat().st_mode & 0o777) in ("0o600", "0o660")
    assert core.key_file.stat().st_mode & 0o007 == 0


def test_the_core_answers_probes_on_its_admin_address_only(core):
    with core.admin() as admin:
        assert admin.get("/livez").text == "OK"
        assert admin.get("/readyz").status_code == 200
        for path in ("/api/workers", "/", "/tasks"):
            assert admin.get(path).status_code == 404


@pytest.fixture(scope="module")
def open_gateway(directory, processes, core):
    gateway = Gateway(directory / "open-api", core, port=free_port(), basic_auth=f"{USER}:{PASSWORD}",
                      unauthenticated_api=True)
    processes.append(gateway)
    return gateway.wait_until_listening()


def test_the_unauthenticated_api_reads_and_nothing_else(open_gateway):
    assert "unauthenticated_api" in open_gateway.output, "each start warns"
    with open_gateway.client(auth=None) as client:
        for path in ("/api/workers", "/api/tasks", "/api/task/types", "/api/queues/length"):
            answer = client.get(path, headers={"Origin": "https://evil.example"})
            assert answer.status_code == 200 and "Access-Control-Allow-Origin" not in answer.headers
            assert client.head(path).status_code == 200
        for path in ("/metrics", "/healthcheck?verbose=1", "/tasks/datatable", "/workers?json=1", "/live", "/workers"):
            answer = client.get(path)
            assert answer.status_code == 401 or answer.text == "OK", path
        for path in ("/api/task/revoke/x", "/api/worker/shutdown/x", "/api/task/send-task/x", "/api/workers"):
            assert client.post(path).status_code in (401, 403, 405), path
