"""An extractor whose model is behind an endpoint: the same requests, answers held to a form, and servers that fail."""

from __future__ import annotations

import asyncio
import json
import logging
import sys

import pytest

from adelie_hf import Extractor
from adelie_hf.answers import Entity
from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.extraction import entity_schema
from adelie_hf.extraction.requests import ExtractionRequest
from adelie_hf.sampling import endpoint

TEXT = "Ada met Bob in Ulm. Bob left."
TYPES = ["person", "place"]
ANSWER = "[Answer]: Ada: person; Ulm: place; Bob: person;"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(endpoint, "WAITS", (0.01, 0.01))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def script(server):
    """A function that makes the server answer each request by what a function makes of its text."""

    def script(answer, **fields):
        server.script = lambda body, number: server.replies(answer(body["messages"][-1]["content"]), **fields)

    return script


def test_an_endpoint_gets_the_requests_of_a_local_model(server, script):
    script(lambda request: ANSWER)
    result = Extractor.at(server.url, "mine").entities(TEXT, TYPES)
    assert [(item.text, item.type, item.start) for item in result] == [
        ("Ada", "person", 0),
        ("Bob", "person", 8),
        ("Ulm", "place", 15),
    ]
    (body,) = server.requests
    assert body["messages"] == ExtractionRequest(entity_schema(TYPES), TEXT).messages()
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("mine", 0.0, 512)
    assert not {"response_format", "structured_outputs"} & set(body)


def test_several_texts_and_windows_come_back_in_their_order(server, script):
    script(lambda request: f"[Answer]: {request.rstrip('.').split()[-1]}: person;")
    texts = [f"Number {number} is N{number}." for number in range(30)] + ["", "One is Ada. " * 40 + "The last is Bob."]
    results = Extractor.at(server.url, "m", concurrency=4, window=60).entities(texts, ["person"])
    assert [result.answer for result in results[:30]] == [(Entity(f"N{number}", "person"),) for number in range(30)]
    assert results[30].status == "empty" and len(results[31].outputs) > 2
    assert server.max_concurrent <= 4
    for result in results:
        assert all(result.text[item.start : item.end] == item.text for item in result)


@pytest.mark.parametrize("format", ["json", "json-nested"])
def test_a_json_schema_goes_along(format, server, script):
    items = [{"entity": "Ada", "type": "person"}]
    answer = items if format == "json" else {"entities": [{"name": "Ada", "category": "person"}]}
    script(lambda request: json.dumps(answer))
    result = Extractor.at(server.url, "m", format=format, constrained=True).entities(TEXT, TYPES)
    assert result.answer == (Entity("Ada", "person"),) and result.status == "valid"
    schema = server.requests[0]["response_format"]["json_schema"]
    assert schema == {
        "name": "answer",
        "strict": True,
        "schema": ExtractionRequest(entity_schema(TYPES), TEXT, format).json_schema(),
    }


def test_a_grammar_goes_along(server, script, caplog):
    script(lambda request: ANSWER)
    result = Extractor.at(server.url, "m", constrained=True).entities(TEXT, TYPES)
    assert result.status == "valid" and not caplog.records
    grammar = server.requests[0]["structured_outputs"]["grammar"]
    assert grammar == ExtractionRequest(entity_schema(TYPES), TEXT).grammar()


@pytest.mark.parametrize(
    ("answer", "format", "field"),
    [
        ("Sure! Here it is:\n[Answer]: Ada: person;", "text", "structured_outputs"),
        ("[Answer]: Ada: thing;", "text", "structured_outputs"),
        ('[Answer]: [{"entity": "Ada", "type": "person"}]', "json", "response_format"),
        ('```json\n[{"entity": "Ada", "type": "person"}]\n```', "json", "response_format"),
    ],
)
def test_a_server_that_ignores_the_form_is_found_out(answer, format, field, server, script, caplog):
    script(lambda request: answer if "Ada" in request else {"text": "[Answer]: NA", "json": "[]"}[format])
    with caplog.at_level(logging.WARNING):
        results = Extractor.at(server.url, "mine", format=format, constrained=True).entities([TEXT, "Nobody."], TYPES)
    assert "mine: 1 of 2 answers do not have the requested form, such as" in caplog.text
    assert f"ignore `{field}`" in caplog.text
    assert [found.answered for found in results[0]] == ["Ada"]  # read all the same


