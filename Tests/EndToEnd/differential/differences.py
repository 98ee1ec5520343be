"""Every deliberate difference from Flower 2.2 that the calls show, with its reason.

A difference that no call shows any more fails the suite: what has been undone goes from here and from docs/from-flower.md.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Difference:
    reason: str
    #: Patterns of names of calls.
    calls: tuple
    #: Patterns of places in the answer: `status`, `body`, `body.member`.
    places: tuple = ("*",)
    #: Values that Flower and Calyx have there; None is any.
    flower: object = None
    calyx: object = None
    #: What is true of the two values, where they are not always the same.
    when: Callable[[object, object], bool] = lambda flower, calyx: True

    def explains(self, call: str, place: str, flower, calyx) -> bool:
        return (any(fnmatchcase(call, pattern) for pattern in self.calls)
                and any(fnmatchcase(place, pattern) for pattern in self.places)
                and self.flower in (None, flower) and self.calyx in (None, calyx) and self.when(flower, calyx))


def says_more(flower, calyx):
    return isinstance(calyx, str) and calyx.startswith(flower)


DIFFERENCES = [
    # Answers
    Difference("a sort key that is empty means no sorting, and is no internal error", ("tasks-sort-''",),
               ("status",), 500, 200),
    Difference("… whose answer is then the list", ("tasks-sort-''",), ("body",), ""),
    Difference("queue lengths are a flat map unless Flower's form is asked for", ("lengths",), ("body.active_queues",)),
    Difference("a path that does not exist is told as a problem, not as a page",
               ("types-slash", "no-such-route*", "no-worker-named"), ("body",),
               when=lambda flower, calyx: flower.lstrip().startswith("<!doctype html>") and isinstance(calyx, str)),
    Difference("a method that is not allowed is told, with those that are", ("PUT-*", "DELETE-*", "PATCH-*", "GET-*", "POST-*"),
               ("body",), "", when=lambda flower, calyx: "takes" in calyx),
    Difference("HEAD works wherever GET does", ("HEAD-*",), ("status",), 405, 200),
    Difference("parameters are taken as they are, not HTML-escaped", ("workers-html", "add-consumer-html"),
               ("body", "body.message"), when=lambda flower, calyx: html.unescape(flower) == calyx),
    Difference("the parser of JSON has words of its own", ("*-bad-json",), ("body",),
               when=lambda flower, calyx: flower.startswith("Expecting value") and calyx.startswith("The body is not JSON")),
    Difference("a refused option is named", ("async-*",), ("body",), "Invalid option", when=says_more),
    Difference("the search language has negation as well", ("tasks-search-'NOT add'", "tasks-search-'-add'"), ("status",), 400, 200),
    Difference("… which finds tasks instead of an error", ("tasks-search-'NOT add'", "tasks-search-'-add'"), ("body.error",)),
    # Tasks
    Difference("the application's code is not loaded: a call that its signature refuses is sent, and fails in the worker",
               ("async-empty",), ("status",), 500, 200),
    Difference("… and is answered as any sent task", ("async-empty",), ("body",), ""),
    Difference("a body that makes no task is a client's error, not an internal one",
               ("*-kwargs-list", "async-eta-null", "async-expires-null", "send-countdown-text"), ("status",), 500, 400),
    Difference("… and is told", ("*-kwargs-list", "async-eta-null", "async-expires-null", "send-countdown-text"), ("body",), "",
               when=lambda flower, calyx: bool(calyx)),
    Difference("an abort keeps a result that is there and says so", ("abort-success", "abort-failure"), ("body.message",),
               when=lambda flower, calyx: flower.startswith("Aborted") and calyx.endswith("its result is kept")),
    Difference("a signal that does not exist is refused before any worker flags the task", ("revoke-bad-signal",),
               ("status",), 200, 400),
    Difference("… in a sentence", ("revoke-bad-signal",), ("body",), when=lambda flower, calyx: calyx.startswith("Invalid signal")),
    # Workers
    Difference("pool sizes that wedge a worker are refused", ("grow-n-0", "grow-n-negative", "autoscale-reversed"),
               ("status",), 200, 400),
    Difference("… in a sentence", ("grow-n-0", "grow-n-negative", "autoscale-reversed"), ("body",),
               when=lambda flower, calyx: calyx.startswith("Invalid argument")),
]
