"""Redis that was never there: Calyx starts, serves, and says so."""

import re

import httpx

from harness.calyx import PASSWORD, USER
from harness.pages import sign_in
from harness.polling import until
from test_broker_away import health


def test_without_redis_calyx_starts_serves_and_says_so(blind, page):
    with blind.client() as api:
        assert api.get("/api/workers").json() == {}
        assert api.get("/api/tasks").json() == {}
        assert health(api)["broker"]["connected"] is False
        assert api.get("/healthcheck").text == "OK"
    sign_in(page, blind.address, USER, PASSWORD)
    page.locator("details.account").wait_for()
    for path in ("/workers", "/tasks", "/queues"):
        page.goto(blind.address + path)
        assert re.search(r"broker|redis", page.locator("body").inner_text(), re.I)
        assert f":{blind.broker_port}" in page.locator("body").inner_text()


def test_readiness_ends_after_thirty_blind_seconds(blind):
    with httpx.Client(base_url=f"http://127.0.0.1:{blind.admin_port}", trust_env=False) as admin:
        def not_ready():
            answer = admin.get("/readyz")
            return answer.status_code == 503 and answer

        report = until(not_ready, seconds=40, what="/readyz answers 503").json()
        assert report["status"] == "blind" and report["blind_seconds"] >= 30
        assert report["broker"]["problem"] and report["broker"]["next_attempt"]
        assert admin.get("/livez").status_code == 200


def test_the_way_back_is_tried_with_patience(blind):
    """Bounded back-off: a log that somebody can still read."""
    assert blind.output.count(f"{blind.broker_port}") < 60
