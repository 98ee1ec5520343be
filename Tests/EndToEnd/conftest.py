"""One cluster, one core and a few gateways for the whole run; tests that break something start their own."""

import os
import pathlib
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import sync_playwright

from harness.calyx import BINARY, PASSWORD, USER, Calyx, Core, Gateway
from harness.celery_workers import CeleryWorker, load_application
from harness.github import GitHub
from harness.nginx import Nginx, make_certificates
from harness.polling import until
from harness.process import free_port
from harness.redis_server import RedisServer


@pytest.fixture(scope="session")
def directory():
    """A short path: a unix socket's may have 107 bytes."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="calyx-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def processes():
    """Whatever is put here is stopped at the end, the last first and all at once."""
    started = []
    yield started
    for process in reversed(started):
        if hasattr(process, "terminate"):
            process.terminate()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda process: process.stop(), reversed(started)))


@pytest.fixture(scope="session")
def redis_server(directory, processes):
    assert BINARY.exists(), f"{BINARY} is not built: make test builds it"
    server = RedisServer(directory / "redis")
    processes.append(server)
    return server


@pytest.fixture(scope="session")
def starting_workers(directory, processes, redis_server):
    """Two workers on their way; Celery takes seconds to start, others can start meanwhile."""
    workers = [CeleryWorker(f"{name}@e2e", redis_server.url, directory) for name in ("w1", "w2")]
    processes.extend(workers)
    return workers


@pytest.fixture(scope="session")
def github(processes):
    server = GitHub()
    processes.append(server)
    return server


@pytest.fixture(scope="session", autouse=True)
def blind(directory, processes):
    """A Calyx whose broker does not exist. It starts first, so that it has been blind for long when it is asked."""
    broker, admin = free_port(), free_port()
    calyx = Calyx("up", directory / "blind", broker=f"redis://127.0.0.1:{broker}/0", port=free_port(),
                  address="127.0.0.1", admin_address=f"127.0.0.1:{admin}", basic_auth=f"{USER}:{PASSWORD}")
    calyx.broker_port, calyx.admin_port = broker, admin
    processes.append(calyx)
    return calyx.wait_until_listening()


@pytest.fixture(scope="session")
def core(directory, processes, redis_server, starting_workers):
    core = Core(directory / "core", redis_server.url)
    processes.append(core)
    return core.wait_until_listening()


def sign_in_options(github: GitHub, callback: str) -> dict:
    """Both ways to sign in at once, as a team that moves from one to the other has them."""
    github.callbacks.add(callback)
    return {
        "basic_auth": f"{USER}:{PASSWORD}",
        "auth_provider": "flower.views.auth.GithubLoginHandler",
        "auth": ".*@example\\.com",
        "oauth2_key": github.CLIENT_ID,
        "oauth2_secret": github.CLIENT_SECRET,
        "oauth2_redirect_uri": callback,
        "oauth2_github_base_url": github.address,
    }


@pytest.fixture(scope="session")
def gateway(directory, processes, core, github):
    """Plain HTTP, no prefix, no proxy."""
    port = free_port()
    gateway = Gateway(directory / "plain", core, port=port,
                      **sign_in_options(github, f"http://127.0.0.1:{port}/login"))
    processes.append(gateway)
    return gateway.wait_until_listening()


@pytest.fixture(scope="session")
def certificates(directory):
    return make_certificates(directory / "certs")


def behind_nginx(variant: str, callback_path: str, directory, processes, core, github, certificates) -> Nginx:
    port = free_port()
    nginx = Nginx(f"{variant}.conf", directory / f"nginx-{variant}", certificates, gateway_port=port)
    processes.append(nginx)
    gateway = Gateway(
        directory / variant, core, port=port, url_prefix="/flower", trusted_proxies="127.0.0.1",
        **sign_in_options(github, f"{nginx.address}{callback_path}"))
    processes.append(gateway)
    nginx.gateway = gateway.wait_until_listening()
    return nginx.wait_until_listening()


@pytest.fixture(scope="session")
def nginx_kept(directory, processes, core, github, certificates):
    """nginx passes /flower on; GitHub calls back on the address that Flower's manual names."""
    return behind_nginx("calyx", "/flower/login", directory, processes, core, github, certificates)


@pytest.fixture(scope="session")
def nginx_stripped(directory, processes, core, github, certificates):
    """nginx removes /flower."""
    return behind_nginx("calyx-stripped", "/flower/oauth2/callback", directory, processes, core, github, certificates)


@pytest.fixture(scope="session", params=["kept", "stripped"])
def nginx(request):
    return request.getfixturevalue(f"nginx_{request.param}")


@pytest.fixture(scope="session", params=["bare", "kept", "stripped"])
def front(request):
    """Every way in: the gateway itself, and nginx that keeps or strips the prefix. Has `address` and `client()`."""
    return request.getfixturevalue({"bare": "gateway"}.get(request.param, f"nginx_{request.param}"))


@pytest.fixture(scope="session")
def workers(starting_workers, gateway):
    """The two workers, once they work and Calyx has heard of both."""
    for worker in starting_workers:
        until(lambda worker=worker: worker.is_ready, seconds=60, what=f"{worker.node} is ready")
    with gateway.client() as client:
        def both_online():
            entries = client.get("/api/workers").raise_for_status().json()
            return all(entries.get(worker.node, {}).get("status") is True for worker in starting_workers)

        until(both_online, seconds=20, what="both workers are online in /api/workers")
    return starting_workers


@pytest.fixture(scope="session")
def tasks(redis_server, workers):
    """The application of the workers, for sending tasks."""
    return load_application(redis_server.url)


@pytest.fixture(scope="session")
def api(gateway):
    with gateway.client() as client:
        yield client


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """A fresh browser profile. What the page complains about in the console fails the test."""
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.complaints = complaints
    yield page
    context.close()


def own_port_options() -> list[str]:
    """For a `calyx up` that is expected not to come up: nothing of it may collide with what runs here."""
    return [f"--port={free_port()}", "--address=127.0.0.1", "--admin_address=none", "--broker=redis://127.0.0.1:1/0"]
