"""Explanations are kept only when they lead to the answer."""

from __future__ import annotations

import json
import re
from collections import Counter

import pyarrow
import pyarrow.parquet
import pytest

from adelie_hf.answers import Entity, EventItem, Extraction, Triple
from adelie_hf.errors import InputError
from adelie_hf.manifest import Counts, CountsEntry, FileManifest
from adelie_hf.prompts import parse, write
from adelie_hf.rows import gold, read_build
from adelie_hf.sampling.endpoint import Endpoint, Reply
from adelie_hf.sampling.explain import EXPLAINED_TASKS, explain, explanation_problem

FILLER = "The text reports a purchase, so the two names in it have to be looked at one after the other."


BOTH = (Entity("Acme", "company"), Entity("Paris", "place"))


def row(answer=BOTH, task="ner", answer_format="text", **columns):
    return {
        "id": "1",
        "task": task,
        "format": answer_format,
        "text": "Acme bought a gold mine near Paris from Globex.",
        "schema": [{"name": name, "roles": []} for name in ("company", "place", "owns")],
        "completion": [{"role": "assistant", "content": write(answer, task, answer_format)}],
        "answer": [list(item) for item in answer],
    } | columns


GOOD = f"{FILLER} Acme is what buys and Paris is where.\n[Answer]: Acme: company; Paris: place;"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"[Explanation]: {GOOD}",
        GOOD.replace("Acme: company; Paris: place;", "Paris: place; Acme: company;"),
        GOOD.replace("Acme is", "ACME, which wants gold, is"),  # the text speaks of gold
        GOOD.replace("Acme is", "Acme: company; since it is"),  # states a gold item
        GOOD.replace("Acme is", "Globex: thief; but Acme is"),  # no such category
    ],
)
def test_good_explanations(text):
    assert explanation_problem(row(), Reply(text, "stop"), 70) == ""


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
            "reveals that the answer was given",
        ),
        (GOOD.replace("Acme is", "By the ground\ntruth, Acme is"), "stop", "reveals that the answer was given"),
    ],
)
def test_bad_explanations(text, finish, reason):
    assert explanation_problem(row(), Reply(text, finish), 70) == reason


def test_an_explanation_may_exceed_the_limit_by_a_quarter():
    def reply(words):
        return Reply(
            " ".join(["Acme", "Paris", *["word"] * (words - 2)]) + "[Answer]: Acme: company; Paris: place;", "stop"
        )

    assert explanation_problem(row(), reply(100), 80) == ""
    assert explanation_problem(row(), reply(101), 80) == "too long"
    assert explanation_problem(row(), reply(15), 80) == ""
    assert explanation_problem(row(), reply(14), 80) == "too short"


def test_a_forbidden_phrase_is_allowed_when_the_text_contains_it():
    text = GOOD.replace("Acme is", "Acme is gold and")
    assert explanation_problem(row(), Reply(text, "stop"), 70) == ""
    assert explanation_problem(row(text="Acme bought a mine near Paris."), Reply(text, "stop"), 70).startswith(
        "reveals"
    )
    assert explanation_problem(row(text="Acme: a golden mine, Paris."), Reply(text, "stop"), 70).startswith("reveals")


def test_an_empty_answer_needs_an_explanation_without_items():
    empty = row(answer=())
    assert explanation_problem(empty, Reply(f"{FILLER} Neither is of a type. [Answer]: NA", "stop"), 70) == ""
    for text in (f"{FILLER} [Answer]: Acme: company;", f"{FILLER} Still; Acme: company; [Answer]: NA"):
        assert explanation_problem(empty, Reply(text, "stop"), 70) == "claims items where there are none"


def test_long_answers_need_ten_of_their_mentions():
    answer = tuple(Entity(f"name{number:02}", "company") for number in range(30))
    long = row(answer, text=" ".join(item.mention for item in answer))
    end = write(answer, "ner")
    for number, problem in ((10, ""), (9, "lacks a mention of the answer")):
        names = " and ".join(item.mention for item in answer[-number:])
        assert explanation_problem(long, Reply(f"{FILLER} {names}. {end}", "stop"), 70) == problem


@pytest.mark.parametrize("answer_format", ["text", "json"])
@pytest.mark.parametrize(
    ("task", "answer"),
    [
        ("re", (Triple("Acme", "owns", "Globex"),)),
        ("ee", (EventItem("bought", "owns", (("Acme", "buyer"), ("Globex", "seller"))),)),  # type: ignore[arg-type]
        ("openie", (Extraction("bought", ("Acme", "a gold mine", "near Paris")),)),
    ],
)
def test_every_mention_counts_in_every_task(task, answer, answer_format):
    explained = row(answer, task, answer_format)
    words = re.findall("Acme|Globex|bought|a gold mine|near Paris", str(answer))
    end = write(answer, task, answer_format)
    assert explanation_problem(explained, Reply(f"{FILLER} {', '.join(words)}. {end}", "stop"), 70) == ""
    for missing in words:
        others = ", ".join(word for word in words if word != missing)
        problem = explanation_problem(explained, Reply(f"{FILLER} {others}. {end}", "stop"), 70)
        assert problem == "lacks a mention of the answer"


