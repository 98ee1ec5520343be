"""Reads files in the corpus's format and fills in their placeholders. Whatever the runner does not know is an error."""

import base64
import dataclasses
import json
import pathlib
import re

OWN = pathlib.Path(__file__).with_name("corpus.json")
RAW_KINDS = ("raw", "raw-plaintext")
_PLACEHOLDER = re.compile(r"\{([A-Z][A-Z_0-9]*)(?::([^{}]*))?\}")


class CorpusError(Exception):
    """The file asks for something that the runner does not know."""


@dataclasses.dataclass(frozen=True)
class Attack:
    id: str
    title: str
    kind: str
    auth: str
    messages: tuple[str, ...]
    statuses: tuple[int, ...]
    may_close: bool
    upstream: str
    must_not: tuple[str, ...]

    @property
    def is_raw(self) -> bool:
        return self.kind in RAW_KINDS

    @property
    def is_plaintext(self) -> bool:
        return self.kind == "raw-plaintext"

    @property
    def needs_tls(self) -> bool:
        """Whether the entry speaks of what only exists where browsers speak https."""
        secure = ("strict-transport-security", "set_cookie_missing:Secure", "set_cookie_prefix_not:__Host-")
        return self.is_plaintext or any(word in text for text in self.must_not for word in secure)

    def names(self) -> set[str]:
        """The placeholders that the entry uses."""
        texts = (*self.messages, *self.must_not)
        found = set()
        for text in texts:
            while match := _PLACEHOLDER.search(text):
                found.add(match[1])
                text = text[:match.start()] + text[match.end():]
        return found


def load(path: pathlib.Path = OWN) -> list[Attack]:
    document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    if document.get("version") != 1:
        raise CorpusError(f"{path}: version {document.get('version')!r} is not known")
    attacks = [_attack(entry) for entry in document["attacks"]]
    ids = [attack.id for attack in attacks]
    twice = {id for id in ids if ids.count(id) > 1}
    if twice:
        raise CorpusError(f"{path}: twice in the file: {', '.join(sorted(twice))}")
    return attacks


def _attack(entry: dict) -> Attack:
    raw, expect = entry.get("raw", []), entry["expect"]
    attack = Attack(
        id=entry["id"], title=entry["title"], kind=entry["kind"], auth=entry["auth"],
        messages=tuple([raw] if isinstance(raw, str) else raw), statuses=tuple(expect["status"]),
        may_close=expect["close_without_response_ok"], upstream=expect["upstream"], must_not=tuple(entry["must_not"]))
    if attack.is_raw and not attack.messages:
        raise CorpusError(f"{attack.id}: kind {attack.kind} without bytes")
    if attack.upstream not in ("none", "one", "any"):
        raise CorpusError(f"{attack.id}: upstream {attack.upstream!r} is not known")
    if attack.auth not in ("none", "session", "basic"):
        raise CorpusError(f"{attack.id}: auth {attack.auth!r} is not known")
    return attack


def expand(text: str, values) -> str:
    """Replaces every placeholder, the innermost first. `values` maps a name to its text; it may be asked for any name."""

    def one(match: re.Match) -> str:
        name, argument = match[1], match[2]
        if name == "REPEAT" and argument is not None:
            return _repeated(argument)
        if name == "B64" and argument is not None:
            return base64.b64encode(argument.encode("latin-1")).decode()
        if name == "B64REPEAT" and argument is not None:
            return base64.b64encode(_repeated(argument).encode("latin-1")).decode()
        if argument is not None:
            raise CorpusError(f"unknown placeholder {match[0]}")
        try:
            return values[name]
        except KeyError:
            raise CorpusError(f"unknown placeholder {match[0]}") from None

    while True:
        expanded = _PLACEHOLDER.sub(lambda match: match[0] if match[1] == "CL" else one(match), text)
        if expanded == text:
            break
        text = expanded
    if "{CL}" in text:
        body = text.partition("\r\n\r\n")[2]
        text = text.replace("{CL}", str(len(body.encode("latin-1"))))
    return text


def _repeated(argument: str) -> str:
    text, _, count = argument.rpartition(":")
    if not text or not count.isdigit():
        raise CorpusError(f"a repetition is x:n, not {argument!r}")
    return text * int(count)
