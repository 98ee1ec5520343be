"""What is attacked: an address, what stands behind it, and the values that the corpus's placeholders take there."""

import base64
import functools
import html
import json
import pathlib
import re
import secrets
import ssl
import subprocess
import urllib.parse

from harness.calyx import run_calyx
from harness.github import GitHub, Person
from harness.polling import until
from harness.process import Process

from .corpus import Attack
from .recording_core import RecordingCore
from .wire import Answer, Wire

PREFIX = "/flower"
USER, PASSWORD = "admin", "correct horse"
LONG_PASSWORD = "A" * 72 + "RIGHTTAIL"
USERS = {USER: PASSWORD, "colonuser": "pa:ss:word", "longuser": LONG_PASSWORD, "u" * 60: "right"}


class Target:
    """A way in to a gateway that stands before a recording core."""

    def __init__(self, name: str, *, address: str, core: RecordingCore, gateway: Process, github: GitHub,
                 tls: ssl.SSLContext | None = None, judges_status: bool = True, skips: tuple[str, ...] = ()):
        url = urllib.parse.urlsplit(address)
        self.name = name
        self.address, self.authority = address, url.netloc
        self.host, self.port = url.hostname, url.port
        self.core, self.gateway, self.github, self.tls = core, gateway, github, tls
        self.is_secure = url.scheme == "https"
        self.judges_status = judges_status
        """False behind another proxy, which refuses much in its own words before the gateway sees it."""
        self.authority_file: pathlib.Path | None = None
        """The certificate authority, in PEM, where there is TLS."""
        self.skips = skips
        """Entries that make no sense here."""

    @property
    def cookie_name(self) -> str:
        return ("__Host-calyx" if self.is_secure else "calyx") + PREFIX.replace("/", "-")

    @property
    def flow_cookie_name(self) -> str:
        return ("__Host-calyx-signin" if self.is_secure else "calyx-signin") + PREFIX.replace("/", "-")

    def takes(self, attack: Attack) -> bool:
        """Whether the runner can execute the entry here."""
        return attack.is_raw and attack.id not in self.skips and (self.is_secure or not attack.needs_tls)

    @property
    def public_path(self) -> str:
        return f"{PREFIX}/healthcheck"

    def connect(self, source: str | None = None, *, in_the_clear: bool = False) -> Wire:
        return Wire("127.0.0.1", self.port, tls=None if in_the_clear else self.tls, source=source)

    def ask(self, path: str, *, method: str = "GET", fields: dict | None = None, body: str = "",
            source: str | None = None) -> Answer | None:
        """One well-formed request on a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.authority}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in (fields or {}).items()]
        if body:
            lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        with self.connect(source) as wire:
            wire.send("\r\n".join(lines) + "\r\n\r\n" + body)
            return wire.answer(method=method)

    def api_token(self, revoked: bool = False) -> str:
        """A token of the gateway's that is good, or was. Waits until the gateway knows."""
        name = f"attack-{secrets.token_hex(4)}"
        state = f"--state_dir={self.gateway.state}"
        token = run_calyx("token", "create", f"--name={name}", "--role=admin", state).stdout.strip()
        self._await_token(token, 200)
        if revoked:
            run_calyx("token", "revoke", name, state)
            self._await_token(token, 401)
        return token

    def _await_token(self, token: str, status: int):
        def known() -> bool:
            answer = self.ask(f"{PREFIX}/api/workers", fields={"Authorization": f"Bearer {token}"})
            return answer is not None and answer.status == status

        until(known, what=f"the token is answered with {status}")

    def memory(self) -> int:
        """Resident bytes of the gateway."""
        return int(pathlib.Path(f"/proc/{self.gateway.pid}/statm").read_text().split()[1]) * 4096

    def is_let_in(self, cookie: str) -> bool:
        """Whether a `Cookie` field with this pair reaches the core."""
        answer = self.ask(f"{PREFIX}/api/workers", fields={"Cookie": cookie})
        return answer is not None and answer.status == 200

    def sign_in(self, form_page: Answer | None = None, source: str | None = None) -> Answer | None:
        """Sends the form of a sign-in page with the right password, as a browser would. The answer to it."""
        page = form_page or self.ask(f"{PREFIX}/login", fields={"Accept": "text/html"}, source=source)
        fields = hidden_fields(page.text) | {"username": USER, "password": PASSWORD}
        cookies = "; ".join(f"{name}={value}" for name, value in page.cookies().items())
        return self.ask(
            f"{PREFIX}/login", method="POST", body=urllib.parse.urlencode(fields), source=source,
            fields={"Cookie": cookies, "Origin": self.address, "Accept": "text/html"})


