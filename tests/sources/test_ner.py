"""Exact records of the readers of named entities on small files in the native layouts."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from adelie_hf.records import Mention, Record
from adelie_hf.sources import find_sources, get_source, load_records
from adelie_hf.sources.readers.tagging import prefixed_spans, span_decoder, unprefixed_spans
from tests.sources.helpers import NATIVE, read_error

LAYOUTS = [
    (name, layout)
    for name in ("bc5cdr", "conll2003", "fewnerd", "genia", "ontonotes")
    for layout in [layout.name for layout in get_source(name).layouts]
]


def load(name: str, layout: str, split: str | None = None) -> list[Record]:
    return list(load_records(name, NATIVE / name / layout, split))


def mentions_in(records: list[Record]) -> list[list[tuple[str, str]]]:
    return [[(mention.text, mention.type) for mention in record.mentions] for record in records]


def copy_changed(name: str, layout: str, file: str, old: str, new: str, target: Path) -> Path:
    """Copy the files of a layout, replace one string in one of them, and return the folder."""
    shutil.copytree(NATIVE / name / layout, target, dirs_exist_ok=True)
    text = (target / file).read_text(encoding="utf-8")
    assert old in text
    (target / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return target


@pytest.mark.parametrize("name, layout", LAYOUTS)
def test_each_layout_is_recognised_and_has_its_schema(name: str, layout: str) -> None:
    discovered = find_sources(NATIVE / name / layout)
    assert list(discovered) == [name]
    assert {split.layout for split in discovered[name].splits.values()} == {layout}
    for record in load(name, layout):
        labels = record.schemas["ner"]
        assert all(label.name and label.raw and label.definition for label in labels)
        assert len({label.name for label in labels}) == len(labels)
        assert {mention.type for mention in record.mentions} <= {label.name for label in labels}


# ---- CoNLL-2003 -----------------------------------------------------------------------------------


def test_conll2003() -> None:
    train, validation, test = (load("conll2003", "native", split) for split in ("train", "validation", "test"))
    assert [(record.id, record.group, record.text) for record in train] == [
        ("train-3", "train-document-1", "Anna Berg Carl left Oslo Bank"),
        ("train-10", "train-document-1", "3-1"),
        ("train-14", "train-document-2", "Swedes won"),
    ]
    # IOB1: B- only begins a mention that directly follows another of its type; I- of another type also begins one.
    assert train[0].mentions == (
        Mention("Anna Berg", ((0, 9),), "person"),
        Mention("Carl", ((10, 14),), "person"),
        Mention("Oslo", ((20, 24),), "location"),
        Mention("Bank", ((25, 29),), "organization"),
    )
    assert mentions_in(train[1:]) == [[], [("Swedes", "miscellaneous")]]
    assert mentions_in(validation + test) == [[], [("Oslo", "location")]]
    assert test[0].mentions[0].fragments == ((0, 4),)


def test_conll2003_copies() -> None:
    first, second, validation = load("conll2003", "copy")
    assert first.mentions == load("conll2003", "native", "train")[0].mentions
    assert (first.group, second.group) == ("train-document-1", "train-document-1")
    assert mentions_in([second]) == [[("Swedes", "miscellaneous")]]
    # Without -DOCSTART- lines, and with long names of types.
    assert (validation.id, validation.group) == ("validation-1", "Ida of Acme saw Rome 's Romans")
    assert mentions_in([validation]) == [
        [("Ida", "person"), ("Acme", "organization"), ("Rome", "location"), ("Romans", "miscellaneous")]
    ]


def test_a_file_with_few_types_is_only_conll2003_with_docstart(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("Ida B-PER\nin O\nRome B-LOC\n")
    assert list(find_sources(tmp_path)) == ["bio"]
    (tmp_path / "train.txt").write_text("-DOCSTART- O\n\nIda B-PER\nin O\nRome B-LOC\n")
    assert list(find_sources(tmp_path)) == ["conll2003"]


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("Berg NNP I-NP I-PER", "Berg NNP I-PER", "eng.train:4: 'Berg NNP I-PER' is not a token"),
        ("Berg NNP I-NP I-PER", "Berg NNP I-NP I-NP I-PER", "eng.train:4: "),
        ("I-PER", "PER", "eng.train: does not have the layout of CoNLL-2003"),
        ("I-PER", "I-GPE", "eng.train: does not have the layout of CoNLL-2003"),
        ("Berg NNP I-NP I-PER", "Berg", "eng.train:4: "),
    ],
)
def test_conll2003_with_a_fault(old: str, new: str, problem: str, tmp_path: Path) -> None:
    folder = copy_changed("conll2003", "native", "eng.train", old, new, tmp_path)
    for other in ("eng.testa", "eng.testb"):
        (folder / other).unlink()
    if "not a token" in problem or problem.endswith(": "):
        # The layout is recognised from the first 2,000 lines, so the fault has to be after them.
        text = (folder / "eng.train").read_text()
        (folder / "eng.train").write_text("Ida NNP I-NP I-PER\n\n" * 1_500 + text)
        problem = problem.replace("eng.train:4", "eng.train:3004")
    assert problem in read_error("conll2003", folder)


def test_conll2003_with_an_unknown_type(tmp_path: Path) -> None:
    (tmp_path / "eng.train").write_text("Ida NNP I-NP I-PER\n\n" * 1_500 + "x NN O I-GPE\n")
    assert "eng.train:3001: not a record of CoNLL-2003 ('GPE' is not one of PER, ORG" in read_error(
        "conll2003", tmp_path
    )


# ---- tags -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "tags, spans",
    [
        ("", []),
        ("O O", []),
        ("B-a I-a O B-a", [(0, 2, "a"), (3, 4, "a")]),
        ("I-a I-a B-a I-b", [(0, 2, "a"), (2, 3, "a"), (3, 4, "b")]),  # IOB1
        ("B-a I-a E-a S-a S-a", [(0, 3, "a"), (3, 4, "a"), (4, 5, "a")]),  # IOBES
        ("U-a B-a L-a B-a L-a", [(0, 1, "a"), (1, 3, "a"), (3, 5, "a")]),  # BILOU
        ("B-a M-a E-a I-a", [(0, 3, "a"), (3, 4, "a")]),  # BMES, and an I- tag that continues no span
        ("E-a E-a", [(0, 1, "a"), (1, 2, "a")]),
        ("B-a-b I-a-b", [(0, 2, "a-b")]),
    ],
)
def test_tags_with_prefixes(tags: str, spans: list[tuple[int, int, str]]) -> None:
    assert list(prefixed_spans(tags.split())) == spans


def test_tags_without_prefixes() -> None:
    assert list(unprefixed_spans(["a", "a", "O", "b", "c", "c"])) == [(0, 2, "a"), (3, 4, "b"), (4, 6, "c")]
    assert list(unprefixed_spans([])) == []
    assert span_decoder({"O", "a-x"}) is unprefixed_spans
    assert span_decoder({"O", "B-x", "E-x"}) is prefixed_spans
    with pytest.raises(ValueError, match="such as 'x': not a known scheme"):
        span_decoder({"B-x", "x"})


# ---- OntoNotes ------------------------------------------------------------------------------------


def test_ontonotes() -> None:
    dropped: Counter[str] = Counter()
    records = list(load_records("ontonotes", NATIVE / "ontonotes/conll-2012", dropped=dropped))
    assert [(record.id, record.split, record.group) for record in records] == [
        ("nw/xx/00/xx_0001-0-0", "train", "nw/xx/00/xx_0001"),
        ("nw/xx/00/xx_0001-0-1", "train", "nw/xx/00/xx_0001"),
        ("nw/xx/00/xx_0001-1-0", "train", "nw/xx/00/xx_0001"),
        ("bc/yy/00/yy_0002-0-0", "validation", "bc/yy/00/yy_0002"),
        ("wb/zz/00/zz_0003-0-1", "test", "wb/zz/00/zz_0003"),
    ]
    assert records[0].text == "Two Danish ships left the Port of Bonn"
    assert records[0].mentions == (
        Mention("Two", ((0, 3),), "cardinal"),
        Mention("Danish", ((4, 10),), "nationality or group"),
        Mention("the Port of Bonn", ((22, 38),), "organization"),
        Mention("Bonn", ((34, 38),), "geopolitical entity"),
    )
    assert mentions_in(records[1:]) == [[], [("Today", "date")], [], [("Bonn", "geopolitical entity")]]
    assert dropped == {
        "the words are missing: create the files with skeleton2conll from the LDC's release": 1,
        "the text is from the Bible, in which OntoNotes does not annotate names": 1,
    }


def test_ontonotes_of_the_hub() -> None:
    records = load("ontonotes", "hub")
    assert [(record.id, record.text) for record in records] == [
        ("nw/xx/00/xx_0001-0-0", "Two Danish ships left Bonn"),
        ("nw/xx/00/xx_0001-0-1", "Why"),
        ("nw/xx/00/xx_0001-1-0", "New York"),
        ("bc/yy/00/yy_0002-0-0", "Right"),
        ("bc/yy/00/yy_0002-0-1", "Les Misérables"),
    ]
    assert mentions_in(records) == [
        [("Two", "cardinal"), ("Danish", "nationality or group"), ("Bonn", "geopolitical entity")],
        [],
        [("New York", "geopolitical entity")],
        [],
        [("Les Misérables", "work of art")],
    ]


def test_ontonotes_in_another_language_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "train/data"
    folder.mkdir(parents=True)
    row = "nw/a/00/a_0001 0 0 {} NN * - - - - * -\n"
    for name, word in (("a", "猫"), ("b", "cat")):
        text = f"#begin document (nw/{name}); part 000\n{row.format(word)}\n#end document\n"
        (folder / f"{name}.v4_gold_conll").write_text(text, encoding="utf-8")
    assert [record.text for record in load_records("ontonotes", tmp_path)] == ["cat"]


NW = "train/data/english/annotations/nw/xx/00/xx_0001.v4_gold_conll"


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("(ORG*", "*", ":1: not a record of OntoNotes 5 (the column of names closes a bracket that it did not open)"),
        ("(GPE))", "(GPE)", ":1: not a record of OntoNotes 5 (the column of names opens a bracket that it does not"),
        ("(NORP)", "NORP", ":1: not a record of OntoNotes 5 ('NORP' is not a bracket"),
        ("(NORP)", "(GOD)", ":1: not a record of OntoNotes 5 ('GOD' is not one of PERSON"),
        ("   -   -   -           *   -", "", ":11: "),
        ("\n#end document\n#begin", "\n#begin", ":13: "),
        ("1   -   -   -      (DATE)   -\n\n#end document", "", ""),
        ("\n#end document\n", "\n#end document\n#end document\n", ":14: "),
    ],
)
def test_ontonotes_with_a_fault(old: str, new: str, problem: str, tmp_path: Path) -> None:
    if not problem:
        old, problem = "(DATE)   -\n\n#end document", ": the document nw/xx/00/xx_0001 does not end"
        new = "(DATE)   -\n"
    message = read_error("ontonotes", copy_changed("ontonotes", "conll-2012", NW, old, new, tmp_path))
    assert "xx_0001.v4_gold_conll" in message
    assert problem in message


@pytest.mark.parametrize("tags", ["[37]", "[-1]", "[0, 0]", '["B-GOD"]', "[null]", "3"])
def test_ontonotes_of_the_hub_with_wrong_tags(tags: str, tmp_path: Path) -> None:
    row = f'{{"document_id": "nw/a", "sentences": [{{"part_id": 0, "words": ["a"], "named_entities": {tags}}}]}}\n'
    (tmp_path / "train.jsonl").write_text(row)
    assert "train.jsonl:1: not a record of OntoNotes 5" in read_error("ontonotes", tmp_path)


# ---- BC5CDR ---------------------------------------------------------------------------------------


def test_bc5cdr() -> None:
    records = load("bc5cdr", "pubtator", "train")
    assert [(record.id, record.group, record.text) for record in records] == [
        ("101-0", "101", "Zorine and lung fibrosis."),
        ("101-1", "101", "Two patients on zorine (5 mg, cf. Table) had renal and lung failure."),
        ("101-2", "101", "E. coli was found in one."),
        ("101-3", "101", "No rash."),
        ("102-0", "102", "Nothing."),  # an abstract can be empty
    ]
    assert records[0].mentions == (
        Mention("Zorine", ((0, 6),), "chemical"),
        Mention("lung fibrosis", ((11, 24),), "disease"),
    )
    # A composite mention is one mention.
    assert records[1].mentions == (
        Mention("zorine", ((16, 22),), "chemical"),
        Mention("renal and lung failure", ((45, 67),), "disease"),
    )
    assert records[3].mentions == (Mention("rash", ((3, 7),), "disease"),)
    assert mentions_in([records[2], records[4]]) == [[], []]


def test_bc5cdr_is_not_split_within_a_mention() -> None:
    first, second = load("bc5cdr", "pubtator", "test")
    assert (first.text, second.text) == ("On A. B and C", "It works.")
    assert first.mentions == (Mention("A. B", ((3, 7),), "chemical"),)


def test_bc5cdr_in_bioc() -> None:
    """The file's offset of the abstract is five characters too high, as in the published files."""
    title, first, second = load("bc5cdr", "bioc")
    assert (title.text, first.text, second.text) == (
        "5'-Zorine & fibrosis.",
        "It hurt.",
        "Renal and lung failure came.",
    )
    assert title.mentions == (Mention("5'-Zorine", ((0, 9),), "chemical"),)
    assert not first.mentions
    assert second.mentions == (Mention("Renal and lung failure", ((0, 22),), "disease"),)
    assert [record.id for record in (title, first, second)] == ["101-0", "101-1", "101-2"]


