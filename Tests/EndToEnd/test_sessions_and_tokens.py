"""Sessions, API tokens and the audit record, as people, programs and those who answer for both use them."""

import csv
import io
import json
import re
import sqlite3
import subprocess
import time

import httpx
import pytest

from harness.calyx import BINARY, PASSWORD, USER, Gateway, run_calyx
from harness.pages import sign_in, sign_out
from harness.polling import until
from harness.process import clean_environment, free_port
from harness.redis_server import RedisServer
from test_sign_in import Form, session_cookie

HTML = {"Accept": "text/html"}
OPERATOR, OPERATOR_PASSWORD = "olga", "operators may grow pools"


@pytest.fixture(scope="module")
def team(directory, processes, core):
    """A gateway of its own with an admin and an operator."""
    home = directory / "team"
    home.mkdir()
    line = run_calyx_with_input("password", OPERATOR, text=OPERATOR_PASSWORD)
    users = home / "htpasswd"
    users.write_text(line)
    users.chmod(0o600)
    gateway = Gateway(home, core, basic_auth=f"{USER}:{PASSWORD}", basic_auth_file=users)
    processes.append(gateway)
    return gateway.wait_until_listening()


def run_calyx_with_input(*words, text: str) -> str:
    ended = subprocess.run([BINARY, *words], input=text + "\n", capture_output=True, text=True, env=clean_environment(), check=True)
    return ended.stdout


def signed_in(client: httpx.Client, user=USER, password=PASSWORD) -> httpx.Client:
    answer = Form(client).send(username=user, password=password)
    assert answer.status_code == 303, answer.text
    return client


def command(gateway, *words):
    return run_calyx(*words, f"--state_dir={gateway.state}")


def csrf(page: str) -> str:
    return re.search(r'data-csrf="([^"]+)"', page)[1]


def test_the_menu_leads_to_ones_sessions_and_ends_the_others(team, browser, page):
    sign_in(page, team.address, USER, PASSWORD)
    other = browser.new_context()
    elsewhere = other.new_page()
    sign_in(elsewhere, team.address, USER, PASSWORD)
    page.locator("details.account > summary").click()
    page.get_by_role("link", name="Sessions").click()
    page.wait_for_url("**/access/sessions")
    rows = page.locator("table.sessions tbody tr")
    assert rows.count() >= 2
    assert page.get_by_text("This session").count() == 1
    assert "Headless Chrome on Linux" in rows.first.inner_text()
    page.get_by_role("button", name="End all my other sessions").click()
    page.get_by_role("status").filter(has_text="other sessions are ended").wait_for()
    assert rows.count() == 1
    elsewhere.goto(team.address)
    assert elsewhere.locator('input[name="password"]').count() == 1
    other.close()
    assert page.complaints == []


def test_ones_sessions_work_without_scripts(team, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, team.address, USER, PASSWORD)
    page.goto(team.address + "/access/sessions")
    current = page.locator("tr").filter(has_text="This session")
    current.get_by_role("button", name=re.compile("^End the session")).click()
    page.wait_for_url("**/login")
    assert session_cookie(team, context) is None or page.locator('input[name="password"]').count() == 1
    context.close()


def test_an_admin_ends_an_operators_session_and_the_open_page_notices(team, browser, page, workers):
    visitor = browser.new_context()
    open_page = visitor.new_page()
    sign_in(open_page, team.address + "/workers", OPERATOR, OPERATOR_PASSWORD)
    open_page.wait_for_url("**/workers")
    open_page.locator('#truth[data-truth="live"]').wait_for()

    sign_in(page, team.address, USER, PASSWORD)
    page.goto(team.address + "/access/sessions?all=1&q=olga")
    row = page.locator("table.sessions tbody tr").filter(has_text=OPERATOR)
    row.get_by_role("button").first.click()
    page.get_by_role("status").filter(has_text="ended").wait_for()
    ended = time.monotonic()
    open_page.locator('#truth[data-truth="signedOut"]').wait_for(timeout=30_000)
    assert time.monotonic() - ended < 30
    visitor.close()

    page.goto(team.address + "/audit?kind=session_ended")
    assert "olga" in page.locator("table.audit tbody tr").first.inner_text()
    assert page.complaints == []


