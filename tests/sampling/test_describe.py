"""New task descriptions: kept when they are new and request the same as the known ones."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from adelie_hf.errors import InputError
from adelie_hf.manifest import Counts, CountsEntry, FileManifest
from adelie_hf.prompts import descriptions
from adelie_hf.sampling import describe as module
from adelie_hf.sampling.describe import describe, description_problem
from adelie_hf.sampling.endpoint import Endpoint, Reply
from adelie_hf.tasks import TASKS

KNOWN = "Find every named entity in {text} and give it one of the types in {schema}."
NEW = "Which names does the passage {text} hold? Sort them by the categories {schema}."


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (NEW, "stop", ""),
        (f"  1. {NEW}\n", "stop", ""),
        (f"- “{NEW}”", "stop", ""),
        (NEW, "refusal", "refused"),
        (NEW, "content_filter", "refused"),
        (NEW, "length", "cut off"),
        ("", "stop", "not one line"),
        (NEW.replace("? ", "?\n"), "stop", "not one line"),
        ("Label {text} by {schema}.", "stop", "too short"),
        (NEW + " Look" + " again" * 60, "stop", "too long"),
        (NEW.replace("{text}", ""), "stop", "lost slots"),
        (NEW.replace("{text}", "{schema}"), "stop", "lost slots"),
        (NEW.replace("{text}", "<text>"), "stop", "lost slots"),
        (f"{NEW} Mind {{head}}.", "stop", "unknown slots"),
        (f"{NEW} Mind {{text}}.", "stop", "unknown slots"),
        (f"{NEW} Mind {{the head}}.", "stop", "unknown slots"),
        (f"{NEW} Mind [OPTIONS].", "stop", "unknown slots"),
        (f"{NEW} Reply in JSON.", "stop", "names an answer format"),
        (f'{NEW} Say "none" if there are none.', "stop", "names an answer format"),
        (KNOWN, "stop", "nearly a copy"),
        (KNOWN.replace("every", "each"), "stop", "nearly a copy"),
    ],
)
def test_requirements_of_a_description(text, finish, reason):
    assert description_problem(Reply(text, finish), KNOWN, [KNOWN]) == reason


def test_the_descriptions_of_the_library_would_pass():
    """The filter requires nothing of a model that the library's own descriptions do not fulfil."""
    for task in TASKS:
        for text in descriptions(task):
            others = [other for other in descriptions(task) if other != text]
            assert description_problem(Reply(text, "stop"), text, others) == "", text


def distinct(body, number):
    """Return a description that shares no word with another one, with the requested slots."""
    slots = re.findall(r"\{\w+\}", body["messages"][0]["content"].partition("spelled like this: ")[2])
    return " ".join([*(f"word{number}x{at}" for at in range(20)), *slots])


def test_a_file_of_descriptions(server, tmp_path):
    server.script = lambda body, number: server.replies(distinct(body, number))
    out = tmp_path / "llm.yaml"
    counts = describe(["ner", "eae"], Endpoint(server.url, "m", concurrency=1), out, number=7)
    expected = Counts(read=7, kept=Counter(descriptions=7))
    assert counts == {"ner": expected, "eae": expected}
    content = yaml.safe_load(out.read_text())
    assert {task: len(texts) for task, texts in content.items()} == {"ner": 7, "eae": 7}
    prompts = server.prompts()
    assert "named entity recognition" in prompts[0] and "event argument extraction" in prompts[5]
    first, last = prompts[0], prompts[-1]  # the first round shows no description of the model, the next ones show two
    assert sum(text in first for text in descriptions("ner")) == 3 and "word" not in first.replace("words", "")
    assert sum(text in last for text in descriptions("eae")) == 3
    assert sum(text in last for text in content["eae"]) == 2 and not any(text in last for text in content["ner"])

    server.requests.clear()
    before = out.read_bytes()
    describe(["ner", "eae"], Endpoint(server.url, "m"), out, number=7)
    assert server.requests == [] and out.read_bytes() == before
    manifest = FileManifest.load(tmp_path / "llm.yaml.manifest.json")
    assert manifest.counts == {task: CountsEntry.of(counts[task]) for task in counts}
    assert manifest.settings["model"] == "m"


def test_a_repeated_description_is_a_copy_and_counted(server, tmp_path):
    server.script = lambda body, number: server.replies(distinct(body, number // 3))
    counts = describe(["rc"], Endpoint(server.url, "m", concurrency=1), tmp_path / "out.yaml", number=4)
    assert counts["rc"].kept["descriptions"] == 4 == len(yaml.safe_load((tmp_path / "out.yaml").read_text())["rc"])
    assert counts["rc"].read == 4 + counts["rc"].dropped["nearly a copy"] > 8


def test_at_most_four_times_as_many_replies_are_requested(server, tmp_path):
    server.script = lambda body, number: server.replies("Answer in JSON, please. " + distinct(body, number))
    with pytest.raises(InputError, match="rc: none of 12 replies can be used: 12 names an answer format"):
        describe(["rc"], Endpoint(server.url, "m"), tmp_path / "out.yaml", number=3)
    assert len(server.requests) == 12 and not (tmp_path / "out.yaml").exists()


def test_examples_have_the_same_slots(server, tmp_path, monkeypatch):
    plain = [f"Do the task in plain way number {word}." for word in ("one", "two", "three", "four")]
    slotted = [f"Do the task with {{text}} in way number {word}." for word in ("five", "six", "seven", "eight")]
    monkeypatch.setattr(module, "descriptions", lambda task: plain + slotted)
    server.script = lambda body, number: server.replies(distinct(body, number))
    counts = describe(["ner"], Endpoint(server.url, "m"), tmp_path / "out.yaml", number=12)
    assert counts["ner"] == Counts(read=12, kept=Counter(descriptions=12))
    with_slots = [prompt for prompt in server.prompts() if "{text}" in prompt]
    assert 0 < len(with_slots) < 12
    for prompt in server.prompts():
        same, others = (slotted, plain) if "{text}" in prompt else (plain, slotted)
        assert sum(text in prompt for text in same) == 3 and not any(text in prompt for text in others)
        assert ("spelled like this: {text}." in prompt) == (prompt in with_slots)
        assert ("Use no braces" in prompt) == (prompt not in with_slots)


@pytest.mark.parametrize(
    ("task", "message"),
    [("odie", "odie has no task descriptions"), ("pos", "unknown task 'pos'; the tasks are ner, ")],
)
def test_tasks_without_descriptions(tmp_path, task, message):
    with pytest.raises(InputError, match=message):
        describe([task], Endpoint("http://localhost/v1", "m"), tmp_path / "out.yaml")
    assert list(tmp_path.iterdir()) == []