def test_bc5cdr_in_iob() -> None:
    first, second, third = load("bc5cdr", "iob")
    assert (first.id, second.id, third.id) == ("train-1", "train-7", "validation-1")
    assert first.mentions == (
        Mention("Zorine", ((0, 6),), "chemical"),
        Mention("lung fibrosis", ((14, 27),), "disease"),
        Mention("rash", ((28, 32),), "disease"),
    )
    assert mentions_in([second, third]) == [[], [("Rash", "disease"), ("zorine", "chemical")]]


def test_a_file_with_one_of_the_types_is_not_bc5cdr(tmp_path: Path) -> None:
    """The collection with BC5CDR in IOB also has data sets of one of its types, in files of the same names."""
    (tmp_path / "train.tsv").write_text("Rash\tB-Disease\n\nWhy\tO\n")
    assert list(find_sources(tmp_path)) == ["bio"]


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("\t0\t6\tZorine", "\t0\t7\tZorine", ":1: not a record of BC5CDR (mention 'Zorine' at ((0, 7),) reads"),
        (
            "\t0\t6\tZorine",
            "\t-1\t6\tZorine",
            ":1: not a record of BC5CDR (the mention 'Zorine' at [-1, 6) lies outside",
        ),
        ("\t124\t128\trash", "\t924\t928\trash", ":1: not a record of BC5CDR (the mention 'rash' at [924, 928) lies"),
        ("\t0\t6\tZorine", "\tx\t6\tZorine", ":1: not a record of BC5CDR (a value has another form, or a list"),
        ("\tChemical\tD000001", "\tMineral\tD000001", ":1: not a record of BC5CDR ('Mineral' is not one of Chemical"),
        ("\tZorine\tChemical\tD000001", "", ":1: not a record of BC5CDR (line 3 is neither a mention nor a relation"),
        ("101\t11", "102\t11", ":1: not a record of BC5CDR (line 4 is neither"),
    ],
)
def test_bc5cdr_with_a_fault(old: str, new: str, problem: str, tmp_path: Path) -> None:
    file = "CDR_TrainingSet.PubTator.txt"
    message = read_error("bc5cdr", copy_changed("bc5cdr", "pubtator", file, old, new, tmp_path))
    assert f"{file}{problem}" in message


