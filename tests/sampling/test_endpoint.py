"""Requests to an endpoint that misbehaves in every way that a real one does."""

from __future__ import annotations

import json
import os
import random
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
from adelie_hf.sampling.endpoint import Chat, Endpoint, Refused, Reply, ask


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "WAITS", (0.01, 0.01, 0.01))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


def chats(number, n=1, max_tokens=20):
    return [Chat([{"role": "user", "content": f"prompt {at}"}], 0.7, max_tokens, at, n) for at in range(number)]


def texts(results):
    return [[reply.text for reply in result] for result in results]


@pytest.fixture
def echo(server):
    """Each reply names the prompt and a seed of its own: the same whenever it is asked for."""

    def script(body, number):
        return server.replies(*(f"{body['messages'][0]['content']}/{body['seed'] + at}" for at in range(body["n"])))

    server.script = script
    return script


@pytest.mark.parametrize("concurrency", [1, 7])
def test_replies_follow_the_requests_whatever_the_concurrency(server, echo, tmp_path, concurrency):
    together = threading.Barrier(concurrency, timeout=60)

    def script(body, number):
        if number < concurrency:
            together.wait()  # none is answered before all that may be under way at a time have come
        return replace(echo(body, number), seconds=random.random() / 50)

    server.script = script
    got = ask(chats(20, n=2), Endpoint(server.url, "m", concurrency), tmp_path / "out", lambda _: None)
    assert texts(got) == [[f"prompt {at}/{at}", f"prompt {at}/{at + 1}"] for at in range(20)]
    assert server.most_at_once == concurrency
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
        {"body": b'{"choices": ["?"]}'},
        {"body": b'{"choices": null}'},
        {"body": b'{"choices": []}'},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_fault_that_passes_is_tried_again(server, tmp_path, fault):
    server.script = lambda body, number: server.fault(**fault) if number < 2 else server.replies("hello")
    assert texts(ask(chats(1), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)) == [["hello"]]
    assert len(server.requests) == 3


def test_a_slow_answer_is_given_up_and_asked_for_again(server, tmp_path):
    server.script = lambda body, number: replace(server.replies("hello"), seconds=0.6 if number == 0 else 0)
    endpoint = Endpoint(server.url, "m", timeout=0.3)
    assert texts(ask(chats(1), endpoint, tmp_path / "out", lambda _: None)) == [["hello"]]
    assert len(server.requests) == 2


def test_the_endpoint_says_how_long_to_wait(server, tmp_path):
    server.script = lambda body, number: server.replies("hello") if number else server.fault(429, Retry_After="0.5")
    ask(chats(1), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)
    assert server.arrivals[1] - server.arrivals[0] >= 0.5


@pytest.mark.parametrize(
    ("header", "wait"), [("7", 7), ("0", 0), ("-3", 0), ("1e9", 300), ("nan", 0), (None, 2), ("x", 2)]
)
def test_waits_that_are_asked_for_have_bounds(header, wait):
    assert module._asked_wait(header, 2.0) == wait


def test_a_fault_that_stays_ends_the_run_and_keeps_what_was_done(server, echo, tmp_path):
    def script(body, number):
        return (
            server.fault(500, message="tired") if body["messages"][0]["content"] == "prompt 3" else echo(body, number)
        )

    server.script = script
    with pytest.raises(
        InputError, match=r"^the endpoint failed 4 times in a row: .*tired.*; 3 of 5 prompts are answered"
    ):
        ask(chats(5), Endpoint(server.url, "m", concurrency=1), tmp_path / "out", lambda _: None)
    server.requests.clear()
    server.script = echo
    assert len(ask(chats(5), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)) == 5
    assert sorted(server.asked()) == ["prompt 3", "prompt 4"]


def test_what_is_under_way_when_another_request_fails_is_not_lost(server, echo, tmp_path):
    def script(body, number):
        if body["messages"][0]["content"] == "prompt 0":
            return server.fault(401)
        return replace(echo(body, number), seconds=0.2)

    server.script = script
    with pytest.raises(InputError, match="check --endpoint, --model and the key; 3 of 9 prompts are answered"):
        ask(chats(9), Endpoint(server.url, "m", concurrency=4), tmp_path / "out", lambda _: None)
    assert len(server.requests) == 4


