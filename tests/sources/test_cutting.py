"""Long documents cut at sentences: no annotation is lost without a reason, and none has another span."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Extraction
from adelie_hf.cli import main
from adelie_hf.ieinstruct import Recipe, make_rows, plan
from adelie_hf.records import Event, Mention, Record, Relation
from adelie_hf.sources import load_records
from adelie_hf.sources.cutting import (
    ARGUMENT_CUT,
    MENTION_CUT,
    NOT_CUT,
    PAIR_CUT,
    RELATION_CUT,
    TRIGGER_CUT,
    Cut,
    cut_record,
)
from adelie_hf.sources.readers.sentences import sentence_spans
from adelie_hf.sources.source import Dropped, Noted

TEXT = "Ida met Dr. Bo.  She hired him! Later Ida left Acme Inc. Ltd in Rome.\n\nBo stayed"


def record_of(text: str, **fields: object) -> Record:
    return Record("1", "x", "train", "g", text, {"ner": (), "re": (), "ee": ()}, **fields)  # type: ignore[arg-type]


def at(surface: str, text: str = TEXT, type: str = "t") -> Mention:
    return Mention.at(text, text.index(surface), text.index(surface) + len(surface), type)


def pieces_of(record: Record, cut: Cut) -> list[Record]:
    return [result for result in cut_record(record, cut) if isinstance(result, Record)]


def reasons_of(record: Record, cut: Cut) -> Counter[str]:
    results = cut_record(record, cut)
    return Counter(result.reason for result in results if isinstance(result, Dropped))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (TEXT, ["Ida met Dr. Bo.", "She hired him!", "Later Ida left Acme Inc. Ltd in Rome.", "Bo stayed"]),
        ("Было. Стало.", ["Было.", "Стало."]),
        ("1. Add it. 2. Mix it.", ["1. Add it.", "2. Mix it."]),
        ("z.B. so. Über uns.", ["z.B. so.", "Über uns."]),
        ("他来了。我走了。", ["他来了。", "我走了。"]),
        ("¿Sí? ¡No!", ["¿Sí?", "¡No!"]),
        (" \n ", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in sentence_spans(text)] == sentences


def test_each_sentence_has_its_annotations() -> None:
    ida, acme = at("Ida"), at("Acme Inc. Ltd")
    record = record_of(TEXT, mentions=(ida, acme), relations=(Relation(acme, "in", at("Rome")),))
    first, second, third, last = pieces_of(record, "sentences")
    assert [piece.id for piece in (first, second, third, last)] == ["1#0", "1#1", "1#2", "1#3"]
    assert {piece.group for piece in (first, second, third, last)} == {"g"}
    assert first.mentions == (ida,) and second.mentions == () and last.text == "Bo stayed"
    assert third.mentions == (Mention.at(third.text, 15, 28, "t"),)
    (relation,) = third.relations
    assert (relation.head.text, relation.tail.fragments) == ("Acme Inc. Ltd", ((32, 36),))
    assert not reasons_of(record, "sentences")


def test_what_crosses_a_border_is_dropped_and_counted() -> None:
    ida, bo, hired = at("Ida"), at("Bo"), at("hired", type="hire")
    split = Mention("Ida Bo", (ida.fragments[0], (TEXT.rindex("Bo"), TEXT.rindex("Bo") + 2)), "t")
    record = record_of(
        TEXT,
        mentions=(ida, split),
        relations=(Relation(ida, "r", bo), Relation(ida, "r", at("Rome"))),
        pairs=((ida, bo), (ida, at("Rome"))),
        events=(Event(hired, "hire", ((at("him"), "whom"), (ida, "who"))), Event(split, "x", ((ida, "who"),))),
    )
    kept = pieces_of(record, "sentences")
    assert reasons_of(record, "sentences") == dict.fromkeys(
        (MENTION_CUT, RELATION_CUT, PAIR_CUT, ARGUMENT_CUT, TRIGGER_CUT), 1
    )
    assert [len(piece.relations) for piece in kept] == [1, 0, 0, 0]
    assert [len(piece.pairs) for piece in kept] == [1, 0, 0, 0]
    assert [[role for _, role in event.arguments] for piece in kept for event in piece.events] == [["whom"]]


def test_no_border_lies_in_a_mention() -> None:
    mention = at("Bo.  She")
    first, *_ = pieces_of(record_of(TEXT, mentions=(mention, mention)), "sentences")
    assert first.text == "Ida met Dr. Bo.  She hired him!"
    assert first.mentions == (mention, mention)


def test_pieces_of_whole_sentences() -> None:
    record = record_of(TEXT)
    assert [len(piece.text) for piece in pieces_of(record, 31)] == [31, 37, 9]
    assert [len(piece.text) for piece in pieces_of(record, 1)] == [15, 14, 37, 9]
    assert pieces_of(record, len(TEXT)) == [record]
    assert pieces_of(record_of("One sentence only"), "sentences") == [record_of("One sentence only")]


@pytest.mark.parametrize(
    "fields",
    [{"mentions": (Mention("Ida"),)}, {"extractions": (Extraction("met", ("Ida", "Bo")),)}, {"explanation": "why"}],
)
def test_a_document_whose_annotations_have_no_place_stays_whole(fields: dict[str, object]) -> None:
    record = record_of(TEXT, **fields)
    assert list(cut_record(record, "sentences")) == [record, Noted(NOT_CUT)]


def _spans(length: int) -> st.SearchStrategy[list[tuple[int, int]]]:
    bounds = st.tuples(st.integers(0, length - 1), st.integers(1, 9))
    return st.lists(bounds.map(lambda bound: (bound[0], min(length, sum(bound)))), max_size=5)


@st.composite
def _documents(draw: st.DrawFn) -> Record:
    text = draw(st.text("ab. \nA?。", min_size=1, max_size=40))
    mentions = [Mention.at(text, start, end, "t") for start, end in draw(_spans(len(text)))]
    two = [Relation(head, "r", tail) for head in mentions[:2] for tail in mentions[:3]]
    return record_of(text, mentions=tuple(mentions), relations=tuple(two))


@given(_documents(), st.one_of(st.just("sentences"), st.integers(1, 30)))
def test_every_annotation_is_in_a_piece_or_counted(record: Record, cut: Cut) -> None:
    pieces, reasons = pieces_of(record, cut), reasons_of(record, cut)
    for name, reason in (("mentions", MENTION_CUT), ("relations", RELATION_CUT)):
        assert sum(len(getattr(piece, name)) for piece in pieces) + reasons[reason] == len(getattr(record, name))
    assert Counter(mention.text for piece in pieces for mention in piece.mentions) == Counter(
        mention.text for mention in record.mentions
    )
    letters = ("".join(piece.text.split()) for piece in pieces)
    assert "".join(letters) == "".join(record.text.split())


def _brat(folder: Path) -> Iterator[str]:
    """Write a document of three sentences, and yield its sentences."""
    (folder / "train").mkdir(parents=True)
    text = "Ida met Bo. She left Rome. Bo stayed.\n"
    (folder / "train/a.txt").write_text(text)
    spans = {"T1": (0, 3), "T2": (8, 10), "T3": (21, 25)}
    lines = [f"{id}\tx {start} {end}\t{text[start:end]}\n" for id, (start, end) in spans.items()]
    relations = ["R1\tmet Arg1:T1 Arg2:T2\n", "R2\twas Arg1:T1 Arg2:T3\n"]
    (folder / "train/a.ann").write_text("".join(lines + relations))
    yield from text.split(". ")


def test_own_documents_are_cut_by_an_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(_brat(tmp_path / "raw"))) == 3
    dropped: Counter[str] = Counter()
    records = list(load_records("brat", tmp_path / "raw", dropped=dropped, cut="sentences"))
    assert [(record.id, len(record.mentions), len(record.relations)) for record in records] == [
        ("train-a#0", 2, 1),
        ("train-a#1", 1, 0),
        ("train-a#2", 0, 0),
    ]
    assert dropped == {RELATION_CUT: 1}
    assert main(["sources", "check", str(tmp_path / "raw"), "--sources", "brat", "--cut", "27"]) == 0
    printed = capsys.readouterr().out
    assert "train: 2 records, 1 groups, 3 mentions, 2 relations" in printed
    build = ["build", "ieinstruct", "brat", "--data-dir", str(tmp_path / "raw"), "--out", str(tmp_path / "out")]
    assert main([*build, "--cut", "sentences", "--num-proc", "2"]) == 0
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["settings"]["cut"] == "sentences"
    assert manifest["units"][0]["counts"]["dropped"] == {RELATION_CUT: 1}
    units = plan("brat", tmp_path / "raw", Recipe(cut=1, demonstrations=0.0)).units["train"]
    texts = [row["text"] for unit in units for row in make_rows(unit)]
    assert texts == ["Ida met Bo.", "She left Rome.", "Bo stayed."] * 2
    with pytest.raises(SystemExit):
        main([*build, "--cut", "pages"])
    assert "pages is neither `sentences` nor a number of characters" in capsys.readouterr().err
