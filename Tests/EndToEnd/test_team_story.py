"""A team's first day, from the sign-in to the proof of what was done, as people live it in their browsers."""

import contextlib
import re
import time
import uuid

import pytest

from harness.calyx import PASSWORD, USER, Gateway, run_calyx
from harness.github import Person
from harness.pages import is_marked, mark, sign_in, sign_in_by_github, sign_out
from harness.polling import until
from harness.process import free_port
from test_sign_in import start_address

OLGA = Person.with_email("olga@example.com", id=1, login="olga")
OLGA.organisations, OLGA.teams = {"acme"}, {"acme/platform"}
VERA = Person.with_email("vera@example.com", id=2, login="vera")
VERA.organisations = {"acme"}
EVE = Person.with_email("eve@elsewhere.org", id=3, login="eve")
SASHA = Person.with_email("sasha@example.com", id=4, login="sasha")
SASHA.organisations = {"acme"}


@pytest.fixture(scope="module")
def team(directory, processes, core, github):
    """GitHub decides who is who; one password for who answers for it all."""
    port = free_port()
    home = directory / "story"
    home.mkdir()
    configuration = home / "calyx.yaml"
    configuration.write_text(f"""
external_url: http://127.0.0.1:{port}
basic_auth: "{USER}:{PASSWORD}"
providers:
  - type: github
    base_url: {github.address}
    key: {github.CLIENT_ID}
    secret: {github.CLIENT_SECRET}
access:
  - github_team: acme/platform
    role: operator
  - github_org: acme
    email: sasha@example.com
    role: operator
    tasks: [e2e.echo, e2e.hold]
    queues: [celery]
  - github_org: acme
    email: vera@example.com
    role: viewer
""")
    github.callbacks.add(f"http://127.0.0.1:{port}/oauth2/callback/github")
    gateway = Gateway(home, core, port=port, conf=configuration)
    processes.append(gateway)
    return gateway.wait_until_listening()