def test_a_bad_request_is_given_back_as_refused(server, echo, tmp_path):
    server.script = lambda body, number: (
        server.fault(400, message="too long") if body["messages"][0]["content"] == "prompt 1" else echo(body, number)
    )
    got = ask(chats(3), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)
    assert isinstance(got[1], Refused) and "too long" in got[1].reason
    assert texts([got[0], got[2]]) == [["prompt 0/0"], ["prompt 2/2"]]
    assert len(server.requests) == 3
    server.script = lambda body, number: server.fault(422, message="max_tokens is unknown")
    with pytest.raises(InputError, match="refuses every prompt: .*max_tokens is unknown"):
        ask(chats(3), Endpoint(server.url, "m"), tmp_path / "other", lambda _: None)


def test_a_refusal_by_the_model_is_a_reply(server, tmp_path):
    server.script = lambda body, number: server.replies(None, refusal="I would rather not")
    got = ask(chats(1), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)
    assert got == [[Reply("I would rather not", "refusal")]]


def test_half_of_a_surrogate_pair_is_replaced(server, tmp_path):
    server.script = lambda body, number: server.replies("a\ud83d")
    assert texts(ask(chats(1), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)) == [["a?"]]


def test_a_server_that_gives_one_reply_at_a_time_is_asked_for_the_rest(server, tmp_path):
    server.script = lambda body, number: server.replies(f"{body['n']} with {body['seed']}")
    got = ask(chats(1, n=3), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)
    assert texts(got) == [["3 with 0", "2 with 1", "1 with 2"]]
    server.script = lambda body, number: server.replies(*"abcdef")
    got = ask(chats(1, n=4), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)
    assert texts(got) == [list("abcd")]


def test_nothing_is_asked_twice_and_a_changed_setting_is_asked_anew(server, echo, tmp_path):
    endpoint, out = Endpoint(server.url, "m"), tmp_path / "out"
    first = ask(chats(4), endpoint, out, lambda _: None)
    assert ask(chats(4), endpoint, out, lambda _: None) == first
    assert ask(chats(2), replace(endpoint, concurrency=1), out, lambda _: None) == first[:2]
    assert len(server.requests) == 4
    for anew, where in (
        (chats(4), replace(endpoint, model="other")),
        ([replace(chat, temperature=1.0) for chat in chats(4)], endpoint),
        ([replace(chat, seed=9) for chat in chats(4)], endpoint),
        (chats(4, max_tokens=30), endpoint),
        (chats(4, n=2), endpoint),
    ):
        server.requests.clear()
        ask(anew, where, out, lambda _: None)
        assert len(server.requests) == 4


def test_the_same_request_is_sent_once(server, echo, tmp_path):
    assert (
        texts(ask(chats(1) * 5, Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)) == [["prompt 0/0"]] * 5
    )
    assert len(server.requests) == 1


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kept=st.integers(0, 10_000), torn=st.binary(max_size=5).filter(lambda piece: b"\n" not in piece))
def test_a_journal_that_ends_anywhere_is_gone_on_from(server, echo, tmp_path_factory, kept, torn):
    out = tmp_path_factory.mktemp("torn") / "out"
    whole = ask(chats(5), Endpoint(server.url, "m"), out, lambda _: None)
    journal = out.with_name(".out.asked") / "attempts.jsonl"
    content = journal.read_bytes()[:kept]
    journal.write_bytes(content + torn)
    server.requests.clear()
    assert ask(chats(5), Endpoint(server.url, "m"), out, lambda _: None) == whole
    assert len(server.requests) == 5 - content.count(b"\n")
    assert journal.read_bytes().count(b"\n") == 5


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_budget_of_requests_counts_every_attempt(server, echo, tmp_path, concurrency):
    server.script = lambda body, number: server.fault(500) if number % 3 == 0 else echo(body, number)
    endpoint = Endpoint(server.url, "m", concurrency, max_requests=10)
    with pytest.raises(
        InputError, match=r"^the budget is spent \(10 requests.*raise --max-requests or --max-tokens; \d of 20"
    ):
        ask(chats(20), endpoint, tmp_path / "out", lambda _: None)
    assert len(server.requests) == 10
    with pytest.raises(InputError, match="^the budget is spent"):  # it is that of the output, not of the call
        ask(chats(20), endpoint, tmp_path / "out", lambda _: None)
    assert len(server.requests) == 10
    assert len(ask(chats(20), replace(endpoint, max_requests=100), tmp_path / "out", lambda _: None)) == 20
    assert len(set(server.asked())) == 20


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_budget_of_tokens_is_never_passed_and_well_used(server, echo, tmp_path, concurrency):
    server.script = lambda body, number: replace(echo(body, number), seconds=0.01)
    most = len(b"prompt 0") + 100 + 20  # of one request; the server says that it took 10
    endpoint = Endpoint(server.url, "m", concurrency, max_tokens=most + 95)
    with pytest.raises(InputError, match=r"^the budget is spent .* the next request takes up to 12[89]\)"):
        ask(chats(30), endpoint, tmp_path / "out", lambda _: None)
    assert len(server.requests) == 10
    server.script = lambda body, number: server.replies("hello", tokens=None)  # it may have taken all that it could
    with pytest.raises(InputError, match="^the budget is spent"):
        ask(chats(10), replace(endpoint, max_tokens=3 * most), tmp_path / "other", lambda _: None)
    assert len(server.requests) == 10 + 3