def test_an_operator_sees_neither_tokens_nor_audit_nor_the_sessions_of_others(team, browser):
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, team.address, OPERATOR, OPERATOR_PASSWORD)
    page.locator("details.account > summary").click()
    names = page.locator(".account-links a").all_inner_texts()
    assert names == ["Sessions"]
    for path in ("/access/tokens", "/audit"):
        answer = page.goto(team.address + path)
        assert answer.status == 403 and "admin" in page.locator("body").inner_text()
    page.goto(team.address + "/access/sessions?all=1")
    assert USER not in page.locator("table.sessions").inner_text()
    context.close()


def test_a_page_notices_that_its_session_ran_out(directory, processes, core, browser):
    gateway = Gateway(directory / "short", core, basic_auth=f"{USER}:{PASSWORD}", session_lifetime="4s")
    processes.append(gateway)
    gateway.wait_until_listening()
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, gateway.address + "/workers", USER, PASSWORD)
    page.locator('#truth[data-truth="signedOut"]').wait_for(timeout=30_000)
    answer = page.goto(gateway.address + "/tasks?state=FAILURE")
    assert "next=" in answer.url and page.locator('input[name="password"]').count() == 1
    context.close()


def test_a_token_made_on_the_page_is_shown_once_and_revoked_at_once(team, page):
    sign_in(page, team.address + "/access/tokens", USER, PASSWORD)
    page.fill('input[name="name"]', "dashboards")
    page.select_option('select[name="role"]', "viewer")
    page.get_by_role("button", name="Create token").click()
    token = page.locator("#new-token").inner_text()
    assert re.fullmatch(r"calyx_[\w-]{43}", token)
    bearer = {"Authorization": f"Bearer {token}"}
    with team.client(auth=None) as client:
        assert client.get("/api/workers", headers=bearer).status_code == 200
        page.goto(team.address + "/access/tokens")
        assert token not in page.content()
        row = page.locator("table.tokens tbody tr").filter(has_text="dashboards")
        assert "127.0.0.1" in row.inner_text()
        row.get_by_role("button", name=re.compile("^Revoke")).click()
        page.get_by_role("status").filter(has_text="revoked").wait_for()
        refused = client.get("/api/workers", headers={**bearer, **HTML})
        assert refused.status_code == 401 and "location" not in refused.headers
    assert page.complaints == []


def test_a_token_from_the_command_line_works_while_the_program_runs(team):
    made = command(team, "token", "create", "--role", "viewer", "--expires", "90d", "--name", "prometheus", "--scopes=metrics")
    assert made.returncode == 0, made.stderr
    token = made.stdout.strip()
    assert re.fullmatch(r"calyx_[\w-]{43}", token) and token not in made.stderr
    assert "viewer" in made.stderr and "metrics" in made.stderr and "once" in made.stderr
    bearer = {"Authorization": f"Bearer {token}"}
    with team.client(auth=None) as client:
        until(lambda: client.get("/metrics", headers=bearer).status_code == 200, seconds=5, what="the token is known")
        assert client.get("/api/workers", headers=bearer).status_code == 403
        assert client.post("/api/worker/shutdown/none", headers=bearer).status_code == 403
        listed = command(team, "token", "list")
        assert "prometheus" in listed.stdout and token not in listed.stdout
        again = command(team, "token", "create", "--role=viewer", "--name=prometheus")
        assert again.returncode != 0 and "already" in again.stderr
        revoked = command(team, "token", "revoke", "prometheus")
        assert revoked.returncode == 0 and "revoked" in revoked.stdout
        until(lambda: client.get("/metrics", headers=bearer).status_code == 401, seconds=5, what="the token is refused")
    unknown = command(team, "token", "revoke", "nobody")
    assert unknown.returncode == 2 and "token list" in unknown.stderr


@pytest.mark.parametrize("words, named", [
    (("token",), "token create"), (("token", "create"), "name"), (("token", "create", "--name=x"), "role"),
    (("token", "create", "--name=x", "--role=boss"), "viewer, operator and admin"),
    (("token", "create", "--name=x", "--role=viewer", "--expires=soon"), "90d"),
    (("token", "create", "--name=x", "--role=viewer", "--scopes=write"), "read, metrics and operate"),
    (("token", "create", "--name=x", "--role=viewer", "--scopes=operate"), "operator or admin"),
    (("token", "revoke"), "token revoke NAME"), (("audit", "verify", "--head=1"), "NUMBER:HASH")])