@pytest.fixture
def people(browser, directory):
    """Somebody's own browser, and pictures of what it shows."""
    with contextlib.ExitStack() as stack:
        def arrive(name: str, **options):
            context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
            stack.callback(context.close)
            context.set_default_timeout(10_000)
            page = context.new_page()
            page.complaints = []
            page.on("pageerror", lambda error: page.complaints.append(str(error)))

            def shot(of: str):
                folder = directory / "shots"
                folder.mkdir(exist_ok=True)
                for variant, scheme, width in [("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 390)]:
                    page.emulate_media(color_scheme=scheme)
                    page.set_viewport_size({"width": width, "height": 844})
                    page.screenshot(path=folder / f"{name}-{of}-{variant}.png")
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, of
                page.set_viewport_size({"width": 1280, "height": 900})
            page.shot = shot
            return page
        yield arrive


def arrives(people, team, github, person: Person, path: str = ""):
    github.arrives(person)
    page = people(person.login)
    sign_in_by_github(page, f"{team.address}/{path}")
    page.wait_for_url(team.address + "/**")
    page.wait_for_load_state()
    return page


def comes_back_to(page):
    """As to a page that the browser has kept."""
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")


def cookies_of(page) -> dict:
    return {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}


def test_a_team_signs_in_acts_and_is_told_on(team, people, github, tasks, redis_server, workers):
    key = f"hold-{uuid.uuid4()}"
    held = tasks.hold.delay(key)
    until(lambda: held.state == "STARTED", seconds=20, what="the task runs")

    # Who is in the team operates.
    olga = arrives(people, team, github, OLGA, f"task/{held.id}")
    assert "operator" in olga.locator("details.account").text_content()
    revoke = olga.get_by_role("button", name="Revoke", exact=True)
    revoke.click()
    olga.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    until(lambda: workers[0].node in olga.locator("#outcome").inner_text(), seconds=15, what="each worker's answer")

    # Who is only in the organisation reads, on the page and by the API.
    vera = arrives(people, team, github, VERA, f"task/{held.id}")
    assert "viewer" in vera.locator("details.account").text_content()
    assert vera.get_by_role("button", name="Revoke").count() == 0
    assert "Your role is viewer" in vera.locator("main").inner_text()
    vera.shot("task")
    with team.client(auth=None, cookies=cookies_of(vera)) as client:
        token = vera.evaluate("document.body.dataset.csrf")
        refused = client.post("/api/task/revoke", data={"id": held.id}, headers={"Origin": team.address, "X-CSRF-Token": token})
        assert refused.status_code == 403
        assert "needs the role operator; you have viewer" in refused.json()["detail"]

    # Who is in neither is told why.
    eve = arrives(people, team, github, EVE)
    assert "You cannot sign in" in eve.locator("h1").inner_text()
    told = eve.locator("body").inner_text()
    assert "eve@elsewhere.org" in told and "rule" in told
    assert eve.locator("details.account").count() == 0
    eve.shot("refused")

    # An admin ends the operator's session; her open page notices, and keeps what it shows.
    olga.goto(f"{team.address}/tasks?search=needle")
    olga.locator('#truth[data-truth="live"]').wait_for()
    mark(olga)
    olga.fill("[data-search]", "half a word")
    olga.locator("h1").click()
    admin = people("admin")
    sign_in(admin, f"{team.address}/access/sessions?all=1", USER, PASSWORD)
    row = admin.locator("table.sessions tbody tr").filter(has_text="olga")
    admin.shot("sessions")
    row.get_by_role("button", name=re.compile("^End")).click()
    admin.get_by_role("status").filter(has_text="ended").wait_for()
    ended = time.monotonic()
    overlay = olga.get_by_role("alertdialog")
    overlay.wait_for(timeout=30_000)
    assert time.monotonic() - ended < 30
    assert "Your session has ended" in overlay.inner_text() and "ended on a sessions page" in overlay.inner_text()
    olga.shot("overlay")
    assert is_marked(olga) and olga.input_value("[data-search]") == "half a word"

    # The focus stays in it; Escape shows the page again, and the indicator brings the overlay back.
    for _ in range(6):
        olga.keyboard.press("Tab")
        assert olga.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#signed-out')")
    olga.keyboard.press("Escape")
    overlay.wait_for(state="detached")
    assert "Signed out" in olga.locator("#truth").inner_text()
    olga.locator("#truth").click()
    overlay.wait_for()

    # She signs in again in another tab, and the page goes on where it was.
    github.arrives(OLGA)
    with olga.context.expect_page() as opened:
        overlay.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_role("link", name=re.compile("github", re.I)).click()
    tab.wait_for_url(f"{team.address}/tasks?search=needle")
    tab.close()
    overlay.wait_for(state="detached", timeout=15_000)
    olga.locator('#truth[data-truth="live"]').wait_for()
    assert is_marked(olga) and olga.input_value("[data-search]") == "half a word"
    assert olga.evaluate("document.body.dataset.csrf") == olga.locator('input[name="_csrf"]').first.input_value()

    # Everything is in the record, and the record is whole.
    admin.goto(f"{team.address}/audit")
    record = admin.locator("table.audit").inner_text()
    for word in ("olga", "vera", "revoke", held.id, "signed in", "needs the role operator", "no access rule lets you in"):
        assert word in record, word
    admin.shot("audit")
    verified = run_calyx("audit", "verify", f"--state_dir={team.state}")
    assert verified.returncode == 0 and "is whole" in verified.stdout
    for page in (olga, vera, eve, admin):
        assert page.complaints == []
    redis_server.client.rpush(key, "the day is over")


def test_an_action_after_the_session_has_ended_says_so_and_works_once_signed_in(team, people, github, tasks, workers):
    github.arrives(OLGA)
    done = tasks.echo.delay("again")
    done.get(timeout=20)
    olga = arrives(people, team, github, OLGA, f"task/{done.id}")
    olga.locator('#truth[data-truth="live"]').wait_for()
    mark(olga)
    tab = olga.context.new_page()
    tab.goto(f"{team.address}/access/sessions")
    tab.get_by_role("button", name="End the session").first.click()
    tab.wait_for_url("**/login")
    again = olga.get_by_role("button", name="Run again", exact=True)
    again.click()
    olga.get_by_role("dialog").get_by_role("button", name="Run again").click()
    overlay = olga.get_by_role("alertdialog")
    overlay.wait_for()
    assert "nothing was done" in olga.locator("#outcome").text_content()
    tab.goto(f"{team.address}/login")
    tab.get_by_role("link", name=re.compile("github", re.I)).click()
    tab.locator("details.account").wait_for()
    overlay.wait_for(state="detached", timeout=15_000)
    again.click()
    olga.get_by_role("dialog").get_by_role("button", name="Run again").click()
    olga.locator("#outcome a").wait_for()
    assert is_marked(olga) and olga.complaints == []


def test_a_page_of_one_person_is_not_gone_on_with_by_another(team, people, github):
    olga = arrives(people, team, github, OLGA, "queues")
    olga.locator('#truth[data-truth="live"]').wait_for()
    mark(olga)
    tab = olga.context.new_page()
    tab.goto(f"{team.address}/access/sessions")
    tab.get_by_role("button", name="End the session").first.click()
    tab.wait_for_url("**/login")
    github.arrives(VERA)
    tab.get_by_role("link", name=re.compile("github", re.I)).click()
    tab.locator("details.account").wait_for()
    comes_back_to(olga)
    olga.locator(".account-name", has_text="vera").wait_for()
    assert not is_marked(olga)


def test_the_notice_leads_to_the_sign_in_under_a_prefix_and_back(nginx_kept, page, workers):
    address = start_address(nginx_kept) + "tasks?state=FAILURE"
    sign_in(page, address, USER, PASSWORD)
    page.locator('#truth[data-truth="live"]').wait_for()
    tab = page.context.new_page()
    tab.goto(start_address(nginx_kept) + "queues")
    sign_out(tab)
    comes_back_to(page)
    overlay = page.get_by_role("alertdialog")
    overlay.wait_for()
    assert "signed out in another tab" in overlay.inner_text()
    overlay.get_by_role("link", name="Sign in here").click()
    page.fill('input[name="username"]', USER)
    page.fill('input[name="password"]', PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(address)
    page.locator('#truth[data-truth="live"]').wait_for()
    assert [text for text in page.complaints if "401" not in text] == []


def test_who_is_limited_sees_what_is_theirs_and_no_way_to_the_rest(team, people, github, tasks, workers):
    word = uuid.uuid4().hex
    mine, other = tasks.echo.delay(f"mine {word}"), tasks.add.delay(1, 2)
    for result in (mine, other):
        result.get(timeout=20)
    sasha = arrives(people, team, github, SASHA)
    assert sasha.url == f"{team.address}/tasks", "the start is the first page that is theirs"
    assert sasha.locator("nav.tabs a").all_inner_texts() == ["Tasks", "Queues"]
    assert "Limited to tasks e2e.echo, e2e.hold and queues celery" in sasha.locator("details.account").text_content()
    row = sasha.locator(f'tr[data-key="{mine.id}"]')
    until(lambda: "Success" in row.inner_text(), what="their own task")
    assert row.locator('a[href*="/worker/"]').count() == 0 and "@e2e" in row.inner_text()
    assert sasha.locator("main").get_by_text("e2e.add").count() == 0
    sasha.shot("tasks")
    sasha.keyboard.press("g")
    sasha.keyboard.press("w")
    sasha.keyboard.press("g")
    sasha.keyboard.press("q")
    sasha.wait_for_url("**/queues")
    queues = sasha.locator("table.queues tbody").inner_text()
    assert "celery" in queues and "parked" not in queues
    assert sasha.locator('main a[href*="/worker"]').count() == 0
    sasha.shot("queues")

    sasha.goto(f"{team.address}/task/{mine.id}")
    assert sasha.get_by_role("button", name="Run again", exact=True).count() == 1
    assert sasha.locator('main a[href*="/worker"]').count() == 0
    sasha.goto(f"{team.address}/task/{other.id}")
    assert sasha.get_by_role("button", name="Revoke", exact=True).count() in (0, 1)
    assert "e2e.add" not in sasha.locator("main").inner_text()
    for path in ("workers", f"worker/{workers[0].node}"):
        answer = sasha.goto(f"{team.address}/{path}")
        assert answer.status == 403
        assert "limited to tasks e2e.echo" in sasha.locator("body").inner_text()
        assert sasha.locator('a[href$="/workers"]').count() == 0
    sasha.shot("closed")
    sasha.goto(f"{team.address}/no-such-page")
    assert sasha.locator('a[href$="/workers"]').count() == 0
    with team.client(auth=None, cookies=cookies_of(sasha)) as client:
        assert client.get("/api/workers").status_code == 403
        assert client.get("/metrics").status_code == 403
        assert other.id not in client.get("/api/tasks").json()
    assert [text for text in sasha.complaints if "403" not in text and "404" not in text] == []
