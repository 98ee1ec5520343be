"""Every deliberate difference from Flower 2.2 that the calls show, with its reason.

A difference that no call shows any more fails the suite: what has been undone goes from here and from docs/from-flower.md.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Difference:
    #: Begins with "… " when it is another place of the one before.
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
    #: A part of its line in docs/from-flower.md that no other line has.
    line: str = ""

    def explains(self, call: str, place: str, flower, calyx) -> bool:
        return (any(fnmatchcase(call, pattern) for pattern in self.calls)
                and any(fnmatchcase(place, pattern) for pattern in self.places)
                and self.flower in (None, flower) and self.calyx in (None, calyx) and self.when(flower, calyx))


def says_more(flower, calyx):
    return isinstance(calyx, str) and calyx.startswith(flower)


DIFFERENCES = [
    # Answers
    Difference("a sort key that is empty means no sorting, and is no internal error", ("tasks-sort-''",),
               ("status",), 500, 200,
               line="`sort_by=` (empty)"),
    Difference("… whose answer is then the list", ("tasks-sort-''",), ("body",), ""),
    Difference("queue lengths are a flat map unless Flower's form is asked for", ("lengths",), ("body.active_queues",),
               line="`/api/queues/length`: "),
    Difference("a path that does not exist is told as a problem, not as a page",
               ("types-slash", "no-such-route*", "no-worker-named"), ("body",),
               when=lambda flower, calyx: flower.lstrip().startswith("<!doctype html>") and isinstance(calyx, str),
               line="a path that does not exist is a page"),
    Difference("a method that is not allowed is told, with those that are", ("PUT-*", "DELETE-*", "PATCH-*", "GET-*", "POST-*"),
               ("body",), "", when=lambda flower, calyx: "takes" in calyx,
               line="refusals are a sentence as plain text, HTML, or nothing"),
    Difference("HEAD works wherever GET does", ("HEAD-*",), ("status",), 405, 200,
               line="HEAD is refused"),
    Difference("parameters are taken as they are, not HTML-escaped", ("workers-html", "add-consumer-html"),
               ("body", "body.message"), when=lambda flower, calyx: html.unescape(flower) == calyx,
               line="text in parameters is HTML-escaped"),
    Difference("the parser of JSON has words of its own", ("*-bad-json",), ("body",),
               when=lambda flower, calyx: flower.startswith("Expecting value") and calyx.startswith("The body is not JSON"),
               line="bad JSON is told"),
    Difference("a refused option is named", ("async-*",), ("body",), "Invalid option", when=says_more,
               line="an option of a task that cannot"),
    Difference("the search language has negation as well", ("tasks-search-'NOT add'", "tasks-search-'-add'"), ("status",), 400, 200,
               line="a search with `-word`"),
    Difference("… which finds tasks instead of an error", ("tasks-search-'NOT add'", "tasks-search-'-add'"), ("body.error",)),
    # Tasks
    Difference("the application's code is not loaded: a call that its signature refuses is sent, and fails in the worker",
               ("async-empty",), ("status",), 500, 200,
               line="a call that the task's signature"),
    Difference("… and is answered as any sent task", ("async-empty",), ("body",), ""),
    Difference("a body that makes no task is a client's error, not an internal one",
               ("*-kwargs-list", "async-eta-null", "async-expires-null", "send-countdown-text"), ("status",), 500, 400,
               line="`kwargs` that is no object"),
    Difference("… and is told", ("*-kwargs-list", "async-eta-null", "async-expires-null", "send-countdown-text"), ("body",), "",
               when=lambda flower, calyx: bool(calyx)),
    Difference("an abort keeps a result that is there and says so", ("abort-success", "abort-failure"), ("body.message",),
               when=lambda flower, calyx: flower.startswith("Aborted") and calyx.endswith("its result is kept"),
               line="abort overwrites"),
    Difference("a signal that does not exist is refused before any worker flags the task", ("revoke-bad-signal",),
               ("status",), 200, 400,
               line="an unknown signal"),
    Difference("… in a sentence", ("revoke-bad-signal",), ("body",), when=lambda flower, calyx: calyx.startswith("Invalid signal")),
    # Workers
    Difference("pool sizes that wedge a worker are refused", ("grow-n-0", "grow-n-negative", "autoscale-reversed"),
               ("status",), 200, 400,
               line="`n=0`, `n=-1`"),
    Difference("… in a sentence", ("grow-n-0", "grow-n-negative", "autoscale-reversed"), ("body",),
               when=lambda flower, calyx: calyx.startswith("Invalid argument")),
    Difference("rate limits that stop a task for good, and time limits below zero, are refused",
               ("rate-limit-nan", "rate-limit-inf", "timeout-negative"), ("status",), 200, 400, line="rate limits `nan`"),
    Difference("… in a sentence", ("rate-limit-nan", "rate-limit-inf", "timeout-negative"), ("body",),
               when=lambda flower, calyx: calyx.startswith("Invalid argument")),
    Difference("a time that no worker could read is refused, not lost", ("send-eta-text",), ("status",), 200, 400,
               line="`send-task` with an `eta`"),
    Difference("… in a sentence", ("send-eta-text",), ("body",), when=lambda flower, calyx: calyx.startswith("Invalid option eta")),
    # Access
    Difference("a slash in a name comes by a parameter", ("info-slash",), ("status",), 404, 400, line="`%2f` in a path"),
    Difference("… and is told", ("info-slash",), ("body",), when=lambda flower, calyx: "?id=" in calyx),
    Difference("metrics need a credential", ("metrics-anonymous",), ("status",), 200, 401, line="`/metrics` is open"),
    Difference("… and say so", ("metrics-anonymous",), ("body",)),
]

E2E = "Tests/EndToEnd/"
#: Lines of docs/from-flower.md that no single call can show, by a part that no other line has: the file with the test, and the
#: test's name there.
SHOWN_ELSEWHERE = {
    # Starting
    "`celery -A app flower OPTIONS`": ("Tests/OptionsTests", "A Celery application is noted, not loaded"),
    "`--port 5555` is an error": (E2E + "test_command_line.py", "test_a_wrong_option_is_one_line_and_status_2"),
    "one rule for booleans": ("Tests/OptionsTests", "Booleans follow one rule everywhere"),
    "`--help` does not list": (E2E + "test_command_line.py", "test_help_lists_the_options"),
    "command line > file > environment": ("Tests/OptionsTests", "Flag beats environment beats calyx.yaml beats default"),
    "without authentication: open": (E2E + "test_command_line.py", "test_the_first_start_makes_an_administrator"),
    "a password in `ps`": (E2E + "test_command_line.py", "test_secrets_vanish_from_the_command_line"),
    "`FLOWER_PORT=tcp:": (E2E + "test_command_line.py", "test_kubernetes_service_links_are_ignored"),
    "`broker_api` must be": ("Tests/OptionsTests", "A management URL is ignored with one line"),
    "sometimes cannot be stopped": ("Tests/GatewayServerTests", "tells browsers to come back when it stops, and finishes what is in progress"),
    # Signing in and access
    "all or nothing": ("Tests/GatewayServerTests", "unsafe requests obey the cross-site rules and the roles"),
    "`--basic_auth` and `--auth` together": (E2E + "test_github.py", "test_who_is_on_the_list_gets_in_and_out"),
    "`--auth` is a regular expression": ("Tests/SignInTests", "Every other use of * or | is refused, and so is what is no address"),
    "redirected to a page": (E2E + "test_public_paths.py", "test_without_credentials_a_script_gets_401"),
    "the session is a signed cookie": ("Tests/GatewayServerTests", "by password starts a session, signing out ends it"),
    "`FLOWER_UNAUTHENTICATED_API` opens": (E2E + "test_public_paths.py", "test_the_unauthenticated_api_reads_and_nothing_else"),
    "an `Authorization` header switches": ("Tests/GatewayServerTests", "unsafe requests obey the cross-site rules and the roles"),
    "any Host is served": ("Tests/GatewayServerTests", "serves configured hosts only"),
    "guessing passwords is slowed": (E2E + "test_sign_in.py", "test_guessing_is_slowed_down"),
    "strict Content-Security-Policy": (E2E + "test_public_paths.py", "test_every_answer_carries_the_security_fields"),
    # Addresses and answers
    "`/api/workers`: no state": (E2E + "test_lesson.py", "test_curl_lists_the_workers"),
    "a fixed set of keys": ("Tests/FlowerAPITests", "A worker known from heartbeats alone has an entry with Flower's keys"),
    "`{\"error\": …}` when a search": ("Tests/FlowerAPITests", "A search narrows, and one that cannot be parsed is told in the answer"),
    "`/healthcheck` is all there is": (E2E + "test_public_paths.py", "test_the_core_answers_probes_on_its_admin_address_only"),
    "prefix without its slash": (E2E + "test_prefix.py", "test_every_link_asset_and_redirect_stays_under_the_prefix"),
    # Actions
    "a worker that started after Flower": (E2E + "test_differential.py", "test_a_worker_that_comes_later_is_known_and_obeys"),
    "a task is known when the loaded": ("Tests/FlowerAPITests", "Only send-task sends what no worker has registered"),
    "also when nobody heard it": ("Tests/FlowerAPITests", "A revoke that reached nobody is not called done"),
    "a sent task is unknown until": (E2E + "test_sending.py", "test_a_sent_task_is_known_at_once_here_and_elsewhere"),
    "a worker that is silent": (E2E + "test_actions.py", "test_a_worker_that_does_not_answer_is_named"),
    "`apply` without a result backend": ("Tests/FlowerAPITests", "apply tells the state when its time is over, and sends nothing when no result can come"),
    "`apply` without a time-out": ("Tests/FlowerAPITests", "Whoever waits keeps nobody else waiting, and too many are refused"),
    "tells the state from before the wait": ("Tests/FlowerAPITests", "Whoever waits for a result gets what is there when the wait is over"),
    # What is shown and counted
    "times shift when": ("Tests/FlowerAPITests", "Times are true UTC whatever zone a worker or publisher is in"),
    "one malformed event": (E2E + "test_unreadable_events.py", "test_the_log_names_the_setting_that_helps"),
    "shows as an empty page": (E2E + "test_broker_silent.py", "test_silence_is_noticed_told_and_mended"),
    "`flower_worker_online` stays 1": (E2E + "test_workers_lost.py", "test_a_killed_worker_is_offline_by_celerys_rule"),
    "a task sent late can overwrite": (E2E + "test_state_differential.py", "test_each_difference_is_really_there"),
    "events in msgpack, YAML": ("Tests/CeleryProtocolTests", "Events are read under every broker setting but two serializers"),
    "`/metrics` has six families": (E2E + "test_lesson.py", "test_metrics_count_tasks_and_workers"),
    "`persistent` is off": (E2E + "test_history.py", "test_what_was_heard_a_second_ago_survives_kill_9"),
    "`format_task` is Python": ("Tests/OptionsTests", "Options without effect say so in one line each, only when set"),
    "times in the zone of": ("Tests/WebPagesTests", "A moment reads as the calendar has it"),
}
