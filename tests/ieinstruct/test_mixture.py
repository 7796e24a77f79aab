"""What else goes into a mixture and what is left out: general chat data, rows too long, and the files that say so."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.ieinstruct import SAMPLE, Recipe, load_recipe, make_rows, plan
from adelie_hf.ieinstruct.length import Draft, fitting_rows, length_filter
from adelie_hf.ieinstruct.recipe import recipe_settings
from adelie_hf.ieinstruct.round_trip import check_row
from adelie_hf.manifest import Counts
from adelie_hf.prompts import relation_kind
from adelie_hf.records import Label
from adelie_hf.rows import InstructRow


def conversation(number: int, turns: int = 2) -> dict:
    roles = ["user", "assistant"] * (turns // 2)
    return {"messages": [{"role": role, "content": f"{role} {number}.{at}"} for at, role in enumerate(roles)]}


def chat(folder: Path, *lines: dict | str) -> Path:
    file = folder / "chat.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return file


def general(file: Path, **recipe) -> tuple[list[InstructRow], Counts, int]:
    parts = plan("mixture", SAMPLE, Recipe(general=str(file), cap=5, **recipe)).units["train"]
    counts = Counts()
    found = list(make_rows(parts[-1], counts))
    return found, counts, sum(len(list(make_rows(part))) for part in parts[:-1])


def test_general_data_fills_its_share(tmp_path):
    file = chat(tmp_path, *(conversation(number, 4) for number in range(500)))
    found, counts, others = general(file)
    assert others / (others + len(found)) == pytest.approx(0.2, abs=0.005)
    assert counts.read == 500 == counts.kept["rows"] + counts.dropped["more than the share of general data"]
    row = found[0]
    assert [turn["role"] for turn in row["prompt"]] == ["user", "assistant", "user"]
    assert [turn["role"] for turn in row["completion"]] == ["assistant"]
    assert row["task"] == "general" and row["source"] == "chat.jsonl"


def test_general_data_are_in_the_training_rows_of_align_and_of_the_sample(tmp_path):
    recipe = Recipe(general=str(chat(tmp_path, *(conversation(number) for number in range(9)))), cap=5)
    for config, data in (("align", SAMPLE), ("sample", None)):
        units = plan(config, data, recipe).units
        rows = list(make_rows(units["train"][-1]))
        assert {(row["task"], row["source"]) for row in rows} == {("general", "chat.jsonl")}
        assert "general" not in {unit.task for unit in units["test"]}


def test_the_order_of_general_data_does_not_matter(tmp_path):
    lines = [conversation(number) for number in range(300)]
    first = {row["id"] for row in general(chat(tmp_path, *lines), ie_share=0.5)[0]}
    assert first == {row["id"] for row in general(chat(tmp_path, *lines[::-1]), ie_share=0.5)[0]}


def test_general_data_that_does_not_do_is_counted(tmp_path):
    question = {"messages": [{"role": "user", "content": "And?"}]}
    silence = {"messages": [{"role": "user", "content": "And?"}, {"role": "assistant", "content": " "}]}
    file = chat(tmp_path, conversation(1), question, silence, "")
    found, counts, others = general(file)
    assert len(found) == counts.kept["rows"] == 1
    assert counts.dropped["the conversation does not end with an answer"] == 1
    assert counts.dropped["the last answer is empty"] == 1
    assert counts.noted["missing for the share of general data"] == 4 * others - 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"messages": [', "chat.jsonl:2: not valid JSON"),
        ('{"text": "a"}', "chat.jsonl:2: no list of `messages`"),
        ('{"messages": [{"role": "robot", "content": "a"}]}', "chat.jsonl:2: no list of `messages`"),
        ('{"messages": [{"role": "user", "content": 3}]}', "chat.jsonl:2: no list of `messages`"),
    ],
)
def test_general_data_that_is_none_is_named(tmp_path, line, problem):
    with pytest.raises(InputError, match=problem):
        general(chat(tmp_path, conversation(1), line))


def test_general_data_may_be_a_folder_that_datasets_reads(tmp_path):
    chat(tmp_path, *(conversation(number) for number in range(40)))
    assert len(general(tmp_path, ie_share=0.9)[0]) == 5
    with pytest.raises(InputError, match="neither a file nor a data set"):
        general(tmp_path / "gone")


def test_what_a_recipe_names_counts_as_its_input(tmp_path):
    file = chat(tmp_path, conversation(1))
    for general in (file, tmp_path):
        recipe = Recipe(general=str(general))
        assert file in plan("mixture", SAMPLE, recipe).inputs.values()


@pytest.mark.train
@pytest.mark.parametrize("kind", ["byte-level", "characters"])
def test_long_rows_are_dropped_as_if_each_were_measured(tmp_path, kind):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    if kind == "byte-level":
        backend = Tokenizer(models.BPE({each: at for at, each in enumerate(pre_tokenizers.ByteLevel.alphabet())}, []))
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
    else:
        backend = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="</s>").save_pretrained(tmp_path / kind)
    from adelie_hf.models import load_tokenizer

    tokenizer = load_tokenizer(str(tmp_path / kind))
    found = [row for part in plan(recipe=Recipe(cap=40)).units["train"] for row in make_rows(part)]
    found[0] |= {"completion": [{"role": "assistant", "content": "\u00e9\u4e2d" * 200}]}
    texts = [tokenizer.apply_chat_template(row["prompt"] + row["completion"], tokenize=False) for row in found]
    lengths = [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    limit = sorted(lengths)[len(lengths) // 2]
    counts = Counts(kept=Counter(rows=len(found)))
    kept = list(fitting_rows(map(Draft, found), length_filter(str(tmp_path / kind), limit), "long", counts))
    assert kept == [row for row, length in zip(found, lengths, strict=True) if length <= limit]
    assert counts.kept["rows"] == len(kept)
    assert counts.dropped["long"] == len(found) - len(kept) > 100


@pytest.mark.train
def test_a_tokenizer_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"gone' cannot be loaded .* give a folder or a name"):
        length_filter(str(tmp_path / "gone"), 10)


def test_recipes_of_ours_and_what_is_wrong_with_others(tmp_path):
    paper, code, iepile = (load_recipe(name) for name in ("paper", "reference_code", "iepile"))
    assert paper.cap_of("bc5cdr", "ner", "train") == 1666 and paper.cap_of("fewrel", "rc", "train") == 5000
    assert code.subset_keep == 0.9 and iepile.iepile and iepile.batches == {"ner": 6, "other": 4}
    with pytest.raises(InputError, match="no recipe 'papers'; give a YAML file, or one of iepile, paper, ref"):
        load_recipe("papers")
    for text, problem in [
        ("guidelines: 1.2", "guidelines is 1.2: input should be less than or equal to 1"),
        ("demonstration: 0.5", "unknown key 'demonstration'"),
        ("most_demonstrations: 0", "most_demonstrations is 0: input should be greater than or equal to 1"),
        ("ie_share: 0.0", "ie_share is 0.0: input should be greater than 0"),
        ("caps: {a: -1}", "caps.a is -1: input should be greater than or equal to 0"),
        ("general: 3", "general is 3: input should be a valid string"),
        ("iepile: 1", "iepile is 1: input should be a valid boolean"),
        ("batches: {ner: 3}", "batches has no entry for `other`"),
    ]:
        (tmp_path / "r.yaml").write_text(text)
        with pytest.raises(InputError, match=problem):
            load_recipe(tmp_path / "r.yaml")


def test_explanations_are_given_before_the_answer(tmp_path):
    part = next(part for part in plan(recipe=Recipe()).units["train"] if part.task == "ner")
    some = [row for row in make_rows(part) if not row["choices"]["symbols"]][:20]
    lines = [{"id": row["id"], "explanation": f"Because {row['id']}.", "answer": row["answer"][::-1]} for row in some]
    lines[0]["answer"] = [["x", "y"]]  # written for a row that asked for something else
    file = tmp_path / "explanations.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for share, wanted in ((1.0, 19), (0.0, 0)):
        recipe = Recipe(explanations=str(file), explained=share)
        part = next(part for part in plan(recipe=recipe).units["train"] if part.task == "ner")
        explained = [row for row in make_rows(part) if row["choices"]["explained"]]
        assert len(explained) == wanted
        for row in explained:
            assert f"Because {row['id']}." in row["completion"][0]["content"]
            assert check_row(json.loads(json.dumps(row))) == "read back"
            assert not row["choices"]["demonstrations"]
    recipe = Recipe(explanations=str(file))
    part = next(part for part in plan(recipe=recipe).units["train"] if part.task == "ner")
    # A line separator inside a string ends no line.
    file.write_text(
        json.dumps(lines[1] | {"explanation": "one\u2028two"}, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    assert [row["choices"]["explained"] for row in make_rows(part)].count(True) == 1
    for line, problem in (
        ('{"id": "x"}', "not a JSON object with the id of a row, an explanation and an answer"),
        (
            '{"id": "s/1/ner/0", "explanation": "so [Answer]: NA", "answer": []}',
            "the explanation contains '[Answer]:'",
        ),
    ):
        file.write_text(f"\n{line}\n")
        with pytest.raises(InputError, match=rf"explanations.jsonl:2: {re.escape(problem)}"):
            list(make_rows(part))


def test_further_descriptions_of_a_kind_of_relation_go_to_its_rows(tmp_path):
    file = tmp_path / "more.yaml"
    file.write_text("ere-causal: [Zebra crossing.]\nere: [Yak milk.]\n")
    recipe = Recipe(descriptions=str(file), subset=1.0)
    part = next(part for part in plan(recipe=recipe).units["train"] if part.task == "ere")
    told = {row["prompt"][0]["content"].partition("\n")[0]: row["schema"] for row in make_rows(part)}
    assert [label["name"] for label in told["Zebra crossing."]] and "Yak milk." not in told
    assert {relation_kind(Label(label["name"])) for label in told["Zebra crossing."]} == {"causal"}


def test_a_manifest_names_files_without_their_paths(tmp_path):
    file = chat(tmp_path, conversation(1))
    (tmp_path / "tokenizer").mkdir()
    recipe = Recipe(general=str(file), tokenizer=str(tmp_path / "tokenizer"))
    said = recipe_settings(recipe)
    assert (said["general"], said["tokenizer"]) == ("chat.jsonl", "tokenizer")
    assert recipe_settings(Recipe(tokenizer="org/name", general="org/data"))["tokenizer"] == "org/name"