def hidden_fields(page: str) -> dict[str, str]:
    """The values that the first form of a page carries."""
    form = re.search(r"<form.*?</form>", page, re.DOTALL)
    inputs = re.findall(r"<input[^>]*>", form[0]) if form else []
    named = ((re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in inputs)
    return {name[1]: html.unescape(value[1]) for name, value in named if name and value}


class Values:
    """The placeholders for one run of one entry. Sessions and sign-ins are begun only when a placeholder asks for one."""

    def __init__(self, target: Target, source: str | None = None):
        self.target = target
        self.source = source

    def __getitem__(self, name: str) -> str:
        maker = self._MAKERS.get(name)
        if maker is None:
            raise KeyError(name)
        return maker(self)

    @functools.cached_property
    def session(self) -> str:
        answer = self.target.sign_in(source=self.source)
        value = answer.cookies().get(self.target.cookie_name) if answer else None
        if not value:
            raise RuntimeError(f"{self.target.name}: the sign-in answered {answer and answer.status} and no session")
        return value

    @property
    def cookie(self) -> str:
        return f"{self.target.cookie_name}={self.session}"

    def _csrf(self, cookie: str) -> str:
        page = self.target.ask(f"{PREFIX}/logout", fields={"Cookie": cookie, "Accept": "text/html"}, source=self.source)
        return hidden_fields(page.text)["_csrf"]

    @functools.cached_property
    def api_token(self) -> str:
        return self.target.api_token()

    @functools.cached_property
    def revoked_token(self) -> str:
        return self.target.api_token(revoked=True)

    @functools.cached_property
    def sign_in_form(self) -> tuple[str, str]:
        """A browser's cookie pair and the token of its sign-in form."""
        page = self.target.ask(f"{PREFIX}/login", fields={"Accept": "text/html"}, source=self.source)
        value = page.cookies()[self.target.flow_cookie_name]
        return f"{self.target.flow_cookie_name}={value}", hidden_fields(page.text)["form_token"]

    def _begin(self) -> tuple[str, str, str]:
        """A sign-in at the provider, begun and granted there: cookie pair, state, code."""
        self.target.github.person = Person.with_email("mallory@example.com", login="mallory")
        answer = self.target.ask(f"{PREFIX}/oauth2/start/github", source=self.source)
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.value("location")).query))
        granted = self.target.github.authorize(query)[1]["Location"]
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(granted).query))["code"]
        cookie = f"{self.target.flow_cookie_name}={answer.cookies()[self.target.flow_cookie_name]}"
        return cookie, query["state"], code

    @functools.cached_property
    def flow(self) -> tuple[str, str, str]:
        return self._begin()

    @functools.cached_property
    def other_flow(self) -> tuple[str, str, str]:
        return self._begin()

    def _foreign_token(self) -> str:
        def part(value: dict) -> str:
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

        claims = {"iss": "https://accounts.google.com", "aud": "another-client", "sub": "1", "email": "a@example.com"}
        return f"{part({'alg': 'RS256', 'kid': '1'})}.{part(claims)}.{secrets.token_urlsafe(256)}"

    _MAKERS = {
        "HOST": lambda self: self.target.authority,
        "HOSTNAME": lambda self: self.target.host,
        "PREFIX": lambda self: PREFIX,
        "LOCATION": lambda self: "/api/workers",
        "PUBLIC": lambda self: self.target.public_path,
        "LOGIN": lambda self: f"{PREFIX}/login",
        "LOGOUT": lambda self: f"{PREFIX}/logout",
        "START": lambda self: f"{PREFIX}/oauth2/start/github",
        "CALLBACK": lambda self: f"{PREFIX}/oauth2/callback/github",
        "CALLBACK_B": lambda self: f"{PREFIX}/oauth2/callback/gitlab",
        "CALLBACK_GOOGLE": lambda self: f"{PREFIX}/oauth2/callback/google",
        "CALLBACK_URL": lambda self: f"{self.target.address}{PREFIX}/oauth2/callback/github",
        "EVENTS": lambda self: f"{PREFIX}/live",
        "WS": lambda self: f"{PREFIX}/ws",
        "IDP": lambda self: self.target.github.address,
        "COOKIE": lambda self: self.cookie,
        "COOKIE_NAME": lambda self: self.target.cookie_name,
        "SESSION_VALUE": lambda self: self.session,
        "COOKIE_BITFLIP": lambda self: self.cookie[:-6] + ("A" if self.cookie[-6] != "A" else "B") + self.cookie[-5:],
        "CSRF": lambda self: self._csrf(self.cookie),
        "CSRF_OF_OTHER": lambda self: Values(self.target, self.source)["CSRF"],
        "FORM_COOKIE": lambda self: self.sign_in_form[0],
        "FORM_TOKEN": lambda self: self.sign_in_form[1],
        "FLOW_COOKIE": lambda self: self.flow[0],
        "FLOW_VALUE": lambda self: self.flow[0].partition("=")[2],
        "STATE": lambda self: self.flow[1],
        "STATE_OF_A": lambda self: self.flow[1],
        "CODE": lambda self: self.flow[2],
        "FLOW_COOKIE_A": lambda self: self.flow[0],
        "STATE_B": lambda self: self.other_flow[1],
        "USER": lambda self: USER,
        "PASS": lambda self: PASSWORD,
        "BASIC_OK": lambda self: base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
        "API_TOKEN": lambda self: self.api_token,
        "API_TOKEN_REVOKED": lambda self: self.revoked_token,
        "ID_TOKEN_OF_OTHER_CLIENT": lambda self: self._foreign_token(),
    }