def test_the_key_goes_to_the_endpoint_and_nowhere_else(server, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    said: list[str] = []
    server.script = lambda body, number: (
        server.fault(429, message="slowly, sk-secret") if number == 0 else server.replies("hello")
    )
    ask(chats(1), Endpoint(server.url, "m"), tmp_path / "out", said.append)
    assert server.keys == {"Bearer sk-secret"}
    server.script = lambda body, number: server.fault(401, message="Incorrect API key: sk-secret")
    with pytest.raises(InputError, match=r"Incorrect API key: \*\*\*") as caught:
        ask(chats(1), Endpoint(server.url, "other"), tmp_path / "out", said.append)
    assert "slowly, ***" in said[0]
    written = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) >= 2 and "sk-secret" not in " ".join([*said, *written, str(caught.value)])


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("localhost:8000/v1", "the endpoint is no whole URL"),
        ("http://", "the endpoint is no whole URL"),
        ("http://host:port/v1", "the endpoint is no whole URL"),
        ("http://[::1/v1", "the endpoint is no whole URL"),
        ("ftp://host/v1", "the endpoint is no whole URL"),
        ("https://me:sk-secret@host/v1", "put the key into OPENAI_API_KEY"),
    ],
)
def test_urls_that_are_none(url, message):
    with pytest.raises(InputError, match=message) as caught:
        Endpoint(url, "m")
    assert "secret" not in str(caught.value)


def test_nobody_at_home(tmp_path):
    pytest.importorskip("openai", reason="needs the extra `endpoint`")
    with pytest.raises(
        InputError, match=r"^the endpoint failed 4 times in a row: Connection error. \(.+\); 0 of 2 prompts"
    ):
        ask(chats(2), Endpoint("http://127.0.0.1:9/v1", "m"), tmp_path / "out", lambda _: None)


def test_a_file_of_the_user_is_not_replaced(server, tmp_path):
    (tmp_path / "out").write_text("thesis")
    with pytest.raises(InputError, match="was not made by this command"):
        ask(chats(1), Endpoint(server.url, "m"), tmp_path / "out", lambda _: None)
    assert server.requests == []


def test_the_extra_is_named_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(InputError, match=r"pip install 'adelie_hf\[endpoint\]'"):
        ask(chats(1), Endpoint("http://localhost/v1", "m"), tmp_path / "out", lambda _: None)
    assert list(tmp_path.iterdir()) == []


PROGRAM = """
import signal, sys
from pathlib import Path
from adelie_hf.sampling.endpoint import Chat, Endpoint, ask

signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
chats = [Chat([{"role": "user", "content": f"prompt {at}"}], 0.7, 20, at) for at in range(40)]
ask(chats, Endpoint(sys.argv[1], "m", concurrency=3), Path(sys.argv[2]), print)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_goes_on_and_asks_nothing_twice(server, echo, tmp_path, how):
    server.script = lambda body, number: replace(echo(body, number), seconds=0.02)
    out, journal = tmp_path / "out", Path(tmp_path, ".out.asked", "attempts.jsonl")
    command = [sys.executable, "-c", PROGRAM, server.url, str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    while not journal.is_file() or journal.read_bytes().count(b"\n") < 10:
        time.sleep(0.005)
        assert process.poll() is None
    process.send_signal(how)
    assert process.wait(timeout=30) != 0
    finished = [json.loads(line) for line in journal.read_text().splitlines()]
    answered = sum(bool(line["replies"]) for line in finished)
    assert 10 <= answered < 40
    before = len(server.requests)
    got = ask(chats(40), Endpoint(server.url, "m", concurrency=3), out, lambda _: None)
    assert texts(got) == [[f"prompt {at}/{at}"] for at in range(40)]
    assert len(server.requests) - before == 40 - answered
