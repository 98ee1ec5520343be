"""The words of `must_not`, each with the one assertion that it stands for."""

import base64
import dataclasses
import json
import pathlib
import re
import urllib.parse

from .corpus import Attack, CorpusError
from .recording_core import Recorded
from .target import PREFIX, USER, Target
from .wire import Answer


@dataclasses.dataclass
class Observation:
    """What one run of one entry showed."""

    attack: Attack
    target: Target
    values: object
    messages: list[str]
    answers: list[Answer]
    """To the messages, in their order."""
    extra: list[Answer]
    """Answers that nobody asked for, or, with one message that holds two requests, the second one's."""
    probe: Answer | None
    """To a clean request that was sent afterwards on the same connection."""
    not_http: str | None
    is_closed: bool
    elapsed: float
    upstream: list[Recorded]
    provider: list[tuple[str, dict]]
    log_start: int
    memory_growth: int
    source: str

    @property
    def judged(self) -> Answer | None:
        return self.answers[-1] if self.answers else None

    @property
    def all_answers(self) -> list[Answer]:
        return self.answers + self.extra

    def log(self) -> str:
        """What the gateway logged since; waits until the record of the last answer is written."""
        from harness.polling import until

        ids = [id for answer in self.answers if (id := answer.value("x-request-id"))]

        def logged():
            text = self.target.gateway.output[self.log_start:]
            return all(id in text for id in ids) and (text + " ")

        return until(logged, what="the request is in the log").strip()

    def records(self) -> list[dict]:
        """The log's lines as objects; an empty one for each that is none."""
        records = []
        for line in self.log().split("\n"):
            try:
                record = json.loads(line)
            except ValueError:
                record = {}
            records.append(record if isinstance(record, dict) else {})
        return records


def check(word: str, observation: Observation) -> str | None:
    """None when what the word forbids did not happen, else what was seen."""
    name, argument = _parse(word)
    return _CHECKS[name](observation, argument)


def require_known(word: str):
    _parse(word)


def _parse(word: str) -> tuple[str, str]:
    if word in _CHECKS:
        return word, ""
    for separator in (":", ">"):
        name, found, argument = word.partition(separator)
        if found and name + separator in _CHECKS:
            return name + separator, argument
    raise CorpusError(f"unknown must_not word {word!r}")


def _seen(found, what: str) -> str | None:
    return f"{what}: {found!r}" if found else None


def _status(seen: Observation, wanted: str):
    statuses = [answer.status for answer in seen.answers]
    if wanted.endswith("xx"):
        return _seen([status for status in statuses if str(status)[0] == wanted[0]], "status")
    return _seen([status for status in statuses if str(status) == wanted], "status")


def _upstream_request(seen: Observation, _):
    return _seen([f"{request.method} {request.target}" for request in seen.upstream], "reached the core")


def _more_upstream(seen: Observation, count: str):
    return _seen(len(seen.upstream) > int(count) and len(seen.upstream), "requests reached the core")


def _smuggled(seen: Observation, _):
    sent = len(seen.messages)
    if len(seen.extra) > 0:
        return f"{len(seen.answers) + len(seen.extra)} answers to {sent} requests"
    if len(seen.upstream) > sent:
        return f"{len(seen.upstream)} requests reached the core for {sent}"
    return _seen([request.target for request in seen.upstream if "smuggled" in request.target], "reached the core")


def _reused(seen: Observation, _):
    refused = seen.judged is not None and seen.judged.status >= 400
    return _seen(refused and seen.probe and seen.probe.status, "the connection took another request after an error")


_WRITTEN_BY_GATEWAY = ("transfer-encoding", "content-length", "host", "connection")


def _upstream_header(seen: Observation, argument: str):
    name, _, value = argument.partition("=")
    found = [text for request in seen.upstream for text in request.values(name)]
    if value:
        return _seen([text for text in found if value in text], f"{name} reached the core")
    if name in _WRITTEN_BY_GATEWAY:
        sent = re.findall(rf"(?im)^{re.escape(name)}\s*:\s*([^\r\n]*)", "\n".join(seen.messages))
        found = [text for text in found if text in sent and text.lower() != "chunked"]
    return _seen(found, f"{name} reached the core")


