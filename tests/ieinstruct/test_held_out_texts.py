"""No training row is about a text that the build holds out, from whatever source it comes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adelie_hf import build_ieinstruct
from adelie_hf.build import build
from adelie_hf.ieinstruct import Recipe, plan
from adelie_hf.ieinstruct.plan import hold_out_more
from adelie_hf.rows import read_build
from adelie_hf.sources.same_text import text_digest

PLAIN = Recipe(demonstrations=0.0, guidelines=0.0, no_answer=1.0, no_answer_most=1.0, feedback_share=0.4)
REASON = "its text is held out"


def write_tokens(file: Path, *sentences: str) -> None:
    """Write tagged tokens: a word in upper case is an organization."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [[f"{word} {'B-ORG' if word.isupper() else 'O'}" for word in sentence.split()] for sentence in sentences]
    file.write_text("\n\n".join("\n".join(words) for words in lines) + "\n")


@pytest.fixture
def raw(tmp_path) -> Path:
    """Two sets of own data; texts of either's test split are in the training split of the other."""
    write_tokens(
        tmp_path / "raw/news/train.bio", "ACME grows .", "GLOBEX 's plan fails", "ACME sells .", "HOOLI hires"
    )
    write_tokens(tmp_path / "raw/news/test.bio", "INITECH sinks", "HOOLI hires .")
    write_tokens(tmp_path / "raw/blog/train.bio", "Initech sinks .", "INITECH swims")
    write_tokens(tmp_path / "raw/blog/test.bio", "GLOBEX ' s plan , fails")
    return tmp_path / "raw"


def texts(folder: Path, *splits: str) -> list[str]:
    """Return the texts of the splits that have rows."""
    there = [split for split in splits if (folder / f"{split}.parquet").is_file()]
    return sorted(row["text"] for split in there for row in read_build(folder, split)[1])


@pytest.mark.parametrize("num_proc", [1, 2])
@pytest.mark.parametrize("config", ["align", "mixture"])
def test_a_training_text_that_is_held_out_is_left_out_and_counted(raw, tmp_path, config, num_proc):
    counts = build(plan(config, raw, PLAIN), tmp_path / "build", num_proc)
    kept = ["ACME grows .", "ACME sells .", "INITECH swims"]
    assert texts(tmp_path / "build", "train", "feedback") == kept
    left_out = [counts[split].dropped[REASON] for split in ("train", "feedback")]
    assert sum(left_out) == 3  # also in another case, and with other spaces and punctuation
    assert "test" not in counts or counts["test"].dropped[REASON] == 0


def test_documents_that_are_cut_off_are_held_out_too(tmp_path):
    """A source without a test split is cut by document, and the same text may be in several documents."""
    sentences = [f"ACME opens number {number % 20}" + " ." * (number // 20) for number in range(60)]
    write_tokens(tmp_path / "raw/train.bio", *sentences)
    counts = build(plan("align", tmp_path / "raw", PLAIN), tmp_path / "build")
    held_out, trained = (
        {text_digest(text) for text in texts(tmp_path / "build", *splits)}
        for splits in (["test"], ["train", "feedback"])
    )
    assert held_out and trained and len(held_out | trained) == 20 and not held_out & trained
    assert counts["train"].dropped[REASON] + counts["feedback"].dropped[REASON] > 0


def test_the_texts_of_a_benchmark_are_held_out_too(raw, tmp_path):
    chat = tmp_path / "chat.jsonl"
    turns = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hello"}]
    chat.write_text(f"{json.dumps({'messages': turns})}\n" * 9)
    recipe = PLAIN.model_copy(update={"feedback_share": 0.0, "general": str(chat), "ie_share": 0.5})
    blog = plan("align", raw, recipe, ("blog",))
    news = plan("align", raw, recipe, ("news",)).units["test"]
    counts = build(hold_out_more(blog, news, raw), tmp_path / "build")
    assert texts(tmp_path / "build", "train") == ["", "INITECH swims"]  # as many chats as other rows
    assert counts["train"].dropped[REASON] == 1 and "blog/train.bio" in blog.inputs
    assert "news/test.bio" in hold_out_more(blog, news, raw).inputs


def test_a_text_in_a_file_of_its_own_is_read_again_when_it_changes(raw, tmp_path):
    """brat's texts are beside its annotations; a process that builds twice must not remember the first text."""
    (raw / "notes/test").mkdir(parents=True)
    (raw / "notes/test/1.ann").write_text("T1\torganization 0 4\tACME\n")
    for number, (text, kept) in enumerate((("ACME waits .", "ACME sells ."), ("ACME sells .", "ACME grows ."))):
        (raw / "notes/test/1.txt").write_text(text)
        build(plan("mixture", raw, PLAIN), tmp_path / str(number))
        assert kept in texts(tmp_path / str(number), "train", "feedback")
    assert "ACME sells ." not in texts(tmp_path / "1", "train", "feedback")


def test_a_source_by_itself_is_as_published(raw, tmp_path):
    build_ieinstruct("news", data_dir=raw, out=tmp_path / "build")
    assert len(texts(tmp_path / "build", "train")) == 4


def test_held_out_files_are_inputs_of_a_mixture_and_their_change_is_seen(raw, tmp_path):
    mixture = plan("mixture", raw, PLAIN)
    assert {"news/test.bio", "blog/test.bio"} <= mixture.inputs.keys()
    build(mixture, tmp_path / "before")
    write_tokens(raw / "news/test.bio", "ACME grows")
    build(plan("mixture", raw, PLAIN), tmp_path / "after")
    before, after = (texts(tmp_path / name, "train", "feedback") for name in ("before", "after"))
    assert "ACME grows ." in before and "ACME grows ." not in after and "HOOLI hires" in after
