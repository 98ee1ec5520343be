"""Several providers on one sign-in page: one that nobody here wrote (oidc-provider-mock), and one that does not answer."""

import httpx
import pytest
from oidc_provider_mock import User, run_server_in_thread

from harness.calyx import Gateway, free_port, run_calyx
from test_sign_in import HTML, start_address

USERS = [
    User(sub="ann", claims={"email": "ann@example.com", "email_verified": True, "groups": ["ops"], "name": "Ann"}),
    User(sub="bob", claims={"email": "bob@example.com", "email_verified": True, "groups": ["dev"], "name": "Bob"}),
    User(sub="eve", claims={"email": "eve@elsewhere.org", "email_verified": True, "groups": ["ops2"], "name": "Eve"}),
    User(sub="mal", claims={"email": "mal@example.com", "email_verified": False, "name": "Mal"}),
]


@pytest.fixture(scope="module")
def issuer():
    with run_server_in_thread(require_nonce=True, user_claims=USERS) as server:
        yield f"http://localhost:{server.server_port}"


def configuration(issuer: str, port: int) -> str:
    return f"""
external_url: http://127.0.0.1:{port}
basic_auth: admin:correct-horse
providers:
  - type: oidc
    id: corp
    name: Corporate sign-in
    issuer: {issuer}
    key: calyx
    secret: s3cret
  - type: oidc
    id: gone
    name: Another company
    issuer: http://127.0.0.1:{free_port()}
    key: calyx
    secret: s3cret
access:
  - provider: corp
    oidc_group: ops
    role: operator
  - email_domain: example.com
    role: viewer
"""


@pytest.fixture(scope="module")
def team(directory, processes, core, issuer):
    port = free_port()
    file = directory / "providers.yaml"
    file.write_text(configuration(issuer, port))
    gateway = Gateway(directory / "providers", core, port=port, conf=file)
    processes.append(gateway)
    gateway.conf = file
    return gateway.wait_until_listening()


@pytest.fixture
def shots(page, directory):
    """Pictures of a page as people see it: light, dark and on a phone; nothing may stick out."""
    def take(name: str):
        folder = directory / "shots"
        folder.mkdir(exist_ok=True)
        for variant, scheme, width in [("light", "light", 1280), ("dark", "dark", 1280), ("phone", "light", 390)]:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 844})
            page.screenshot(path=folder / f"{name}-{variant}.png")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size({"width": 1280, "height": 900})
    return take


def sign_in_as(page, gateway, subject: str, then: str = ""):
    page.goto(start_address(gateway) + then)
    page.get_by_role("link", name="Continue with Corporate sign-in").click()
    page.get_by_role("button", name=subject, exact=True).first.click()
    page.wait_for_url(lambda url: url.startswith(gateway.address))
    page.wait_for_load_state()


@pytest.mark.parametrize("subject, role", [("ann", "operator"), ("bob", "viewer")])
def test_a_person_gets_the_role_of_the_rule(team, page, workers, subject, role):
    sign_in_as(page, team, subject, "tasks")
    assert page.url.endswith("/tasks")
    assert role in page.locator("details.account").text_content()


def test_an_outsider_is_told_why_and_what_to_add(team, page, shots):
    sign_in_as(page, team, "eve")
    text = page.locator("body").inner_text()
    assert "no access rule lets you in" in text
    assert "eve@elsewhere.org" in text and 'email=eve@elsewhere.org role=viewer' in text
    assert page.locator("details.account").count() == 0
    shots("refused")


def test_an_address_that_is_not_verified_lets_nobody_in(team, page):
    sign_in_as(page, team, "mal")
    assert "no e-mail address of yours is verified" in page.locator("body").inner_text()


def test_a_provider_that_is_down_is_said_and_the_other_ways_work(team, page, shots):
    page.goto(start_address(team))
    shots("sign-in")
    page.get_by_role("link", name="Continue with Another company").click()
    page.wait_for_load_state()
    assert "Another company cannot be reached" in page.locator("[role=alert]").inner_text()
    shots("provider-down")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("correct-horse")
    page.get_by_role("button", name="Sign in").click()
    page.locator("details.account").wait_for()


def test_an_answer_of_one_provider_is_not_taken_at_anothers_address(team, issuer):
    with team.client(auth=None) as visitor:
        there = visitor.get("/oauth2/start/corp", headers=HTML).headers["Location"]
        back = httpx.post(there, data={"sub": "ann"}).headers["Location"]
        assert visitor.get(back.replace("/callback/corp", "/callback/gone"), headers=HTML).status_code == 400
        assert visitor.get(back, headers=HTML).status_code == 400, "the state was taken"
        assert visitor.get("/api/workers").status_code == 401


@pytest.mark.parametrize("who, expected", [
    ("ann@example.com", ["viewer", "would give operator to whoever has the group ops", "item 2"]),
    ("eve@elsewhere.org", ["depends on what the provider tells", "does not fit: it asks for a verified address"]),
    ("admin", ["password: admin"]),
])
def test_check_explains_a_decision(team, who, expected):
    ended = run_calyx("check", f"--conf={team.conf}", f"--user={who}", f"--state_dir={team.state}")
    assert ended.returncode == 0, ended.stderr
    for text in expected:
        assert text in ended.stdout


@pytest.mark.parametrize("rule, reason", [
    ("provider=corp role=viewer", "everybody"), ("email_domain=gmail.com role=viewer", "everybody"),
    ("email=*@example.com role=viewer", "not an e-mail address"), ("github_org=acme role=viewer", "no provider"),
    ("email=a@x.org", "the role is missing"), ("oidc_group=ops role=viewer", "several providers could be meant"),
    ("provider=crop oidc_group=ops role=viewer", "did you mean corp?"),
])
def test_a_rule_that_cannot_be_meant_is_refused_at_the_start(team, rule, reason):
    ended = run_calyx("check", f"--conf={team.conf}", f"--access={rule}", f"--state_dir={team.state}")
    assert ended.returncode == 2 and reason in ended.stderr + ended.stdout
