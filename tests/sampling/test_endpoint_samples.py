"""Samples from an endpoint: the commands, on a scripted server and on `transformers serve`."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from typing import Any

import pytest

from adelie_hf.cli import main
from adelie_hf.errors import InputError
from adelie_hf.iefeedback import make_rows, plan
from adelie_hf.manifest import Counts, FileManifest
from adelie_hf.rows import read_build
from adelie_hf.sampling import choose_prompts, read_samples
from adelie_hf.sampling.endpoint_samples import SampleOptions


def command(name, data, server_url, out, *options):
    return main([name, *data, "--endpoint", server_url, "--model", "m", "--out", str(out), *options])


def test_a_samples_file_like_that_of_the_script(server, build_of_six, tmp_path, capsys):
    def script(body, number):
        gold = by_prompt[body["messages"][-1]["content"]]["completion"][0]["content"]
        return server.replies(*["[Answer]: NA"] * (body["n"] - 1), gold)

    _, all_rows = read_build(build_of_six, "train")
    by_prompt = {row["prompt"][-1]["content"]: row for row in all_rows}
    server.script = script
    out = tmp_path / "samples" / "samples.jsonl"
    data = [str(build_of_six)]
    assert command("sample", data, server.url, out, "--n", "3", "--prompts", "20", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"train": {"read": 20, "kept": {"prompts": 20}}}
    lines = list(read_samples(out))
    assert [line["id"] for line in lines] == [row["id"] for row in choose_prompts(all_rows, 20, 42)]
    for line in lines:
        (row,) = [row for row in all_rows if row["id"] == line["id"]]
        texts = ["[Answer]: NA", "[Answer]: NA", row["completion"][0]["content"]]
        assert line == row | {"samples": texts, "finish": ["stop"] * 3}
    assert {body["temperature"] for body in server.requests} == {1.0} and len(server.requests) == 20
    counts = Counts()
    (unit,) = plan(out.parent).units["train"]
    pairs = list(make_rows(unit, counts))
    assert pairs and counts.read == 20 and {pair["id"] for pair in pairs} <= {line["id"] for line in lines}

    before = out.read_bytes()
    assert command("sample", data, server.url, out, "--n", "3", "--prompts", "20") == 0
    assert out.read_bytes() == before and len(server.requests) == 20


@pytest.fixture
def batch(build_of_six, tmp_path):
    """The requests of a batch file for ten prompts, and a function that reads the replies to them: status, lines."""
    requests, options = tmp_path / "requests.jsonl", ["--model", "m", "--n", "2", "--prompts", "10"]
    assert main(["sample", str(build_of_six), "--batch", "--out", str(requests), *options]) == 0

    def read(lines):
        replies, out = tmp_path / "replies.jsonl", tmp_path / "samples" / "samples.jsonl"
        replies.write_text("".join(json.dumps(line) + "\n" for line in lines))
        status = main(["sample", str(build_of_six), "--replies", str(replies), "--out", str(out), "--json", *options])
        return status, list(read_samples(out)) if status == 0 else []

    return [json.loads(line) for line in requests.read_text().splitlines()], read


def batch_reply(request, *texts):
    choices = [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"} for text in texts]
    return {
        "custom_id": request["custom_id"],
        "response": {"status_code": 200, "body": {"choices": choices}},
        "error": None,
    }


def test_a_batch_asks_what_an_endpoint_is_asked(batch, server, build_of_six, tmp_path):
    requests, read = batch
    asked = ("--n", "2", "--prompts", "10")
    server.script = lambda body, number: server.replies(*["hello"] * body["n"])
    assert command("sample", [str(build_of_six)], server.url, tmp_path / "s.jsonl", *asked) == 0
    sent = sorted(json.dumps(body, sort_keys=True) for body in server.requests)
    assert sorted(json.dumps(request["body"], sort_keys=True) for request in requests) == sent
    assert {(request["method"], request["url"]) for request in requests} == {("POST", "/v1/chat/completions")}
    status, lines = read([batch_reply(request, "hello", "hello") for request in reversed(requests)])
    assert status == 0 and lines == list(read_samples(tmp_path / "s.jsonl"))


def test_replies_of_a_batch_that_are_missing_or_bad_are_counted(batch, capsys, caplog):
    requests, read = batch
    refused = {"custom_id": requests[1]["custom_id"], "response": None, "error": {"message": "context too long"}}
    status, lines = read([batch_reply(requests[0], "a", None), refused, batch_reply(requests[2])])
    assert status == 0 and [line["samples"] for line in lines] == [["a", ""]]
    counts = json.loads(capsys.readouterr().out.splitlines()[-1])["train"]
    assert counts["dropped"] == {"rejected by the endpoint": 1, "without a reply": 8}
    assert counts["noted"] == {"empty answers": 1}
    assert "context too long" in caplog.text


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ({"status_code": 502, "body": "<html>bad gateway</html>"}, "no chat completion: .*bad gateway"),
        ({"status_code": 200, "body": [1]}, "no chat completion"),
        ({"status_code": 200, "body": None}, "no chat completion"),
        ({"status_code": 200, "body": {"choices": ["?"]}}, "no chat completion"),
        ({"status_code": 400, "body": {"error": {"message": "too long"}}}, "too long"),
        ("oops", "no chat completion: oops"),
        *(
            ({"status_code": 200, "body": {"choices": [choice]}}, "a reply, or the reason for its end, is no text")
            for choice in (
                {"message": {"content": [{"type": "text", "text": "hi"}]}, "finish_reason": "stop"},
                {"message": {"content": 5}, "finish_reason": "stop"},
                {"message": {"content": "hi"}, "finish_reason": 7},
            )
        ),
    ],
    ids=str,
)
def test_a_damaged_line_of_a_batch_is_a_failed_request_and_the_others_are_kept(
    batch, capsys, caplog, response, reason
):
    requests, read = batch
    damaged = {"custom_id": requests[0]["custom_id"], "response": response, "error": None}
    status, lines = read([damaged, *(batch_reply(request, "a", "b") for request in requests[1:])])
    assert status == 0 and len(lines) == 9
    counts = json.loads(capsys.readouterr().out.splitlines()[-1])["train"]
    assert counts == {"read": 10, "kept": {"prompts": 9}, "dropped": {"rejected by the endpoint": 1}}
    assert re.search(f"{damaged['custom_id']}: .*{reason}", caplog.text)
    assert read([damaged])[0] == 2 and "no prompt has a reply" in capsys.readouterr().err


def test_prompts_with_another_number_of_replies_are_counted(batch, capsys):
    requests, read = batch
    few, more, *others = requests
    lines = [batch_reply(few, "a"), batch_reply(more, "a", "b", "c"), *(batch_reply(one, "a", "b") for one in others)]
    status, rows = read(lines)
    assert status == 0 and sorted(len(row["samples"]) for row in rows) == [1] + [2] * 9
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["train"]["noted"] == {
        "prompts with fewer answers than were asked for": 1,
        "prompts with more answers than were asked for, which are left out": 1,
    }


@pytest.mark.parametrize("texts", ["a", "abc"])
def test_another_number_for_all_requests_is_an_error(batch, capsys, texts):
    requests, read = batch
    assert read([batch_reply(request, *texts) for request in requests])[0] == 2
    message = (
        f"replies.jsonl: no request has 2 replies, but {len(texts)}; give the number of the requests (option --n)"
    )
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "known"), [("m", True), ("m-2024-08-06", True), ("m-large", False), ("other", False), ("m-0613-x", False)]
)
def test_replies_of_another_model_are_an_error(batch, capsys, name, known):
    requests, read = batch
    lines = [batch_reply(request, "a", "b") for request in requests]
    lines[1]["response"]["body"]["model"] = name
    assert read(lines)[0] == (0 if known else 2)
    message = (
        f"replies.jsonl:2: a reply of the model '{name}', not of 'm'; give the model that replied (option --model)"
    )
    assert (message in capsys.readouterr().err) is not known


def test_a_refusal_is_the_same_reply_in_a_batch_and_from_an_endpoint(batch, server, build_of_six, tmp_path):
    requests, read = batch
    server.script = lambda body, number: server.replies(None, None, refusal="I would rather not")
    assert command("sample", [str(build_of_six)], server.url, tmp_path / "s.jsonl", "--n", "2", "--prompts", "10") == 0
    bodies = [json.loads(server.script({}, 0).body) for _ in requests]
    status, lines = read(
        [
            {"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}}
            for request, body in zip(requests, bodies, strict=True)
        ]
    )
    assert status == 0 and lines == list(read_samples(tmp_path / "s.jsonl"))
    assert (lines[0]["samples"], lines[0]["finish"]) == (["I would rather not"] * 2, ["refusal"] * 2)


def test_replies_to_other_requests_are_an_error(batch, capsys):
    requests, read = batch
    for lines, message in (
        ([{"custom_id": "x"}], "replies.jsonl:1: not a reply to a request of this build and these options ('x')"),
        ([batch_reply(requests[0], "a")] * 2, "replies.jsonl:2: a second reply to"),
        ([batch_reply(requests[0])], "not written, since no prompt has a reply"),
        ([["a"]], "replies.jsonl:1: not a reply"),
        ([{"custom_id": ["x"]}], "replies.jsonl:1: not a reply"),
    ):
        assert read(lines)[0] == 2 and message in capsys.readouterr().err


def test_a_rejected_prompt_is_counted_and_named(server, build_of_six, tmp_path, capsys):
    server.script = lambda body, number: server.fault(413, message="too large") if number == 0 else server.replies("x")
    options = ("--n", "1", "--concurrency", "1", "--prompts", "5")
    assert command("sample", [str(build_of_six)], server.url, tmp_path / "s.jsonl", *options) == 0
    output = capsys.readouterr()
    assert output.out == "train: 5 read, 4 prompts; dropped: 1 rejected by the endpoint\n"
    assert "too large" in output.err
    assert len(list(read_samples(tmp_path / "s.jsonl"))) == 4
    manifest = FileManifest.load(tmp_path / "s.jsonl.manifest.json")
    assert manifest.counts["train"].dropped == {"rejected by the endpoint": 1}


def test_a_spent_budget_ends_a_command_with_one_line_and_no_file(server, build_of_six, tmp_path, capsys):
    out = tmp_path / "explanations.jsonl"
    data = [str(build_of_six)]
    assert command("explain", data, server.url, out, "--max-requests", "7") == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert (
        last.startswith("adelie-hf: the budget is spent (7 requests")
        and "; 7 of 54 prompts are answered" in last
        and "--max-requests" in last
    )
    assert len(server.requests) == 7 and [path.name for path in tmp_path.iterdir()] == [".explanations.jsonl.requests"]
    assert command("explain", data, server.url, out) == 0
    assert len(server.requests) == 54


def test_descriptions_from_the_command_line(server, tmp_path, capsys):
    def new_description(body, number):
        slots = re.findall(r"\{\w+\}", body["messages"][0]["content"].partition("spelled like this: ")[2])
        return server.replies(" ".join([*(f"word{number}x{at}" for at in range(20)), *slots]))

    server.script = new_description
    assert command("describe", ["ner", "rc"], server.url, tmp_path / "d.yaml", "--number", "2") == 0
    assert capsys.readouterr().out == "ner: 2 read, 2 descriptions\nrc: 2 read, 2 descriptions\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "gone"], "gone/train.parquet: no such file"),
        (["explain", "gone"], "gone/train.parquet: no such file"),
        (["describe", "odie"], "odie has no task descriptions"),
        (["describe", "ner", "--endpoint", "localhost"], "the endpoint is not a complete URL"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert (
        main([*arguments[:2], "--endpoint", "http://localhost/v1", "--model", "m", "--out", "o", *arguments[2:]]) == 2
    )
    output = capsys.readouterr()
    assert output.err.startswith(f"adelie-hf: {message}") and output.err.count("\n") == 1 and not output.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("temperature", ["nan", "inf", "-1"])
@pytest.mark.parametrize("how", [["--batch"], ["--endpoint", "http://localhost/v1"]])
def test_a_temperature_that_is_no_number_from_0_is_not_sent(build_of_six, tmp_path, capsys, temperature, how):
    out = str(tmp_path / "out.jsonl")
    given = ["--model", "m", "--out", out, "--temperature", temperature]
    assert main(["sample", str(build_of_six), *how, *given]) == 2
    message = f"adelie-hf: temperature is {float(temperature)}; give a number from 0 (option --temperature)\n"
    assert capsys.readouterr().err == message and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"prompts": -3}, {"n": 0}, {"max_new_tokens": 0}], ids=str)
def test_numbers_that_are_not_positive_are_refused(options: dict[str, Any]):
    ((name, number),) = options.items()
    with pytest.raises(InputError, match=f"^{name} is {number}; give a whole number from 1") as caught:
        SampleOptions(**options)
    assert caught.value.parameter == name


@pytest.fixture
def transformers_serve(tmp_path, build_of_six):
    """Start `transformers serve` with a new Llama of a few thousand weights."""
    for package in ("torch", "transformers", "openai", "fastapi", "uvicorn"):
        pytest.importorskip(package, reason="needs the extra `serving`")
    from adelie_hf.training.tiny_llama import build_tiny_llama

    _, all_rows = read_build(build_of_six, "train")
    sizes = {"vocab_size": 400, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    sizes |= {"num_attention_heads": 2, "max_position_embeddings": 4096}
    build_tiny_llama((row["prompt"][0]["content"] for row in all_rows), tmp_path / "model", sizes, 1)
    config = tmp_path / "model" / "generation_config.json"
    config.write_text(
        json.dumps(json.loads(config.read_text()) | {"do_sample": True})
    )  # without it decoding is always greedy
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(tmp_path / "model")]
    log = tmp_path / "serve.log"
    with open(log, "wb") as stream:
        process = subprocess.Popen(
            [*program, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            stdout=stream,
            stderr=stream,
            env=os.environ | {"HF_HUB_OFFLINE": "1"},
        )
    try:
        for _ in range(1200):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1", str(tmp_path / "model")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.mark.train
def test_a_real_server(transformers_serve, build_of_six, tmp_path, capsys):
    url, model = transformers_serve
    out = tmp_path / "samples.jsonl"
    arguments = ["sample", str(build_of_six), "--endpoint", url, "--model", model, "--out", str(out), "--n", "3"]
    assert main([*arguments, "--prompts", "4", "--max-new-tokens", "8"]) == 0
    lines = list(read_samples(out))
    assert [len(line["samples"]) for line in lines] == [3] * 4  # the server returns one at a time
    assert all(len(set(line["samples"])) > 1 for line in lines)  # each with a seed of its own
    reasons = {reason for line in lines for reason in line["finish"]}
    assert "length" in reasons <= {"length", "stop"}  # a new model ends an answer of eight tokens now and then
    attempts = (tmp_path / ".samples.jsonl.requests" / "attempts.jsonl").read_text().splitlines()
    assert len(attempts) == 12
    for attempt in map(json.loads, attempts):
        assert 8 < attempt["tokens"] < 4000 and attempt["replies"][0][1] in reasons
    assert main([*arguments, "--prompts", "4", "--max-new-tokens", "8"]) == 0
    assert len((tmp_path / ".samples.jsonl.requests" / "attempts.jsonl").read_text().splitlines()) == 12
    other = ["--endpoint", url, "--model", model, "--out", str(tmp_path / "d.yaml"), "--number", "1"]
    capsys.readouterr()
    assert main(["describe", "ner", *other]) == 2
    assert "none of 4 replies can be used" in capsys.readouterr().err  # the model is not trained