BIOC = "CDR_TrainingSet.BioC.xml"


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ("</document>", "", f"{BIOC}:39: not well-formed XML"),
        ("<id>101</id>", "", f"{BIOC}:4: not a record of BC5CDR (<document> has no <id>)"),
        ("offset='0'", "offset='3'", f"{BIOC}:4: not a record of BC5CDR (mention"),
        ("offset='31' length='22'", "offset='999' length='22'", f"{BIOC}:4: not a record of BC5CDR (the mention"),
        ("<location offset='0' length='9' />", "", f"{BIOC}:4: not a record of BC5CDR"),
        ("'BioC.dtd'>", "'BioC.dtd' [<!ENTITY e 'x'>]>", f"{BIOC}:1: declares entities"),
        ("&amp;", "&e;", f"{BIOC}:9: uses the entity &e;"),
        ("It hurt.", "It \0hurt.", f"{BIOC}:20: not well-formed XML"),
    ],
)
def test_bioc_with_a_fault(old: str, new: str, problem: str, tmp_path: Path) -> None:
    assert problem in read_error("bc5cdr", copy_changed("bc5cdr", "bioc", BIOC, old, new, tmp_path))


# ---- GENIA ----------------------------------------------------------------------------------------


def test_genia_in_gpml() -> None:
    records = load("genia", "gpml")
    assert [(record.id, record.group, record.text) for record in records] == [
        ("101-0", "101", "IL-2 gene expression in T cells & K562."),
        ("101-1", "101", "c-fos and c-jun genes rose."),
        ("101-2", "101", "q or r and p and w proteins."),
        ("101-3", "101", "Why?"),
    ]
    # Nested; `other_name` is not one of the five.
    assert records[0].mentions == (
        Mention("IL-2 gene", ((0, 9),), "DNA"),
        Mention("IL-2", ((0, 4),), "protein"),
        Mention("T cells", ((24, 31),), "cell type"),
        Mention("K562", ((34, 38),), "cell line"),
    )
    assert records[1].mentions == (
        Mention("c-fos genes", ((0, 5), (16, 21)), "DNA"),
        Mention("c-jun genes", ((10, 21),), "DNA"),
    )
    # A coordination with inseparable members is one mention if they have the same type, otherwise none.
    assert records[2].mentions == (Mention("p and w proteins", ((11, 27),), "protein"),)
    assert not records[3].mentions


