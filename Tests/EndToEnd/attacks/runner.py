"""Executes the entries that are bytes, and judges what came of them."""

import dataclasses
import time
import zlib

from .corpus import Attack, CorpusError, expand
from .predicates import Observation, check, require_known
from .target import NAMES, BareTarget, Target, Values
from .wire import NotHTTP

_HELPERS = {"REPEAT", "B64", "B64REPEAT", "CL"}


@dataclasses.dataclass(frozen=True)
class Result:
    attack: Attack
    target: str
    violations: tuple[str, ...]

    def __str__(self):
        return f"{self.attack.id} on {self.target} ({self.attack.title}): " + "; ".join(self.violations or ("safe",))


def require_understood(attacks: list[Attack]):
    """Raises for the first entry of bytes that the runner could only execute in part."""
    for attack in attacks:
        if not attack.is_raw:
            continue
        unknown = attack.names() - NAMES - _HELPERS
        if unknown:
            raise CorpusError(f"{attack.id}: unknown placeholder {{{sorted(unknown)[0]}}}")
        for word in attack.must_not:
            try:
                require_known(word)
            except CorpusError as error:
                raise CorpusError(f"{attack.id}: {error}") from None


def run(attack: Attack, target: Target) -> Result:
    source = source_address(attack)
    values = target.values() if isinstance(target, BareTarget) else Values(target, source)
    messages = [expand(message, values) for message in attack.messages]
    seen = _execute(attack, target, values, messages, source)
    violations = list(_judge(seen))
    for word in attack.must_not:
        finding = check(expand(word, values), seen)
        if finding:
            violations.append(f"{word}: {finding}")
    return Result(attack, target.name, tuple(violations))


def source_address(attack: Attack) -> str:
    """A loopback address of the entry's own, so that one entry's wrong passwords do not slow down the next one's."""
    number = zlib.crc32(attack.id.encode()) & 0xFFFF
    return f"127.{1 + number % 200}.{number >> 8 & 255}.{1 + (number & 255) % 254}"


def _execute(attack: Attack, target: Target, values, messages: list[str], source: str) -> Observation:
    log_start = len(target.gateway.output)
    asked = len(target.github.seen) if target.github else 0
    memory = target.memory()
    before = len(target.core.requests)
    seen = Observation(
        attack=attack, target=target, values=values, messages=messages, answers=[], extra=[], probe=None, not_http=None,
        is_closed=False, elapsed=0, upstream=[], provider=[], log_start=log_start, memory_growth=0, source=source)
    with target.connect(source, in_the_clear=attack.is_plaintext) as wire:
        try:
            for message in messages:
                wire.send(message)
                began = time.monotonic()
                answer = wire.answer(method=message.split(" ", 1)[0])
                seen.elapsed = max(seen.elapsed, time.monotonic() - began)
                if answer is None:
                    break
                seen.answers.append(answer)
            _probe(wire, target, seen)
        except NotHTTP as error:
            seen.not_http = str(error)
        seen.is_closed = wire.is_closed
    # The probe is public, but behind a bare proxy it reaches the core as well.
    seen.upstream = [request for request in target.core.requests[before:] if "probe=1" not in request.target]
    seen.provider = target.github.seen[asked:] if target.github else []
    seen.memory_growth = target.memory() - memory if target.gateway.is_alive else 0
    return seen


def _probe(wire, target: Target, seen: Observation):
    """A clean request on the same connection. What is answered before it was not asked for."""
    if wire.is_closed or not seen.answers:
        return
    wire.send(f"GET {target.public_path}?probe=1 HTTP/1.1\r\nHost: {target.authority}\r\nConnection: close\r\n\r\n")
    answers = []
    while (answer := wire.answer(seconds=1)) is not None:
        answers.append(answer)
    if answers:
        seen.probe = answers.pop()
    seen.extra = answers


def _judge(seen: Observation):
    attack, answer = seen.attack, seen.judged
    if seen.not_http:
        yield seen.not_http
    elif answer is None:
        if not seen.is_closed:
            yield "neither an answer nor a closed connection"
        elif not attack.may_close and seen.target.judges_status:
            yield "closed without an answer"
    elif attack.statuses and answer.status not in attack.statuses and seen.target.judges_status:
        yield f"status {answer.status}, expected one of {list(attack.statuses)}"
    if attack.upstream == "none" and seen.upstream:
        yield f"reached the core: {[request.target for request in seen.upstream]}"
    if attack.upstream == "one" and len(seen.upstream) != 1:
        yield f"{len(seen.upstream)} requests reached the core, expected one"
