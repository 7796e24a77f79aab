"""Explanations are kept where they lead to the answer, and nowhere else."""

from __future__ import annotations

import json
import re
from collections import Counter

import pyarrow
import pyarrow.parquet
import pytest
import yaml

from adelie_hf.answers import Entity, EventItem, Extraction, Triple
from adelie_hf.errors import InputError
from adelie_hf.prompts import parse, write
from adelie_hf.sampling import read_build
from adelie_hf.sampling.endpoint import Endpoint, Reply
from adelie_hf.sampling.explain import TASKS, explain, rejection
from adelie_hf.sampling.wording import wording

FILLER = "The text reports a purchase, so the two names in it have to be looked at one after the other."


BOTH = (Entity("Acme", "company"), Entity("Paris", "place"))


def row(answer=BOTH, task="ner", format="text", **changed):
    return {
        "id": "1",
        "task": task,
        "format": format,
        "text": "Acme bought a gold mine near Paris from Globex.",
        "schema": [{"name": name, "roles": []} for name in ("company", "place", "owns")],
        "completion": [{"role": "assistant", "content": write(answer, task, format)}],
        "answer": [list(item) for item in answer],
    } | changed


GOOD = f"{FILLER} Acme is what buys and Paris is where.\n[Answer]: Acme: company; Paris: place;"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"[Explanation]: {GOOD}",
        GOOD.replace("Acme: company; Paris: place;", "Paris: place; Acme: company;"),
        GOOD.replace("Acme is", "ACME, which wants gold, is"),  # the text speaks of gold
        GOOD.replace("Acme is", "Acme: company; since it is"),  # states what is gold
        GOOD.replace("Acme is", "Globex: thief; but Acme is"),  # no such category
    ],
)
def test_good_explanations(text):
    assert rejection(row(), Reply(text, "stop"), 70) == ""


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (GOOD, "refusal", "refused"),
        (GOOD, "content_filter", "refused"),
        (GOOD, "length", "cut off"),
        ("", "stop", "empty"),
        ("[Answer]: Acme: company; Paris: place;", "stop", "empty"),
        ("Acme and Paris. [Answer]: Acme: company; Paris: place;", "stop", "too short"),
        (GOOD.replace("Acme is", "very " * 60 + "Acme is"), "stop", "too long"),
        (GOOD.partition("[Answer]")[0], "stop", "does not end in one answer"),
        (GOOD + "\n[Answer]: Acme: company; Paris: place;", "stop", "does not end in one answer"),
        (GOOD.partition("[Answer]")[0] + "[Answer]: as above", "stop", "ends in an answer that cannot be read"),
        (GOOD.replace("Paris: place;", ""), "stop", "contradicts the answer"),
        (GOOD + " Paris: place;", "stop", "contradicts the answer"),
        (GOOD.replace("place;", "company;"), "stop", "contradicts the answer"),
        (GOOD.replace("Acme: company; Paris: place;", "NA"), "stop", "contradicts the answer"),
        (f"Globex: company; {GOOD}", "stop", "contradicts the answer"),
        (GOOD.replace("Paris is where", "a city is where"), "stop", "lacks a mention of the answer"),
        (
            GOOD.replace("Acme is", "As the given answer says, Acme is"),
            "stop",
            "gives away that it was shown the answer",
        ),
        (GOOD.replace("Acme is", "By the ground\ntruth, Acme is"), "stop", "gives away that it was shown the answer"),
    ],
)
def test_bad_explanations(text, finish, reason):
    assert rejection(row(), Reply(text, finish), 70) == reason


def test_the_limit_has_a_leeway_of_a_quarter():
    def of(words):
        return Reply(
            " ".join(["Acme", "Paris", *["word"] * (words - 2)]) + "[Answer]: Acme: company; Paris: place;", "stop"
        )

    assert rejection(row(), of(100), 80) == ""
    assert rejection(row(), of(101), 80) == "too long"
    assert rejection(row(), of(15), 80) == ""
    assert rejection(row(), of(14), 80) == "too short"