def _upstream_value(seen: Observation, value: str):
    return _seen([(name, text) for request in seen.upstream for name, text in request.fields if value in text],
                 "reached the core")


_OTHER_NAMES = {"x-calyx-assertion": "calyx-assertion"}


def _upstream_missing(seen: Observation, name: str):
    own = _OTHER_NAMES.get(name, name)
    return _seen([request.target for request in seen.upstream if len(request.values(own)) != 1],
                 f"without exactly one {own} at the core")


def _session_leaks(seen: Observation, _):
    cookie = seen.target.cookie_name
    return _seen([text for request in seen.upstream for text in request.values("cookie") if cookie in text],
                 "the session cookie reached the core")


def _body(seen: Observation, text: str):
    return _seen([answer.status for answer in seen.all_answers if text in answer.text], f"{text!r} in the body of")


def _header(seen: Observation, text: str):
    return _seen([line for answer in seen.all_answers for line in answer.head_text.split("\n")
                  if text.lower() in line.lower()], "header")


def _missing_header(seen: Observation, name: str):
    return _seen([answer.status for answer in seen.answers if answer.value(name) is None], f"no {name} on")


def _header_equals(seen: Observation, argument: str):
    name, _, value = argument.partition("=")
    return _seen([answer.status for answer in seen.all_answers if value in answer.values(name)], f"{argument} on")


def _header_present(seen: Observation, name: str):
    return _seen([answer.value(name) for answer in seen.all_answers if answer.value(name)], name)


def _crlf(seen: Observation, _):
    planted = [value for answer in seen.all_answers for value in answer.values("set-cookie") if "EVIL" in value]
    return seen.not_http or _seen(planted, "a header was planted")


def off_site(location: str, base: str) -> bool:
    """Whether a browser at `base` would leave its origin. As the WHATWG URL parser reads it: tabs and line ends vanish,
    backslashes are slashes, blanks and control bytes at the ends are nothing, any number of slashes begins an authority."""
    text = location.strip("".join(map(chr, range(0x21))))
    text = re.sub(r"[\t\r\n]", "", text)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.\-]*):", text)
    own = urllib.parse.urlsplit(base)
    if scheme:
        if scheme[1].lower() not in ("http", "https"):
            return True
        rest = text[scheme.end():].replace("\\", "/")
        if scheme[1].lower() == own.scheme and not rest.startswith("//"):
            return rest.startswith("/") and off_site(rest, base)
        return (scheme[1].lower(), rest.lstrip("/").split("/")[0].split("?")[0].split("#")[0].lower()) != (
            own.scheme, own.netloc.lower())
    text = text.replace("\\", "/")
    if text.startswith("//"):
        return text.lstrip("/").split("/")[0].split("?")[0].split("#")[0].lower() != own.netloc.lower()
    return False


def _off_site(seen: Observation, _):
    return _seen([place for answer in seen.all_answers for place in answer.values("location")
                  if off_site(place, seen.target.address)], "Location")


def _off_site_after_login(seen: Observation, _):
    answer = seen.judged
    for _ in range(3):
        if answer is None:
            return None
        place = answer.value("location")
        if place is not None:
            if off_site(place, seen.target.address):
                return f"Location: {place!r}"
            if not place.startswith(f"{PREFIX}/login"):
                return None
            answer = seen.target.ask(place, fields={"Accept": "text/html"})
        elif answer.status == 200 and "<form" in answer.text:
            answer = seen.target.sign_in(answer)
        else:
            return None
    return None


def _session_cookie(seen: Observation, _):
    pairs = [f"{name}={value}" for answer in seen.all_answers for name, value in answer.cookies().items()
             if name == seen.target.cookie_name and value]
    return _seen([pair for pair in pairs if seen.target.is_let_in(pair)], "a usable session was issued")


