"""A second opinion on HTTP/1.1 requests, written from the RFCs alone (9110, 9112, 3986) and strict about all of them.

Reads lines of JSON: the bytes that a connection sent, and the requests that the gateway accepted of them, as it
understood them. Parses the bytes on its own, and prints how many requests agreed and the first ones that differ. h11
gives a third opinion where it is installed.
"""

import base64
import json
import re
import sys

try:
    import h11
except ImportError:
    h11 = None

TOKEN = rb"[!#$%&'*+\-.^`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[\x21-\x7e]*) HTTP/(1\.[01])\r\n")
FIELD = re.compile(rb"(" + TOKEN + rb"):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[ \t]*\r\n")
CHUNK = re.compile(rb"([0-9A-Fa-f]+)(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")
SEGMENT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*")
NAME = re.compile(r"[A-Za-z0-9.\-_]+")
UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
FORWARDED = {
    "accept", "accept-encoding", "accept-language", "cache-control", "content-type", "if-match", "if-modified-since",
    "if-none-match", "if-range", "last-event-id", "range", "user-agent"}


class Refused(Exception):
    pass


def need(condition, why: str):
    if not condition:
        raise Refused(why)


def parse(data: bytes, at: int) -> tuple[dict, int]:
    """The request that begins at `at`, and where it ends. Raises Refused for what is no strict HTTP/1.1."""
    line = REQUEST_LINE.match(data, at)
    need(line, "request line")
    method, target, version = (part.decode("ascii") for part in line.groups())
    need("#" not in target, "fragment")
    path, mark, query = target.partition("?")
    end, fields = line.end(), []
    while not data.startswith(b"\r\n", end):
        field = FIELD.match(data, end)
        need(field, "field")
        fields.append((field[1].decode("ascii").lower(), field[2]))
        end = field.end()
    end += 2
    need(len(fields) <= 100 and end - at <= 16384, "size of the head")
    request = {
        "method": method, "path": canonical(path), "query": query if mark else None,
        "fields": [(name, value) for name, value in fields if name in FORWARDED]}
    request["host"], request["port"] = host(values(fields, "host"))
    request["framing"], request["body"], end = body(data, end, fields, version)
    return request, end


def values(fields, name: str) -> list[bytes]:
    return [value for field, value in fields if field == name]


def canonical(path: str) -> str:
    """Unreserved characters decoded, escapes in capitals; what two programs could read differently is refused."""
    segments = path.split("/")[1:]
    made = []
    for number, segment in enumerate(segments):
        need(SEGMENT.fullmatch(segment), "characters of the path")
        need(segment or number == len(segments) - 1, "empty segment")
        raw = re.sub("%(..)", lambda escape: chr(int(escape[1], 16)), segment)
        need(not any(char in "/\\" or char < " " or char == "\x7f" for char in raw), "what is escaped")
        need(raw.partition(";")[0] not in (".", ".."), "dot segment")
        try:
            raw.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            raise Refused("UTF-8") from None
        made.append(re.sub("%(..)", lambda escape: chr(int(escape[1], 16)) if int(escape[1], 16) in UNRESERVED else escape[0].upper(),
                           segment))
    return "/" + "/".join(made)


def host(found: list[bytes]) -> tuple[str, int]:
    need(len(found) == 1, "one Host")
    text = found[0].decode("latin-1")
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-_]+)(?::([0-9]{1,5}))?", text)
    need(match, "Host")
    port = int(match[2]) if match[2] else 0
    need(not match[2] or 0 < port < 65536, "port")
    return match[1].lower(), port


def body(data: bytes, at: int, fields, version: str) -> tuple[str, bytes | None, int]:
    """How the body is framed, its bytes (None: not all are there), and where it ends."""
    lengths, codings = values(fields, "content-length"), values(fields, "transfer-encoding")
    if codings:
        need(len(codings) == 1 and codings[0].lower() == b"chunked" and not lengths and version == "1.1", "Transfer-Encoding")
        content, end = chunks(data, at)
        return "chunked", content, end
    if not lengths:
        return "none", b"", at
    need(len(lengths) == 1 and re.fullmatch(rb"[0-9]{1,18}", lengths[0]), "Content-Length")
    length = int(lengths[0])
    return f"length {length}", data[at:at + length] if at + length <= len(data) else None, at + length


def chunks(data: bytes, at: int) -> tuple[bytes | None, int]:
    content = b""
    while True:
        size = CHUNK.match(data, at)
        if not size:
            return None, at
        at, length = size.end(), int(size[1], 16)
        if length == 0:
            break
        if data[at + length:at + length + 2] != b"\r\n":
            return None, at
        content += data[at:at + length]
        at += length + 2
    while not data.startswith(b"\r\n", at):
        trailer = re.compile(rb"[^\r\n\0]+\r\n").match(data, at)
        if not trailer:
            return None, at
        at = trailer.end()
    return content, at + 2


def difference(sent: bytes, seen: list[dict]) -> str | None:
    at = 0
    for number, view in enumerate(seen):
        try:
            request, end = parse(sent, at)
        except Refused as refused:
            return f"request {number} is refused here: {refused}"
        for name in ("method", "path", "query", "host", "port", "framing"):
            if request[name] != view.get(name):
                return f"request {number}: {name} is {request[name]!r} here, {view.get(name)!r} there"
        fields = [f"{name}: {value.decode('utf-8', 'replace')}" for name, value in request["fields"]]
        if fields != (view["fields"].split("\n") if view["fields"] else []):
            return f"request {number}: fields are {fields} here, {view['fields']!r} there"
        got = base64.b64decode(view["body"])
        if view["complete"] and got != request["body"]:
            return f"request {number}: the body is {request['body']!r} here, {got!r} there"
        if not view["complete"] and number != len(seen) - 1:
            return f"request {number} is not complete, but another one follows"
        if h11 and (found := third_opinion(sent[at:], view)):
            return f"request {number}, h11: {found}"
        at = end
    return None


def third_opinion(data: bytes, view: dict) -> str | None:
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=65536)
    connection.receive_data(data)
    try:
        head = connection.next_event()
        if not isinstance(head, h11.Request):
            return f"no request but {head!r}"
        target = head.target.decode("ascii")
        if (head.method.decode(), canonical(target.partition("?")[0])) != (view["method"], view["path"]):
            return f"{head.method!r} {target!r}"
        if not view["complete"]:
            return None
        content = b""
        while isinstance(event := connection.next_event(), h11.Data):
            content += event.data
        if not isinstance(event, h11.EndOfMessage):
            return f"the body ends with {event!r}"
        return None if content == base64.b64decode(view["body"]) else f"the body is {content!r}"
    except h11.RemoteProtocolError as error:
        return str(error)


def main():
    agreed, differ = 0, []
    for line in sys.stdin:
        seen = json.loads(line)
        sent = base64.b64decode(seen["sent"])
        if found := difference(sent, seen["requests"]):
            differ.append(f"{found}\n    {sent!r}")
        else:
            agreed += len(seen["requests"])
    print(f"{agreed} agreed, {len(differ)} differ", *differ[:5], sep="\n")


main()