def test_gold_is_a_leak_where_the_text_has_none():
    text = GOOD.replace("Acme is", "Acme is gold and")
    assert rejection(row(), Reply(text, "stop"), 70) == ""
    assert rejection(row(text="Acme bought a mine near Paris."), Reply(text, "stop"), 70).startswith("gives away")
    assert rejection(row(text="Acme: a golden mine, Paris."), Reply(text, "stop"), 70).startswith("gives away")


def test_nothing_is_claimed_where_there_is_nothing():
    empty = row(answer=())
    assert rejection(empty, Reply(f"{FILLER} Neither is of a type. [Answer]: NA", "stop"), 70) == ""
    for text in (f"{FILLER} [Answer]: Acme: company;", f"{FILLER} Still; Acme: company; [Answer]: NA"):
        assert rejection(empty, Reply(text, "stop"), 70) == "claims items where there are none"


def test_long_answers_need_ten_of_their_mentions():
    answer = tuple(Entity(f"name{at:02}", "company") for at in range(30))
    long = row(answer, text=" ".join(item.mention for item in answer))
    end = write(answer, "ner")
    for there, reason in ((10, ""), (9, "lacks a mention of the answer")):
        said = " and ".join(item.mention for item in answer[-there:])
        assert rejection(long, Reply(f"{FILLER} {said}. {end}", "stop"), 70) == reason


@pytest.mark.parametrize("format", ["text", "json"])
@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("re", (Triple("Acme", "owns", "Globex"),)),
        ("ee", (EventItem("bought", "owns", (("Acme", "buyer"), ("Globex", "seller"))),)),  # type: ignore[arg-type]
        ("openie", (Extraction("bought", ("Acme", "a gold mine", "near Paris")),)),
    ],
)
def test_every_mention_counts_in_every_task(task, answer, format):
    asked = row(answer, task, format)
    words = re.findall("Acme|Globex|bought|a gold mine|near Paris", str(answer))
    end = write(answer, task, format)
    assert rejection(asked, Reply(f"{FILLER} {', '.join(words)}. {end}", "stop"), 70) == ""
    for missing in words:
        said = ", ".join(word for word in words if word != missing)
        assert rejection(asked, Reply(f"{FILLER} {said}. {end}", "stop"), 70) == "lacks a mention of the answer"


# ---- from a build to a file ---------------------------------------------------------------------


def parts(prompt):
    """What the prompt shows: the limit, the question and the answer."""
    found = re.search(
        r"at most (\d+) words.*=== Task ===\n(.*)\n\n=== Result ===\n(.*)\n\n=== Reason", prompt, re.DOTALL
    )
    assert found
    return int(found[1]), found[2], found[3]


def reason_well(prompt):
    """An explanation that holds all of the answer's words, and ends in it."""
    _, _, answer = parts(prompt)
    return f"{FILLER} {re.sub(r'[^A-Za-z0-9 .,-]', ' ', answer.replace('[Answer]', ''))}\n{answer}"


def test_rows_are_shown_with_their_answer_and_kept_with_its_explanation(server, build_of_six, tmp_path):
    server.script = lambda body, number: server.replies(reason_well(body["messages"][0]["content"]))
    out = tmp_path / "explanations.jsonl"
    counts = explain(build_of_six, Endpoint(server.url, "some-model"), out, per_task=4)
    assert set(counts) == set(TASKS) and all(of["read"] == 4 for of in counts.values())
    assert len(server.requests) == 4 * len(TASKS)
    assert all(body["temperature"] == 0.7 for body in server.requests)

    file, rows = read_build(build_of_six, "train")
    by_id = {row["id"]: row for row in rows}
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == sum(of["kept"] for of in counts.values()) >= 25
    assert [line["id"] for line in lines] == [row["id"] for row in rows if row["id"] in {line["id"] for line in lines}]
    for line in lines:
        assert list(line) == ["id", "task", "explanation", "model", "words", "answer"]
        assert line["task"] == by_id[line["id"]]["task"] and line["answer"] == by_id[line["id"]]["answer"]
        assert line["model"] == "some-model" and line["words"] == len(line["explanation"].split())
        assert "[Answer]" not in line["explanation"] and line["explanation"].startswith(FILLER)
    shown = [parts(prompt) for prompt in server.asked()]
    by_question = {"\n\n".join(turn["content"] for turn in row["prompt"]): row for row in rows}
    for limit, question, answer in shown:
        row = by_question[question]
        gold = parse(row["completion"][0]["content"], row["task"], row["format"]).items
        assert 70 <= limit <= 200 and parse(answer, row["task"], row["format"]).items == gold
    assert len({limit for limit, _, _ in shown}) > 10

    said = json.loads((tmp_path / "explanations.jsonl.manifest.json").read_text())
    assert said["counts"] == counts and said["settings"]["seed"] == 42 and "train.parquet" in said["inputs"]
    assert server.url not in json.dumps(said)