def _cookie_attribute(seen: Observation, attribute: str, *, wanted: bool):
    cookies = [value for answer in seen.answers for value in answer.values("set-cookie")]
    if not cookies:
        return "no cookie was set"
    parts = [[part.strip().lower() for part in value.split(";")[1:]] for value in cookies]
    has = [any(part == attribute.lower() or part.startswith(attribute.lower() + "=") for part in each) for each in parts]
    return _seen([value for value, is_there in zip(cookies, has) if is_there != wanted], "Set-Cookie")


def _cookie_prefix(seen: Observation, prefix: str):
    return _seen([value for answer in seen.answers for value in answer.values("set-cookie")
                  if not value.startswith(prefix)], "Set-Cookie")


def _core_cookie(seen: Observation, name: str):
    return _seen([value for answer in seen.all_answers for value in answer.values("set-cookie")
                  if value.startswith(name) and "EVIL" in value], "a cookie of the core came through")


def _token_request(seen: Observation, _):
    return _seen([path for path, _ in seen.provider if path.endswith("/access_token")], "the provider was asked")


def _location_query(seen: Observation) -> list[tuple[str, str]]:
    places = [place for answer in seen.answers for place in answer.values("location")]
    return [pair for place in places for pair in urllib.parse.parse_qsl(urllib.parse.urlsplit(place).query)]


def _query_has(seen: Observation, text: str):
    return _seen([pair for pair in _location_query(seen) if text in "".join(pair)], "query of Location")


def _query_not(seen: Observation, argument: str):
    name, _, value = argument.partition("=")
    given = [text for key, text in _location_query(seen) if key == name]
    return None if given == [value] else f"{name} of Location is {given!r}"


def _flow_cleared(seen: Observation, _):
    return _seen([value for answer in seen.answers for value in answer.values("set-cookie")
                  if value.startswith(seen.target.flow_cookie_name) and "max-age=0" in value.lower()], "Set-Cookie")


def _other_principal(seen: Observation, _):
    payloads = []
    for request in seen.upstream:
        parts = (request.values("calyx-assertion") or ["..."])[0].split(".")
        payloads.append(base64.urlsafe_b64decode(parts[2] + "=" * (-len(parts[2]) % 4)))
    return _seen([payload for payload in payloads if USER.encode() not in payload], "the core heard of somebody else")


def _second_authenticated(seen: Observation, _):
    return _seen([answer.status for answer in seen.extra if answer.status == 200], "the second request was answered")