def test_a_wrong_command_says_what_is_right(team, words, named):
    ended = command(team, *words)
    assert ended.returncode != 0 and named in ended.stderr


def test_an_action_is_in_the_record_with_each_workers_answer(team, workers):
    with team.client() as client:
        answer = client.post("/api/worker/pool/grow/w1@e2e", data={"n": "1"})
        assert answer.status_code == 200
        client.post("/api/worker/pool/shrink/w1@e2e", data={"n": "1"})
        request_id = answer.headers["x-request-id"]
        found = until(lambda: [entry for entry in client.get("/api/audit", params={"kind": "action"}).json()["entries"]
                               if entry.get("request_id") == request_id], what="the entry")
    entry, = found
    assert entry["action"] == "pool.grow" and entry["result"] == "ok"
    assert entry["name"] == USER and entry["role"] == "admin" and entry["client"] == "127.0.0.1"
    assert entry["detail"]["targets"] == ["w1@e2e"] and entry["detail"]["outcome"] == {"w1@e2e": "ok"}
    assert str(entry["detail"]["parameters"]["n"]) == "1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"])


def test_the_record_tells_every_kind_of_event_and_holds_no_secret(team):
    secret = "this-must-not-be-written-down"
    with team.client(auth=None) as client:
        client.get("/api/workers", auth=(USER, secret))
        Form(client).send(username=OPERATOR, password=secret)
        signed_in(client, OPERATOR, OPERATOR_PASSWORD)
        client.post("/api/worker/shutdown/none", headers={"X-CSRF-Token": "x", "Origin": team.address})
        client.get("/api/workers", headers={"Authorization": "Bearer calyx_" + "A" * 43})
        page = client.get("/access/sessions", headers=HTML)
        client.post("/logout", headers={"Origin": team.address}, data={"_csrf": csrf(page.text)})
    with team.client() as admin:
        text = admin.get("/api/audit", params={"format": "ndjson", "limit": "10000"}).text
        entries = [json.loads(line) for line in text.splitlines()]
        kinds = {entry["kind"] for entry in entries}
        assert kinds >= {"sign_in", "sign_in_refused", "sign_out", "denied", "token_refused", "action"}
        assert secret not in text and PASSWORD not in text and OPERATOR_PASSWORD not in text
        assert any(entry["kind"] == "sign_in_refused" and entry.get("name") == OPERATOR for entry in entries)
        rows = list(csv.DictReader(io.StringIO(admin.get("/api/audit", params={"format": "csv", "limit": "10000"}).text)))
        assert len(rows) >= len(entries) and rows[0].keys() >= {"number", "time", "kind", "name", "hash"}
        # Pages follow each other without a gap.
        first = admin.get("/api/audit", params={"limit": "2"})
        second = admin.get(re.search("<([^>]+)>", first.headers["link"])[1])
        numbers = [entry["number"] for answer in (first, second) for entry in answer.json()["entries"]]
        assert numbers == sorted(numbers, reverse=True) and numbers[0] - numbers[-1] == len(numbers) - 1
        assert admin.get("/api/audit", params={"kind": "nonsense"}).status_code == 400
        assert admin.post("/api/audit").status_code == 405


def test_the_record_verifies_on_the_page_and_on_the_command_line(team, page):
    sign_in(page, team.address + "/audit", USER, PASSWORD)
    page.get_by_role("link", name="Verify the record").click()
    notice = page.get_by_role("status").filter(has_text="whole")
    notice.wait_for()
    head = notice.locator("code").inner_text()
    assert command(team, "audit", "verify").returncode == 0
    proven = command(team, "audit", "verify", f"--head={head}")
    assert proven.returncode == 0 and "is whole" in proven.stdout
    page.select_option('select[name="kind"]', "sign_in")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**kind=sign_in**")
    assert all("signed in" in row for row in page.locator("table.audit tbody tr").all_inner_texts())
    assert page.complaints == []