def test_genia_event_corpus() -> None:
    first, second = load("genia", "event-xml")
    assert (first.id, first.text) == ("102-0", "NF-kB activation in monocytic or epithelial cells.")
    assert first.mentions == (
        Mention("NF-kB", ((0, 5),), "protein"),
        Mention("monocytic cells", ((20, 29), (44, 49)), "cell type"),
        Mention("epithelial cells", ((33, 49),), "cell type"),
    )
    assert (second.id, second.text) == ("102-1", "K562 and mRNA.")
    assert mentions_in([second]) == [[("K562", "cell line"), ("mRNA", "RNA")]]


def test_genia_in_layers() -> None:
    first, second, test = load("genia", "layered")
    assert (first.id, second.id, test.id) == ("train-1", "train-10", "test-1")
    assert first.text == "IL - 2 gene in T cells mRNA"
    assert first.mentions == (
        Mention("IL - 2 gene", ((0, 11),), "DNA"),
        Mention("IL - 2", ((0, 6),), "protein"),
        Mention("T cells", ((15, 22),), "cell type"),
        Mention("mRNA", ((23, 27),), "RNA"),
    )
    assert mentions_in([second, test]) == [[], [("K562", "cell line")]]


def test_genia_in_json() -> None:
    first, second, validation = load("genia", "json")
    assert (first.id, second.id, validation.id) == ("train-1", "train-2", "validation-1")
    assert first.text == "alpha and beta chains of IL-2 gene"
    assert first.mentions == (
        Mention("alpha chains", ((0, 5), (15, 21)), "protein"),
        Mention("beta chains", ((10, 21),), "protein"),
        Mention("IL-2 gene", ((25, 34),), "DNA"),
        Mention("IL-2", ((25, 29),), "protein"),
    )
    assert mentions_in([second, validation]) == [[], [("T cells", "cell type")]]


