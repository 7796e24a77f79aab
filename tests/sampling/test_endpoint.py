"""Requests to an endpoint that fails in the ways of real ones."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adelie_hf.errors import InputError
from adelie_hf.sampling import endpoint as module
from adelie_hf.sampling.endpoint import BadRequest, Chat, Endpoint, Reply, request_replies


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(module, "WAITS", (0.01, 0.01, 0.01))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def chats(number, n=1, max_tokens=20):
    return [Chat([{"role": "user", "content": f"prompt {at}"}], 0.7, max_tokens, at, n) for at in range(number)]


def texts(results):
    return [[reply.text for reply in result] for result in results]


@pytest.fixture
def echo(server):
    """Each reply names its prompt and its seed, and is the same for every call."""

    def script(body, number):
        return server.replies(*(f"{body['messages'][0]['content']}/{body['seed'] + at}" for at in range(body["n"])))

    server.script = script
    return script


@pytest.mark.parametrize("concurrency", [1, 7])
def test_replies_follow_the_requests_for_any_concurrency(server, echo, tmp_path, concurrency):
    together = threading.Barrier(concurrency, timeout=60)

    def script(body, number):
        if number < concurrency:
            together.wait()  # none is answered before all concurrent requests have arrived
        return replace(echo(body, number), seconds=random.random() / 50)

    server.script = script
    outcomes = request_replies(chats(20, n=2), Endpoint(server.url, "m", concurrency), tmp_path / "out")
    assert texts(outcomes) == [[f"prompt {at}/{at}", f"prompt {at}/{at + 1}"] for at in range(20)]
    assert server.max_concurrent == concurrency
    sent = server.requests[0]
    assert sent["model"] == "m" and sent["temperature"] == 0.7 and sent["max_tokens"] == 20


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 408},
        {"status": 409},
        {"status": 429},
        {"status": 429, "Retry_After": "0.02"},
        {"status": 429, "Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"},
        {"status": 500},
        {"status": 503},
        {"body": b'{"choices": [{"mess', "cut": True},
        {"body": b'{"choices": [{"mess'},
        {"body": b"\xff\xfe\x00"},
        {"body": b"<html>busy</html>", "Content_Type": "text/html"},
        {"body": b"null"},
        {"body": b""},
        {"body": b"", "cut": True},
        {"body": b'{"choices": ["?"]}'},
        {"body": b'{"choices": null}'},
        {"body": b'{"choices": []}'},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_temporary_fault_is_retried(server, tmp_path, fault):
    server.script = lambda body, number: server.fault(**fault) if number < 2 else server.replies("hello")
    assert texts(request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")) == [["hello"]]
    assert len(server.requests) == 3


def test_a_slow_response_is_abandoned_and_requested_again(server, tmp_path):
    server.script = lambda body, number: replace(server.replies("hello"), seconds=0.6 if number == 0 else 0)
    endpoint = Endpoint(server.url, "m", timeout=0.3)
    assert texts(request_replies(chats(1), endpoint, tmp_path / "out")) == [["hello"]]
    assert len(server.requests) == 2


def test_the_endpoint_decides_how_long_to_wait(server, tmp_path):
    server.script = lambda body, number: server.replies("hello") if number else server.fault(429, Retry_After="0.5")
    request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")
    assert server.arrivals[1] - server.arrivals[0] >= 0.5


@pytest.mark.parametrize(
    ("header", "wait"), [("7", 7), ("0", 0), ("-3", 0), ("1e9", 300), ("nan", 0), (None, 2), ("x", 2)]
)
def test_requested_waits_have_bounds(header, wait):
    assert module._requested_wait(header, 2.0) == wait


def test_a_permanent_fault_ends_the_run_and_keeps_the_replies(server, echo, tmp_path):
    def script(body, number):
        return (
            server.fault(500, message="tired") if body["messages"][0]["content"] == "prompt 3" else echo(body, number)
        )

    server.script = script
    with pytest.raises(
        InputError, match=r"^the endpoint failed 4 times in a row: .*tired.*; 3 of 5 prompts are answered"
    ):
        request_replies(chats(5), Endpoint(server.url, "m", concurrency=1), tmp_path / "out")
    server.requests.clear()
    server.script = echo
    assert len(request_replies(chats(5), Endpoint(server.url, "m"), tmp_path / "out")) == 5
    assert sorted(server.prompts()) == ["prompt 3", "prompt 4"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"<html>\nlog in</html>", r"the endpoint's answer is no JSON (status 200): '<html>\nlog in</html>'"),
        (b"", "the endpoint's answer is no JSON (status 200): an empty body"),
        (b"[" * 100_000, "the endpoint's answer is no JSON (status 200): '[[[["),
        (b"null", "a response that is no chat completion"),
        (b'{"choices": []}', "a response without a reply"),
        (b'{"choices": [{"message": {"content": 5}}]}', "a reply, or the reason for its end, is no text"),
    ],
)
def test_an_answer_of_another_form_is_described(server, tmp_path, body, problem):
    server.script = lambda sent, number: server.fault(200, body=body)
    with pytest.raises(InputError, match=f"^the endpoint failed 4 times in a row: {re.escape(problem)}"):
        request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")


def test_pending_requests_are_kept_when_another_one_fails(server, echo, tmp_path):
    def script(body, number):
        if body["messages"][0]["content"] == "prompt 0":
            return server.fault(401)
        return replace(echo(body, number), seconds=0.2)

    server.script = script
    with pytest.raises(InputError, match="check the URL, the model's name and the key; 3 of 9 prompts are answered"):
        request_replies(chats(9), Endpoint(server.url, "m", concurrency=4), tmp_path / "out")
    assert len(server.requests) == 4


def test_a_bad_request_is_returned_with_its_reason(server, echo, tmp_path):
    server.script = lambda body, number: (
        server.fault(400, message="too long") if body["messages"][0]["content"] == "prompt 1" else echo(body, number)
    )
    outcomes = request_replies(chats(3), Endpoint(server.url, "m"), tmp_path / "out")
    assert isinstance(outcomes[1], BadRequest) and "too long" in outcomes[1].reason
    assert texts([outcomes[0], outcomes[2]]) == [["prompt 0/0"], ["prompt 2/2"]]
    assert len(server.requests) == 3
    server.script = lambda body, number: server.fault(422, message="max_tokens is unknown")
    with pytest.raises(InputError, match="rejects every prompt: .*max_tokens is unknown"):
        request_replies(chats(3), Endpoint(server.url, "m"), tmp_path / "other")


def test_a_refusal_by_the_model_is_a_reply(server, tmp_path):
    server.script = lambda body, number: server.replies(None, refusal="I would rather not")
    outcomes = request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")
    assert outcomes == [[Reply("I would rather not", "refusal")]]


def test_an_unpaired_surrogate_is_replaced(server, tmp_path):
    server.script = lambda body, number: server.replies("a\ud83d")
    assert texts(request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")) == [["a?"]]


def test_a_server_with_one_reply_per_request_gets_several_requests(server, tmp_path):
    server.script = lambda body, number: server.replies(f"{body['n']} with {body['seed']}")
    outcomes = request_replies(chats(1, n=3), Endpoint(server.url, "m"), tmp_path / "out")
    assert texts(outcomes) == [["3 with 0", "1 with 1", "1 with 2"]]
    server.script = lambda body, number: server.replies(*"abcdef")
    outcomes = request_replies(chats(1, n=4), Endpoint(server.url, "m"), tmp_path / "out")
    assert texts(outcomes) == [list("abcd")]


@pytest.mark.parametrize("status", [400, 422])
def test_an_endpoint_that_takes_no_n_is_asked_one_by_one_and_that_is_said_once(server, echo, tmp_path, caplog, status):
    def script(body, number):
        return server.fault(status, message="only one completion choice") if body["n"] > 1 else echo(body, number)

    server.script = script
    outcomes = request_replies(chats(5, n=3), Endpoint(server.url, "m", concurrency=1), tmp_path / "out")
    assert texts(outcomes) == [[f"prompt {at}/{at + more}" for more in range(3)] for at in range(5)]
    assert [body["n"] for body in server.requests] == [3] + [1] * 15
    said = [message for message in caplog.messages if "several replies" in message]
    assert said == ["the endpoint does not give several replies to one request: each is asked for by itself"]


def test_where_n_is_taken_a_rejected_prompt_is_not_asked_again(server, echo, tmp_path, caplog):
    def script(body, number):
        if body["messages"][0]["content"] == "prompt 2":
            return server.fault(400, message="context length exceeded")
        return echo(body, number)

    server.script = script
    outcomes = request_replies(chats(4, n=3), Endpoint(server.url, "m", concurrency=1), tmp_path / "out")
    assert isinstance(outcomes[2], BadRequest) and "context length exceeded" in outcomes[2].reason
    assert [body["n"] for body in server.requests] == [3] * 4
    assert not [message for message in caplog.messages if "several replies" in message]


def test_an_empty_completion_is_a_reply_that_is_not_asked_for_again(server, tmp_path):
    server.script = lambda body, number: server.replies("", None)
    for _ in range(2):
        outcomes = request_replies(chats(1, n=2), Endpoint(server.url, "m"), tmp_path / "out")
        assert outcomes == [[Reply("", "stop"), Reply("", "stop")]] and len(server.requests) == 1


def test_no_request_is_repeated_unless_a_setting_changes(server, echo, tmp_path):
    endpoint, out = Endpoint(server.url, "m"), tmp_path / "out"
    first = request_replies(chats(4), endpoint, out)
    assert request_replies(chats(4), endpoint, out) == first
    assert request_replies(chats(2), replace(endpoint, concurrency=1), out) == first[:2]
    assert len(server.requests) == 4
    for changed_chats, changed_endpoint in (
        (chats(4), replace(endpoint, model="other")),
        ([replace(chat, temperature=1.0) for chat in chats(4)], endpoint),
        ([replace(chat, seed=9) for chat in chats(4)], endpoint),
        (chats(4, max_tokens=30), endpoint),
        (chats(4, n=2), endpoint),
    ):
        server.requests.clear()
        request_replies(changed_chats, changed_endpoint, out)
        assert len(server.requests) == 4


def test_the_same_request_is_sent_once(server, echo, tmp_path):
    assert texts(request_replies(chats(1) * 5, Endpoint(server.url, "m"), tmp_path / "out")) == [["prompt 0/0"]] * 5
    assert len(server.requests) == 1


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.integers(0, 10_000), torn=st.binary(max_size=5).filter(lambda piece: b"\n" not in piece))
def test_a_run_resumes_from_a_journal_that_ends_anywhere(server, echo, tmp_path_factory, kept, torn):
    out = tmp_path_factory.mktemp("torn") / "out"
    expected = request_replies(chats(5), Endpoint(server.url, "m"), out)
    journal = out.with_name(".out.requests") / "attempts.jsonl"
    content = journal.read_bytes()[:kept]
    journal.write_bytes(content + torn)
    server.requests.clear()
    assert request_replies(chats(5), Endpoint(server.url, "m"), out) == expected
    assert len(server.requests) == 5 - content.count(b"\n")
    assert journal.read_bytes().count(b"\n") == 5


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_budget_of_requests_counts_every_attempt(server, echo, tmp_path, concurrency):
    server.script = lambda body, number: server.fault(500) if number % 3 == 0 else echo(body, number)
    endpoint = Endpoint(server.url, "m", concurrency, max_requests=10)
    with pytest.raises(
        InputError, match=r"^the budget is spent \(10 requests.*: allow more requests; \d of 20"
    ) as caught:
        request_replies(chats(20), endpoint, tmp_path / "out")
    assert len(server.requests) == 10 and caught.value.parameter == "max_requests"
    with pytest.raises(InputError, match="^the budget is spent"):  # of the output, not of the call
        request_replies(chats(20), endpoint, tmp_path / "out")
    assert len(server.requests) == 10
    assert len(request_replies(chats(20), replace(endpoint, max_requests=100), tmp_path / "out")) == 20
    assert len(set(server.prompts())) == 20


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_budget_of_tokens_is_never_exceeded_and_used_well(server, echo, tmp_path, concurrency):
    server.script = lambda body, number: replace(echo(body, number), seconds=0.01)
    most = len(b"prompt 0") + 100 + 20  # of one request; the server reports a cost of 10
    endpoint = Endpoint(server.url, "m", concurrency, max_tokens=most + 95)
    with pytest.raises(InputError, match=r"^the budget is spent .* the next request takes up to 12[89]\)") as caught:
        request_replies(chats(30), endpoint, tmp_path / "out")
    assert len(server.requests) == 10 and caught.value.parameter == "max_tokens"
    server.script = lambda body, number: server.replies(
        "hello", tokens=None
    )  # the cost is unknown: the maximum counts
    with pytest.raises(InputError, match="^the budget is spent"):
        request_replies(chats(10), replace(endpoint, max_tokens=3 * most), tmp_path / "other")
    assert len(server.requests) == 10 + 3


def test_the_key_is_sent_to_the_endpoint_and_never_written(server, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    server.script = lambda body, number: (
        server.fault(429, message="slowly, sk-secret") if number == 0 else server.replies("hello")
    )
    request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")
    assert server.keys == {"Bearer sk-secret"}
    server.script = lambda body, number: server.fault(401, message="Incorrect API key: sk-secret")
    with pytest.raises(InputError, match=r"Incorrect API key: \*\*\*") as caught:
        request_replies(chats(1), Endpoint(server.url, "other"), tmp_path / "out")
    assert "slowly, ***" in caplog.messages[0]
    contents = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(contents) >= 2 and "sk-secret" not in " ".join([*caplog.messages, *contents, str(caught.value)])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:8000/v1", "the endpoint is not a complete URL"),
        ("http://", "the endpoint is not a complete URL"),
        ("http://host:port/v1", "the endpoint is not a complete URL"),
        ("http://[::1/v1", "the endpoint is not a complete URL"),
        ("ftp://host/v1", "the endpoint is not a complete URL"),
        ("https://me:sk-secret@host/v1", "put the key into OPENAI_API_KEY"),
    ],
)
def test_urls_that_are_not_complete(url, message):
    with pytest.raises(InputError, match=message) as caught:
        Endpoint(url, "m")
    assert "secret" not in str(caught.value)


def test_a_refusal_is_quoted_in_whatever_form_it_comes(server, tmp_path):
    server.script = lambda body, number: server.fault(422, body=b'{"detail": "Unexpected fields: n"}')
    with pytest.raises(InputError, match="rejects every prompt: Error code: 422 - .*Unexpected fields: n"):
        request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")


def test_without_an_output_there_is_no_journal(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    chat = replace(chats(1)[0], extra={"response_format": {"type": "json_object"}})
    assert texts(request_replies([chat], Endpoint(server.url, "m"))) == [["hello"]]
    assert server.requests[0]["response_format"] == {"type": "json_object"} and list(tmp_path.iterdir()) == []


def test_no_server_at_the_url(tmp_path):
    pytest.importorskip("openai", reason="needs the extra `endpoint`")
    with pytest.raises(
        InputError, match=r"^the endpoint failed 4 times in a row: Connection error. \(.+\); 0 of 2 prompts"
    ):
        request_replies(chats(2), Endpoint("http://127.0.0.1:9/v1", "m"), tmp_path / "out")


def test_a_file_of_the_user_is_not_replaced(server, tmp_path):
    (tmp_path / "out").write_text("thesis")
    with pytest.raises(InputError, match="does not come from an endpoint"):
        request_replies(chats(1), Endpoint(server.url, "m"), tmp_path / "out")
    assert server.requests == []


def test_a_missing_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(InputError, match=r"pip install 'adelie_hf\[endpoint\]'"):
        request_replies(chats(1), Endpoint("http://localhost/v1", "m"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import signal, sys
from pathlib import Path
from adelie_hf.sampling.endpoint import Chat, Endpoint, request_replies

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
chats = [Chat([{"role": "user", "content": f"prompt {at}"}], 0.7, 20, at) for at in range(40)]
request_replies(chats, Endpoint(sys.argv[1], "m", concurrency=3), Path(sys.argv[2]))
"""


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_resumes_and_repeats_no_request(server, echo, tmp_path, stop):
    server.script = lambda body, number: replace(echo(body, number), seconds=0.02)
    out, journal = tmp_path / "out", Path(tmp_path, ".out.requests", "attempts.jsonl")
    command = [sys.executable, "-c", PROGRAM, server.url, str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    while not journal.is_file() or journal.read_bytes().count(b"\n") < 10:
        time.sleep(0.005)
        assert process.poll() is None
    process.send_signal(stop)
    assert process.wait(timeout=30) != 0
    finished = [json.loads(line) for line in journal.read_text().splitlines()]
    answered = sum(bool(line["replies"]) for line in finished)
    assert 10 <= answered < 40
    before = len(server.requests)
    outcomes = request_replies(chats(40), Endpoint(server.url, "m", concurrency=3), out)
    assert texts(outcomes) == [[f"prompt {at}/{at}"] for at in range(40)]
    assert len(server.requests) - before == 40 - answered
