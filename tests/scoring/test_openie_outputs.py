"""The readers of open IE outputs, each on a small file of its format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.scoring import carb, robust
from adelie_hf.scoring import openie_outputs as readers
from adelie_hf.scoring.openie_outputs import SystemOutput, cliques_side_by_side, read_robust, side_by_side

BORN = "Ann was born in Rome in 1950 ."
ATE = "Bo ate ."


def part(text: str, kind: str = "SimpleArgument") -> str:
    return f"{kind}({text},List([0, 3)))"


def row(*fields: str) -> str:
    return "\t".join(fields) + "\n"


BORN_4 = ["0.9", "", part("Ann"), part("was born in", "Relation"), part("Rome"), BORN]
OLLIE = row("confidence", "arg1", "rel", "arg2", "enabler", "attrib", "text")
REVERB = ["f", "1", "Ann", "was born in", "Rome", *"012345", "0.9", "Ann was born in Rome in 1950.", "NNP", "B-NP"]

# reader, file, sentence, predicate, arguments, skipped rows
FORMATS: dict[str, tuple[Callable[[Path], SystemOutput], str, str, str, list[str], int]] = {
    "tabbed": (
        readers.read_tabbed,
        "\n" + row(BORN, "0.9", "was born", "Ann", "in Rome", "in 1950", "C: then"),
        BORN,
        "was born",
        ["Ann", "in Rome", "in 1950", "C: then"],
        0,
    ),
    "openie4": (
        readers.read_openie4,
        row("0.3", "", part("Ann"), part("was", "Relation"), "", BORN) + row(*BORN_4, "more"),
        BORN,
        "was born in",
        ["Ann", "Rome"],
        1,
    ),
    "openie4 with a bracket inside": (
        readers.read_openie4,
        row("0.9", part("x", "Context"), part("Ann (who"), part("was", "Relation"), part("f(x)"), BORN),
        BORN,
        "was",
        ["Ann (who", "f(x)"],
        0,
    ),
    "openie5": (
        readers.read_openie5,
        row(
            "0.9", "", part("Ann"), part("was born"), f"{part('in Rome')};{part('in 1950', 'TemporalArgument')}", BORN
        ),
        BORN,
        "was born",
        ["Ann", "in Rome", "in 1950"],
        0,
    ),
    "openie5 with a context": (
        readers.read_openie5,
        row("0.9", part("Bo says", "Context"), *BORN_4[2:]) + row("0.5", part("Ann"), part("Ann"), "", "", BORN),
        BORN,
        "was born in",
        ["Bo says Ann", "Rome"],
        1,
    ),
    "openie5 with the context in the row": (
        readers.read_openie5,
        row("0.9", part("Ann was", "Context"), *BORN_4[2:]),
        BORN,
        "was born in",
        ["Ann", "Rome"],
        0,
    ),
    "clausie": (
        readers.read_clausie,
        f"{ATE}\n{BORN}\n" + row("1", '"Ann"', '"was born in"', '"Rome"', "0.9") + row("2", '"Ann"', '"was"', "0.9"),
        BORN,
        "was born in",
        ["Ann", "Rome"],
        1,
    ),
    "props": (
        readers.read_props,
        row("0.9", BORN, "was born", "subj", "Ann", "prep_in", "Rome", "prep_in", "1950"),
        BORN,
        "was born",
        ["Ann", "Rome", "1950"],
        0,
    ),
    "reverb": (readers.read_reverb, row(*REVERB), REVERB[12], "was born in", ["Ann", "Rome"], 0),
    "reverb with its input": (
        lambda file: readers.read_reverb(file, sentences=[f"{BORN}\n"]),
        row(*REVERB),
        BORN,
        "was born in",
        ["Ann", "Rome"],
        0,
    ),
    "ollie": (
        readers.read_ollie,
        OLLIE + row("0.9", "Ann", "was born in", "Rome", "", "", BORN),
        BORN,
        "was born in",
        ["Ann", "Rome"],
        0,
    ),
    "openie6": (
        readers.read_openie6,
        row(BORN, "<arg1> Ann </arg1> <rel> was born </rel>", "0.9") + row(ATE, "<arg1></arg1>", "0.1"),
        BORN,
        " was born ",
        [" Ann ", ""],
        1,
    ),
}


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_is_read(tmp_path: Path, format: str) -> None:
    read, text, sentence, predicate, arguments, skipped = FORMATS[format]
    file = tmp_path / "output.txt"
    file.write_text(text, encoding="utf-8")
    outputs = read(file)
    assert outputs.sentences == {sentence: [{"predicate": predicate, "arguments": arguments, "confidence": 0.9}]}
    assert outputs.skipped == skipped


def test_rows_are_grouped_by_sentence(tmp_path: Path) -> None:
    file = tmp_path / "output.tsv"
    file.write_text(row(BORN, "1", "a") + row(ATE, "-2.5", "b") + row(BORN, "1e-3", "c", " d "), encoding="utf-8")
    sentences = readers.read_tabbed(file).sentences
    assert [(name, [one["predicate"] for one in extractions]) for name, extractions in sentences.items()] == [
        (BORN, ["a", "c"]),
        (ATE, ["b"]),
    ]
    assert [one["confidence"] for extractions in sentences.values() for one in extractions] == [1.0, 0.001, -2.5]


def test_context_arguments_of_gold_are_dropped(tmp_path: Path) -> None:
    file = tmp_path / "gold.tsv"
    file.write_text(row(BORN, " was born ", " Ann", "in C: Rome", "in 1950 "), encoding="utf-8")
    (extraction,) = readers.read_carb_gold(file).sentences[BORN]
    assert (extraction["predicate"], extraction["arguments"]) == ("was born", ["Ann", "in 1950"])


@pytest.mark.parametrize(
    ("read", "bad", "message"),
    [
        (readers.read_carb_gold, "only a sentence", "the row has 1 columns, fewer than 2"),
        (readers.read_tabbed, row(BORN, "0.9"), "the row has 2 columns, fewer than 3"),
        (readers.read_tabbed, row(BORN, "high", "was"), "could not convert string to float: 'high'"),
        (readers.read_tabbed, row(BORN, "nan", "was"), "the confidence is nan, not a finite number"),
        (readers.read_openie4, row("0.9", "", "Ann", *BORN_4[3:]), r"'Ann' is not of the form Name\(text,List"),
        (readers.read_openie4, row(*BORN_4[:5]), "the row has 5 columns, fewer than 6"),
        (readers.read_openie5, row(*BORN_4[:4], "in Rome", BORN), "'in Rome' is not of the form"),
        (readers.read_props, row("0.9", BORN), "the row has 2 columns, fewer than 3"),
        (readers.read_reverb, row(*REVERB[:12]), "the row has 12 columns, fewer than 13"),
        (lambda file: readers.read_reverb(file, sentences=[]), row(*REVERB), "sentence 1 is not one of 0"),
        (readers.read_ollie, row("0.9", "Ann"), "the row has 2 columns, fewer than 7"),
        (readers.read_openie6, row(BORN, "<rel>was</rel>"), "the row has 2 columns, fewer than 3"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, read: Callable[[Path], SystemOutput], bad: str, message: str) -> None:
    file = tmp_path / "output.txt"
    file.write_text(f"{OLLIE if read is readers.read_ollie else chr(10)}\n{bad}", encoding="utf-8")
    line = 3
    with pytest.raises(InputError, match=rf"output\.txt:{line}: .*{message}"):
        read(file)


def test_a_clausie_row_needs_its_sentence(tmp_path: Path) -> None:
    file = tmp_path / "output.txt"
    file.write_text(row("1", '"Ann"', '"was"', '"in Rome"', "0.9"), encoding="utf-8")
    with pytest.raises(InputError, match=r"output\.txt:1: the row has no sentence before it"):
        readers.read_clausie(file)


def test_two_files_are_aligned_by_sentence() -> None:
    extractions = [{"predicate": "was", "arguments": ["a", "b"], "confidence": 0.5}]
    columns = side_by_side(
        {"A (b) .": extractions, "C": extractions}, {"A -LRB- b -RRB-": extractions, "D": extractions}
    )
    result = carb(**columns, mode="reference")["no_threshold"]
    assert (result["precision"], result["recall"]) == (1.0, 0.5)


def test_real_files_are_read(shared: Path) -> None:
    small = readers.read_openie6(shared / "data" / "openie6" / "small_allen.tsv")
    assert (len(small.sentences), sum(map(len, small.sentences.values())), small.skipped) == (474, 997, 0)
    gold = readers.read_carb_gold(shared / "data" / "carb" / "gold" / "test.tsv")
    assert (len(gold.sentences), sum(map(len, gold.sentences.values()))) == (634, 2715)


# ---- ROBUST -----------------------------------------------------------------------------------------


def clique(original: str, *paraphrases: str) -> dict:
    tuples = [["was", "a", "b"]]
    return {
        "ori_sent": original,
        "ori_args": tuples,
        "paraphrases": [{"sent": sentence, "args": tuples} for sentence in paraphrases],
    }


def cliques_file(file: Path, *cliques: dict) -> list:
    file.write_text(json.dumps(cliques), encoding="utf-8")
    return read_robust(file)


def test_cliques_are_aligned_by_their_sentences(tmp_path: Path) -> None:
    predicted = cliques_file(tmp_path / "p.json", clique("new", "x"), clique("one", "three", "two"))
    gold = cliques_file(tmp_path / "g.json", clique("one", "two", "four"), clique("five"))
    columns = cliques_side_by_side(predicted, gold)
    assert columns["sentences"] == ["one", "three", "two", "four", "five", "new", "x"]
    assert columns["cliques"] == [0, 0, 0, 0, 1, 2, 2]
    sides = [[side is not None for side in columns[name]] for name in ("predictions", "references")]
    assert sides == [[True] * 3 + [False] * 2 + [True] * 2, [True, False, True, True, True, False, False]]
    result = robust(**columns, missing="zero")
    assert (result["missing"], result["extra"], result["n_cliques"], result["f1"]) == (2, 3, 3, 0.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"ori_sent": "one"},
        ["one"],
        clique("one") | {"ori_args": [[]]},
        clique("one") | {"ori_args": [["was", 3]]},
        clique("one") | {"ori_sent": None},
        clique("one") | {"paraphrases": None},
    ],
)
def test_a_bad_clique_is_named(tmp_path: Path, bad: object) -> None:
    file = tmp_path / "robust.json"
    file.write_text(json.dumps([clique("zero"), bad]), encoding="utf-8")
    with pytest.raises(InputError, match=r"robust\.json: clique 2 is not of ROBUST's form"):
        read_robust(file)