def test_the_rows_with_the_lowest_lots_are_explained_whatever_else_is_asked(server, build_of_six, tmp_path):
    server.script = lambda body, number: server.replies(reason_well(body["messages"][0]["content"]))
    asked = {}
    for per_task in (2, 4):
        server.requests.clear()
        explain(build_of_six, Endpoint(server.url, "m", per_task), tmp_path / str(per_task), per_task=per_task)
        asked[per_task] = {json.dumps(body, sort_keys=True) for body in server.requests}
    assert asked[2] < asked[4]


def test_what_is_dropped_is_counted(server, build_of_six, tmp_path):
    server.script = lambda body, number: (
        server.fault(400) if number % 3 == 0 else server.replies(None if number % 3 == 1 else "Well, well.")
    )
    counts = explain(build_of_six, Endpoint(server.url, "m"), tmp_path / "out", per_task=3)
    total = sum(counts.values(), Counter())
    assert total == {"read": 24, "dropped: refused": 8, "dropped: empty": 8, "dropped: too short": 8}
    assert (tmp_path / "out").read_text() == ""


def test_a_build_that_is_none(server, build_of_six, tmp_path):
    endpoint = Endpoint(server.url, "m")
    with pytest.raises(InputError, match=r"train.parquet: no such file; make it with `adelie-hf build ieinstruct"):
        explain(tmp_path, endpoint, tmp_path / "out")
    (tmp_path / "train.parquet").write_bytes((build_of_six / "train.parquet").read_bytes()[:3000])
    with pytest.raises(InputError, match=r"train.parquet: cannot be read as Parquet"):
        explain(tmp_path, endpoint, tmp_path / "out")
    pyarrow.parquet.write_table(pyarrow.table({"id": ["1"], "task": ["ner"]}), tmp_path / "train.parquet")
    with pytest.raises(InputError, match=r"train.parquet: no build of IEInstruct, it has no column answer, "):
        explain(tmp_path, endpoint, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["train.parquet"] and server.requests == []


@pytest.mark.parametrize(
    ("name", "key", "value", "message"),
    [
        ("explain", "prompt", "$words and $question", "slots are not words, question, answer"),
        ("describe", "prompt", "$task $examples $braces $more", "slots are not"),
        ("explain", "prompt", "$words $question $answer $", "slots are not"),
        ("explain", "leaks", ["Gold"], "'Gold' in leaks is not a phrase in lower case"),
        ("describe", "formats", [True], "True in formats is not a phrase"),
    ],
)
def test_the_wording_is_checked(monkeypatch, name, key, value, message):
    data = wording(name) | {"prompt": wording(name)["prompt"].template} | {key: value}
    monkeypatch.setattr(yaml, "safe_load", lambda text: data)
    with pytest.raises(ValueError, match=re.escape(message)):
        wording.__wrapped__(name)


def test_texts_that_look_like_slots_stay_as_they_are():
    prompt = wording("explain")["prompt"].substitute(words=70, question="$answer {text} $", answer="$$ $words")
    assert parts(prompt) == (70, "$answer {text} $", "$$ $words")