# ---- from a build to a file ---------------------------------------------------------------------


def prompt_parts(prompt):
    """Return the limit, the question and the answer in a prompt."""
    match = re.search(
        r"at most (\d+) words.*=== Task ===\n(.*)\n\n=== Result ===\n(.*)\n\n=== Reason", prompt, re.DOTALL
    )
    assert match
    return int(match[1]), match[2], match[3]


def reason_well(prompt):
    """Return an explanation that has all words of the answer, and ends in it."""
    _, _, answer = prompt_parts(prompt)
    return f"{FILLER} {re.sub(r'[^A-Za-z0-9 .,-]', ' ', answer.replace('[Answer]', ''))}\n{answer}"


def test_a_prompt_has_the_row_with_its_answer_and_a_line_its_explanation(server, build_of_six, tmp_path):
    server.script = lambda body, number: server.replies(reason_well(body["messages"][0]["content"]))
    out = tmp_path / "explanations.jsonl"
    counts = explain(build_of_six, Endpoint(server.url, "some-model"), out, per_task=4)
    assert set(counts) == set(EXPLAINED_TASKS) and all(task_counts.read == 4 for task_counts in counts.values())
    assert len(server.requests) == 4 * len(EXPLAINED_TASKS)
    assert all(body["temperature"] == 0.7 for body in server.requests)

    _, rows = read_build(build_of_six, "train")
    by_id = {row["id"]: row for row in rows}
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == sum(task_counts.kept["explanations"] for task_counts in counts.values()) >= 25
    assert [line["id"] for line in lines] == [row["id"] for row in rows if row["id"] in {line["id"] for line in lines}]
    for line in lines:
        assert list(line) == ["id", "task", "explanation", "model", "words", "answer"]
        assert line["task"] == by_id[line["id"]]["task"] and line["answer"] == by_id[line["id"]]["answer"]
        assert line["model"] == "some-model" and line["words"] == len(line["explanation"].split())
        assert "[Answer]" not in line["explanation"] and line["explanation"].startswith(FILLER)
    parts = [prompt_parts(prompt) for prompt in server.prompts()]
    by_question = {"\n\n".join(turn["content"] for turn in row["prompt"]): row for row in rows}
    for limit, question, answer in parts:
        row = by_question[question]
        assert 70 <= limit <= 200 and Counter(parse(answer, row["task"], row["format"]).items) == Counter(gold(row))
    assert len({limit for limit, _, _ in parts}) > 10

    manifest = FileManifest.load(tmp_path / "explanations.jsonl.manifest.json")
    assert manifest.counts == {task: CountsEntry.of(counts[task]) for task in counts}
    assert manifest.settings["seed"] == 42 and "train.parquet" in manifest.inputs
    assert server.url not in manifest.model_dump_json()


def test_more_rows_per_task_include_the_rows_of_fewer(server, build_of_six, tmp_path):
    server.script = lambda body, number: server.replies(reason_well(body["messages"][0]["content"]))
    bodies = {}
    for per_task in (2, 4):
        server.requests.clear()
        explain(build_of_six, Endpoint(server.url, "m", per_task), tmp_path / str(per_task), per_task=per_task)
        bodies[per_task] = {json.dumps(body, sort_keys=True) for body in server.requests}
    assert bodies[2] < bodies[4]


def test_dropped_rows_are_counted(server, build_of_six, tmp_path):
    server.script = lambda body, number: (
        server.fault(400) if number % 3 == 0 else server.replies(None if number % 3 == 1 else "Well, well.")
    )
    counts = explain(build_of_six, Endpoint(server.url, "m"), tmp_path / "out", per_task=3)
    total = Counts()
    for task_counts in counts.values():
        total.add(task_counts)
    assert total == Counts(read=24, dropped=Counter({"refused": 8, "empty": 8, "too short": 8}))
    assert (tmp_path / "out").read_text() == ""


def test_folders_without_a_build_of_ieinstruct(server, build_of_six, tmp_path):
    endpoint = Endpoint(server.url, "m")
    with pytest.raises(InputError, match=r"train.parquet: no such file; build it with `adelie-hf build ieinstruct"):
        explain(tmp_path, endpoint, tmp_path / "out")
    (tmp_path / "train.parquet").write_bytes((build_of_six / "train.parquet").read_bytes()[:3000])
    with pytest.raises(InputError, match=r"train.parquet: cannot be read as Parquet"):
        explain(tmp_path, endpoint, tmp_path / "out")
    pyarrow.parquet.write_table(pyarrow.table({"id": ["1"], "task": ["ner"]}), tmp_path / "train.parquet")
    with pytest.raises(InputError, match=r"train.parquet: not a build of IEInstruct: it has no column "):
        explain(tmp_path, endpoint, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["train.parquet"] and server.requests == []