def test_an_answer_that_was_cut_is_no_sign_of_a_server_that_ignores(server, script, caplog):
    script(lambda request: "[Answer]: Ada: person; Bo", finish="length")
    result = Extractor.at(server.url, "m", constrained=True).entities(TEXT, TYPES)
    assert result.status == "cut" and result.answer == (Entity("Ada", "person"),) and not caplog.records


def test_confidences_come_from_the_log_probabilities(server):
    tokens = [("[Answer]:", -9.0), (" Ada", -0.1), (":", -0.1), (" person", -0.1), (";", -9.0), ("<end>", -9.0)]

    def with_logprobs(body, number):
        assert body["logprobs"] is True
        response = server.replies("".join(token for token, _ in tokens[:-1]))
        content = [
            {"token": token, "bytes": list(token.encode()), "logprob": value, "top_logprobs": []}
            for token, value in tokens
        ]
        reply = json.loads(response.body)
        reply["choices"][0]["logprobs"] = {"content": content}
        response.body = json.dumps(reply).encode()
        return response

    server.script = with_logprobs
    (item,) = Extractor.at(server.url, "m").entities(TEXT, TYPES)
    assert item.confidence == pytest.approx(2.718281828**-0.1)
    tokens[1] = (" Eva", -0.1)  # not the tokens of the reply
    server.script = lambda body, number: server.replies(ANSWER)
    assert [item.confidence for item in Extractor.at(server.url, "m").entities(TEXT, TYPES)] == [None] * 3


def test_a_text_that_is_refused_has_its_status(server):
    def refuse(body, number):
        text = body["messages"][-1]["content"]
        if "long" in text:
            return server.fault(400, message="the context has 2,048 tokens")
        return server.replies(None, refusal="I would rather not") if "odd" in text else server.replies(ANSWER)

    server.script = refuse
    results = Extractor.at(server.url, "m").entities([TEXT, "long", "odd"], TYPES)
    assert [result.status for result in results] == ["valid", "refused", "refused"]
    assert "2,048 tokens" in results[1].problems[0] and results[2].problems == ("I would rather not",)
    with pytest.raises(InputError, match="rejects every prompt"):
        Extractor.at(server.url, "m").entities("long", TYPES)


def test_an_endpoint_that_fails_half_way_is_an_error(server):
    server.script = lambda body, number: server.replies(ANSWER) if number < 3 else server.fault(500, message="oops")
    with pytest.raises(InputError, match=r"failed 3 times in a row: .*oops.*; 3 of 9 prompts are answered$"):
        Extractor.at(server.url, "m", concurrency=1).entities([f"{TEXT} {number}" for number in range(9)], TYPES)


@pytest.mark.parametrize("url", ["localhost:8000", "", "http://", "http://name:secret@host/v1"])
def test_what_is_no_url_is_an_error(url):
    with pytest.raises(InputError, match="the endpoint"):
        Extractor.at(url, "m")


def test_it_works_where_a_loop_runs_as_in_a_notebook(server, script):
    script(lambda request: ANSWER)

    async def cell():
        return Extractor.at(server.url, "m").entities(TEXT, TYPES)

    assert len(asyncio.run(cell())) == 3


def test_it_needs_no_torch(server, script, monkeypatch):
    for name in ("torch", "transformers", "accelerate"):
        monkeypatch.setitem(sys.modules, name, None)  # an import fails
    script(lambda request: ANSWER)
    assert len(Extractor.at(server.url, "m").entities(TEXT, TYPES)) == 3


def test_the_command_line_takes_an_endpoint(server, script, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script(lambda request: json.dumps({"entities": [{"name": "Ada", "category": "person"}]}))
    (tmp_path / "schema.yaml").write_text("entities: [person, place]\n")
    (tmp_path / "a.txt").write_text(TEXT)
    command = ["extract", "mine", "a.txt", "--schema", "schema.yaml", "--endpoint", server.url, "--constrained"]
    assert main([*command, "--format", "json-nested"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["items"] == [{"type": "person", "text": "Ada", "start": 0, "end": 3, "match": "exact"}]
