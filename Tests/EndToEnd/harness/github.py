"""A stand-in for GitHub Enterprise Server: the endpoints that signing in uses, as GitHub documents them.

Codes are good once. Errors of the token endpoint come with HTTP 200. PKCE is checked when a challenge was sent. The API
wants a bearer token and a User-Agent.
"""

import base64
import dataclasses
import hashlib
import json
import secrets
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclasses.dataclass
class Person:
    """Who is signed in at GitHub in this browser."""

    id: int
    login: str
    emails: list[dict]
    name: str | None = None
    organisations: set[str] = dataclasses.field(default_factory=set)
    """Of which the person is an active member."""
    teams: set[str] = dataclasses.field(default_factory=set)
    """As `organisation/team`."""

    @staticmethod
    def with_email(address: str, *, verified: bool = True, id: int = 4711, login: str = "ada") -> "Person":
        email = {"email": address, "primary": True, "verified": verified, "visibility": "private"}
        return Person(id=id, login=login, emails=[email])


@dataclasses.dataclass
class Grant:
    person: Person
    redirect_uri: str
    challenge: str | None
    scope: str


class GitHub:
    CLIENT_ID, CLIENT_SECRET = "Iv1.e2e", "github-client-secret-of-the-tests"

    def __init__(self):
        self.person: Person | None = None
        self.denies = False
        self.token_error: str | None = None
        self.callbacks: set[str] = set()
        self.seen: list[tuple[str, dict]] = []
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Person] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def reset(self, person: Person | None):
        self.person, self.denies, self.token_error, self.seen = person, False, None, []

    def arrives(self, person: Person):
        """Somebody else sits at the browser; what was heard so far stays."""
        self.person, self.denies, self.token_error = person, False, None

    def revoke_tokens(self):
        """What a person does under Settings, Applications: every access token is worth nothing from now on."""
        self._tokens.clear()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    # The endpoints. Each returns status, headers and a body.

    def authorize(self, query: dict):
        if query.get("client_id") != self.CLIENT_ID:
            return 404, {}, "Not Found"
        redirect = query.get("redirect_uri", "")
        answer = {"state": query.get("state", "")}
        if redirect not in self.callbacks:
            redirect = sorted(self.callbacks)[0]
            answer |= {
                "error": "redirect_uri_mismatch",
                "error_description": "The redirect_uri MUST match the registered callback URL for this application.",
            }
        elif self.denies or self.person is None:
            answer |= {"error": "access_denied", "error_description": "The user has denied your application access."}
        else:
            if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
                return 400, {}, "Only S256 is supported"
            code = secrets.token_hex(10)
            self._codes[code] = Grant(self.person, redirect, query.get("code_challenge"), query.get("scope", ""))
            answer["code"] = code
        return 302, {"Location": redirect + "?" + urllib.parse.urlencode(answer)}, ""

    def access_token(self, form: dict):
        def refuse(error: str, description: str):
            return 200, {}, {
                "error": error, "error_description": description,
                "error_uri": "https://docs.github.com/apps/troubleshooting#" + error.replace("_", "-"),
            }

        if self.token_error:
            return refuse(self.token_error, "The request could not be served.")
        if (form.get("client_id"), form.get("client_secret")) != (self.CLIENT_ID, self.CLIENT_SECRET):
            return refuse("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
        grant = self._codes.pop(form.get("code", ""), None)
        if grant is None:
            return refuse("bad_verification_code", "The code passed is incorrect or expired.")
        if form.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            return refuse("redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL.")
        if grant.challenge:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != grant.challenge:
                return refuse("bad_verification_code", "The code passed is incorrect or expired.")
        token = "gho_" + secrets.token_hex(18)
        self._tokens[token] = grant.person
        return 200, {}, {"access_token": token, "scope": grant.scope.replace(" ", ","), "token_type": "bearer"}

    def api(self, path: str, headers):
        if not headers.get("User-Agent"):
            return 403, {}, {"message": "Request forbidden by administrative rules."}
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        person = self._tokens.get(token) if scheme.lower() in ("bearer", "token") else None
        if person is None:
            return 401, {}, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
        if path == "/user":
            return 200, {}, {"id": person.id, "login": person.login, "name": person.name, "email": None,
                             "type": "User", "site_admin": False}
        if path == "/user/emails":
            return 200, {}, person.emails
        if path == "/user/teams":
            return 200, {}, [{"slug": slug, "organization": {"login": organisation}}
                             for organisation, slug in (team.split("/") for team in sorted(person.teams))]
        if path.startswith("/user/memberships/orgs/"):
            is_member = path.removeprefix("/user/memberships/orgs/") in person.organisations
            return (200, {}, {"state": "active", "role": "member"}) if is_member else (404, {}, {"message": "Not Found"})
        return 404, {}, {"message": "Not Found"}

    def _handler(self):
        github = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                query = dict(urllib.parse.parse_qsl(url.query))
                github.seen.append((url.path, query))
                if url.path == "/login/oauth/authorize":
                    self._answer(*github.authorize(query))
                elif url.path.startswith("/api/v3/"):
                    self._answer(*github.api(url.path.removeprefix("/api/v3"), self.headers))
                else:
                    self._answer(404, {}, "Not Found")

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                github.seen.append((self.path, form))
                if self.path == "/login/oauth/access_token":
                    status, headers, body = github.access_token(form)
                    if "application/json" not in self.headers.get("Accept", ""):
                        headers, body = {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(body)
                    self._answer(status, headers, body)
                else:
                    self._answer(404, {}, "Not Found")

            def _answer(self, status: int, headers: dict, body):
                kind = "text/html; charset=utf-8"
                if not isinstance(body, str):
                    kind, body = "application/json; charset=utf-8", json.dumps(body)
                data = body.encode()
                self.send_response(status)
                for name, value in {"Content-Type": kind, **headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        return Handler