def _early_data(seen: Observation, _):
    message = "POST" + seen.messages[0].removeprefix("GET")
    with seen.target.connect() as wire:
        wire.send(message.replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n"))
        answer = wire.answer()
    return None if answer and answer.status == 425 else f"POST with Early-Data: {answer and answer.status}"


def _session_dropped(seen: Observation, _):
    return None if seen.target.is_let_in(seen.values["COOKIE"]) else "the session is gone"


def _policy_has(seen: Observation, text: str):
    return _seen([answer.value("content-security-policy") for answer in seen.answers
                  if text in (answer.value("content-security-policy") or "")], "policy")


def _content_type_not(seen: Observation, kind: str):
    return _seen([answer.value("content-type") for answer in seen.answers if answer.status == 200
                  and not (answer.value("content-type") or "").startswith(kind)], "content type")


def _cache_control_missing(seen: Observation, word: str):
    return _seen([answer.status for answer in seen.answers if word not in (answer.value("cache-control") or "")],
                 f"no {word} on")


def _log_injected(seen: Observation, _):
    return _seen([record for record in seen.records() if not {"time", "level", "logger"} <= set(record)], "log record")


def _log_contains(seen: Observation, text: str):
    return _seen([line for line in seen.log().split("\n") if text in line], "log line")


def _client_seen_as(seen: Observation, address: str):
    clients = {record.get("client") for record in seen.records() if record.get("client")}
    if not clients:
        return "the log names no client"
    return _seen(address in clients and clients, "client in the log")


def _process_exit(seen: Observation, _):
    return None if seen.target.gateway.is_alive else "the gateway has ended"


def _memory(seen: Observation, argument: str):
    limit = int(argument.removesuffix("MB")) * 1024 * 1024
    return _seen(seen.memory_growth > limit and seen.memory_growth, "resident bytes more than before")


def _hang(seen: Observation, argument: str):
    limit = float(argument.removesuffix("s"))
    return _seen(seen.elapsed > min(limit, 4) and seen.elapsed, "seconds until an answer")


def _outbound(seen: Observation, _):
    return _seen(foreign_sockets(seen.target.gateway.pid), "the gateway talks to")


def foreign_sockets(pid: int) -> list[str]:
    """Remote addresses outside this machine that a process has sockets to, in the kernel's notation."""
    inodes = set()
    for entry in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            link = str(entry.readlink())
        except FileNotFoundError:
            continue
        if link.startswith("socket:["):
            inodes.add(link[8:-1])
    local = re.compile("(?:0{8}|[0-9A-F]{6}7F|0{32}|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F):")
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text().split("\n")[1:]:
            parts = line.split()
            if len(parts) > 9 and parts[9] in inodes and not local.match(parts[2]):
                found.append(parts[2])
    return found


def _trailers(seen: Observation, _):
    return _seen([request.trailers for request in seen.upstream if request.trailers], "trailers reached the core")


_CHECKS = {
    "body_contains:": _body,
    "cache_control_missing:": _cache_control_missing,
    "client_ip_seen_as:": _client_seen_as,
    "content_type_not:": _content_type_not,
    "csp_has:": _policy_has,
    "flow_cookie_cleared_of_other_flow": _flow_cleared,
    "hang>": _hang,
    "header:": _header_equals,
    "header_contains:": _header,
    "header_contains_crlf": _crlf,
    "header_present:": _header_present,
    "idp_token_request": _token_request,
    "location_offsite": _off_site,
    "location_offsite_after_login": _off_site_after_login,
    "location_query_has:": _query_has,
    "location_query_not:": _query_not,
    "log_contains:": _log_contains,
    "log_line_injected": _log_injected,
    "missing_header:": _missing_header,
    "outbound_request:": _outbound,
    "process_exit": _process_exit,
    "response_header:": _header_present,
    "reuse_connection_after_error": _reused,
    "rss_growth>": _memory,
    "second_response_authenticated": _second_authenticated,
    "session_dropped": _session_dropped,
    "session_of:": _other_principal,
    "set_cookie_any": lambda seen, _: _header_present(seen, "set-cookie"),
    "set_cookie_from_core:": _core_cookie,
    "set_cookie_has:": lambda seen, attribute: _cookie_attribute(seen, attribute, wanted=False),
    "set_cookie_missing:": lambda seen, attribute: _cookie_attribute(seen, attribute, wanted=True),
    "set_cookie_prefix_not:": _cookie_prefix,
    "set_cookie_session": _session_cookie,
    "smuggle:2nd_request": _smuggled,
    "state_changed": lambda seen, _: _seen(
        [request.target for request in seen.upstream if request.method not in ("GET", "HEAD", "OPTIONS")],
        "an unsafe request reached the core"),
    "status:": _status,
    "status:200_by_second": lambda seen, _: _status(seen, "200"),
    "status:425_missing_for_unsafe_methods": _early_data,
    "upstream_cookie:session": _session_leaks,
    "upstream_header:": _upstream_header,
    "upstream_header_value:": _upstream_value,
    "upstream_missing:": _upstream_missing,
    "upstream_path:": lambda seen, path: _seen(
        [request.target for request in seen.upstream if request.path == path], "reached the core"),
    "upstream_request": _upstream_request,
    "upstream_request>": _more_upstream,
    "upstream_trailer:any": _trailers,
}