@pytest.mark.parametrize(
    "layout, file, old, new, problem",
    [
        (
            "json",
            "train.json",
            "[5, 6]",
            "[5, 7]",
            "record 1: not a record of GENIA (token offsets [7, 8) lie outside",
        ),
        (
            "json",
            "train.json",
            "[0, 3]",
            "[3, 0]",
            "record 1: not a record of GENIA (token positions [3, 0] do not asc",
        ),
        ("json", "train.json", "[0, 3]", "[-1]", "record 1: not a record of GENIA"),
        ("json", "train.json", "[0, 3]", "[]", "record 1: not a record of GENIA (a mention has no tokens)"),
        ("json", "train.json", "[0, 3]", '"0"', "record 1: not a record of GENIA"),
        ("json", "train.json", '"ner": []', '"net": []', "record 2: the field 'ner' is missing"),
        ("json", "train.json", "]}]", "]}", "train.json:4: not valid JSON"),
        ("layered", "genia.train.iob2", "2\tI-protein", "2", "genia.train.iob2: does not have the layout"),
        ("gpml", "GENIAcorpus3.02.xml", "</title>", "", "GENIAcorpus3.02.xml:16: not well-formed XML"),
        (
            "gpml",
            "GENIAcorpus3.02.xml",
            "MEDLINE:101",
            "",
            ":4: not a record of GENIA (the article has no articleinfo",
        ),
        (
            "event-xml",
            "102.xml",
            "<PMID>102</PMID>",
            "",
            "102.xml:5: not a record of GENIA (the article has no Medline",
        ),
    ],
)
def test_genia_with_a_fault(layout: str, file: str, old: str, new: str, problem: str, tmp_path: Path) -> None:
    folder = copy_changed("genia", layout, file, old, new, tmp_path)
    for path in [path for path in folder.iterdir() if path.name != file]:
        path.unlink()
    assert problem in read_error("genia", folder)