NAMES = frozenset(Values._MAKERS)


class BareTarget(Target):
    """Something that passes everything on, to prove the runner with: no sign-in, no provider, the same core."""

    def __init__(self, address: str, core: RecordingCore, process: Process):
        super().__init__("a bare proxy_pass", address=address, core=core, gateway=process, github=None)

    def sign_in(self, form_page: Answer | None = None, source: str | None = None) -> Answer | None:
        return form_page

    def values(self) -> dict[str, str]:
        made = {name: f"{name.lower().replace('_', '-')}-value" for name in NAMES}
        real = Values(self)
        made |= {"API_TOKEN": "calyx_" + "A" * 43, "API_TOKEN_REVOKED": "calyx_" + "B" * 43}
        made |= {name: real[name] for name in (
            "HOST", "HOSTNAME", "PREFIX", "LOCATION", "PUBLIC", "LOGIN", "LOGOUT", "START", "CALLBACK", "CALLBACK_B",
            "CALLBACK_GOOGLE", "CALLBACK_URL", "EVENTS", "WS", "COOKIE_NAME", "USER", "PASS", "BASIC_OK")}
        made["COOKIE"] = f"{self.cookie_name}={made['SESSION_VALUE']}"
        made["FLOW_COOKIE"] = made["FLOW_COOKIE_A"] = f"{self.flow_cookie_name}={made['FLOW_VALUE']}"
        return made


def write_password_file(path: pathlib.Path) -> pathlib.Path:
    """`colonuser`, `longuser` and the user of sixty characters, with their passwords as SHA-512 crypt."""
    lines = []
    for name, password in list(USERS.items())[1:]:
        hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True)
        lines.append(f"{name}:{hashed.stdout.strip()}")
    path.write_text("\n".join(lines) + "\n")
    path.chmod(0o600)
    return path