def test_a_changed_record_is_found(team, tmp_path):
    assert command(team, "audit", "export", "--format=csv").stdout.startswith("number,time,kind")
    copy = tmp_path / "audit.sqlite"
    with sqlite3.connect(f"file:{team.state}/gateway/audit.sqlite?mode=ro", uri=True) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    assert command(team, "audit", "verify", f"--file={copy}").returncode == 0
    with sqlite3.connect(copy) as database:
        number, = database.execute("SELECT max(number) - 1 FROM entries").fetchone()
        database.execute("UPDATE entries SET client = '203.0.113.1' WHERE number = ?", (number,))
    found = command(team, "audit", "verify", f"--file={copy}")
    assert found.returncode == 1 and f"entry {number}" in found.stderr


@pytest.fixture(scope="module")
def pair(directory, processes, core):
    """Two gateways with one Redis for sessions."""
    redis = RedisServer(directory / "sessions-redis")
    processes.append(redis)
    key = directory / "session.key"
    key.write_text("k" * 40 + "\n")
    key.chmod(0o600)
    gateways = [
        Gateway(directory / f"pair-{number}", core, basic_auth=f"{USER}:{PASSWORD}", session_store=redis.url, session_key_file=key)
        for number in (1, 2)]
    processes.extend(gateways)
    for gateway in gateways:
        gateway.redis = redis
        gateway.wait_until_listening()
    return gateways


class TestTwoGateways:
    def cookies(self, gateway) -> dict:
        with gateway.client(auth=None) as client:
            signed_in(client)
            return dict(client.cookies)

    def test_a_session_is_good_at_both_and_its_end_too(self, pair):
        one, other = pair
        cookies = self.cookies(one)
        with one.client(auth=None, cookies=cookies) as here, other.client(auth=None, cookies=cookies) as there:
            assert here.get("/api/workers").status_code == 200
            assert there.get("/api/workers").status_code == 200
            page = here.get("/access/sessions", headers=HTML)
            answer = here.post("/logout", headers={"Origin": one.address}, data={"_csrf": csrf(page.text)})
            assert answer.status_code == 200
            ended = time.monotonic()
            until(lambda: there.get("/api/workers").status_code == 401, seconds=5, what="refused at the other")
            assert time.monotonic() - ended < 1
            assert here.get("/api/workers").status_code == 401

    def test_a_token_is_good_at_both_until_it_is_revoked_at_one(self, pair):
        one, other = pair
        with one.client() as admin, other.client(auth=None) as there:
            signed_in(admin)
            page = admin.get("/access/tokens", headers=HTML)
            made = admin.post("/access/tokens/create", headers={"Origin": one.address}, data={
                "_csrf": csrf(page.text), "name": "shared", "role": "viewer", "days": "7", "scope_read": "1"})
            token = re.search(r"calyx_[\w-]{43}", made.text)[0]
            bearer = {"Authorization": f"Bearer {token}"}
            until(lambda: there.get("/api/workers", headers=bearer).status_code == 200, seconds=5, what="known at the other")
            ended = command(one, "token", "revoke", "shared", f"--session_store={one.redis.url}",
                            f"--session_key_file={one.state.parent.parent / 'session.key'}")
            assert ended.returncode == 0, ended.stderr
            until(lambda: there.get("/api/workers", headers=bearer).status_code == 401, seconds=5, what="refused at the other")

    def test_while_redis_is_away_a_session_is_neither_good_nor_lost(self, pair):
        one, _ = pair
        cookies = self.cookies(one)
        with one.client(auth=None, cookies=cookies) as client:
            assert client.get("/api/workers").status_code == 200
            one.redis.process.stop()
            until(lambda: client.get("/api/workers").status_code == 503, seconds=10, what="503 while Redis is away")
            answer = client.get("/api/workers")
            assert answer.headers["retry-after"] and "set-cookie" not in answer.headers
            assert client.get("/api/workers", auth=(USER, PASSWORD)).status_code in (200, 503)
            one.redis.start()
            # Redis kept nothing on disk, so the session is gone now; signing in works again.
            until(lambda: client.get("/api/workers").status_code == 401, seconds=15, what="Redis answers again")
        self.cookies(one)

    def test_several_gateways_need_the_same_key(self, tmp_path):
        ended = run_calyx("gateway", "--session_store=redis://127.0.0.1:1/0", f"--state_dir={tmp_path}", f"--port={free_port()}")
        assert ended.returncode == 2 and "session_key_file" in ended.stderr and "openssl rand" in ended.stderr