# ---- Few-NERD -------------------------------------------------------------------------------------


def test_fewnerd() -> None:
    first, second, test = load("fewnerd", "native")
    assert (first.id, second.id, test.id) == ("train-1", "train-8", "test-1")
    assert first.mentions == (
        Mention("Anna Berg", ((0, 9),), "person artist or author"),
        Mention("Oslo", ((18, 22),), "location geopolitical entity"),
        Mention("Games", ((23, 28),), "event sports event"),
    )
    assert mentions_in([second, test]) == [[], [("Moon", "astronomical thing")]]
    assert test.text == "The Moon"
    assert len(first.schemas["ner"]) == 66
    assert get_source("fewnerd").role == "held-out"


def test_fewnerd_prefers_the_supervised_setting(tmp_path: Path) -> None:
    for folder in ("inter", "supervised"):
        (tmp_path / folder).mkdir()
        shutil.copy(NATIVE / "fewnerd/native/train.txt", tmp_path / folder)
    discovered = find_sources(tmp_path)["fewnerd"]
    assert [file.parent.name for file in discovered.splits["train"].files] == ["supervised"]
    assert [file.parent.name for file in discovered.skipped] == ["inter"]


def test_fewnerd_with_a_fault(tmp_path: Path) -> None:
    correct_lines = "Ida\tperson-actor\n\n" * 1_500
    (tmp_path / "test.txt").write_text(correct_lines + "Ida\tperson-dancer\n")
    assert "test.txt:3001: not a record of Few-NERD ('person-dancer' is not one of" in read_error("fewnerd", tmp_path)
    (tmp_path / "test.txt").write_text(correct_lines + "Ida\n")
    assert "test.txt:3001: 'Ida' is not a token and its tag in 2 columns" in read_error("fewnerd", tmp_path)


# ---- MIT-Restaurant -------------------------------------------------------------------------------


def test_mit_restaurant_without_validation_split(tmp_path: Path) -> None:
    """The release has two files; only copies have a validation split."""
    (tmp_path / "restauranttrain.bio").write_text("B-Dish\tpie\n\nO\t34\n")
    (tmp_path / "restauranttest.bio").write_text("O\tany\nB-Cuisine\tthai\n")
    records = list(load_records("mit-restaurant", tmp_path))
    assert [(record.split, record.text) for record in records] == [
        ("train", "pie"),
        ("train", "34"),
        ("test", "any thai"),
    ]
