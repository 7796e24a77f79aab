"""Reading of files with faults: one line that names the place and a fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sources import Split, load_records, read_split
from tests.sources.helpers import SAMPLE_SOURCES, read_error

Lay = Callable[..., Path]
JSON_LINES_SOURCES = ("maven", "maven-ere", "phee", "rams", "scierc")


def test_splits(lay: Lay) -> None:
    folder = lay("carb", **{"test.tsv": "A b .\tx\ty\n", "train.tsv": "C d .\tx\ty\n"})
    assert [record.split for record in load_records("carb", folder)] == ["train", "validation", "validation", "test"]
    assert [record.text for record in load_records("carb", folder, "test")] == ["A b ."]
    assert "carb has no split 'dev' here; it has train, validation, test" in read_error("carb", folder, "dev")


def test_missing_files_are_reported_at_the_call(tmp_path: Path) -> None:
    """Not at the first record, because the iterator may be used elsewhere."""
    with pytest.raises(InputError):
        load_records("carb", tmp_path)


# ---- files that cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLE_SOURCES)
def test_another_layout_that_is_read(name: str, lay: Lay, native: dict) -> None:
    """`read_split` does not recognise layouts; it raises an error for content that it cannot use."""
    file = next(iter(native[name]))
    for content in (
        "3",
        "null",
        "[3]",
        '"a"',
        "{}",
        '{"a": 3}',
        '{"a": [3]}',
        "[[]]",
        "[{}]",
        '{"P1": 3}',
        '{"P1": "a"}',
    ):
        folder = lay(name, **{file: content + "\n"})
        if (name, content) in (("fewrel", "{}"),):
            assert not list(read_split(Split(name, "native", "train", (folder / file,))))
            continue
        with pytest.raises(InputError, match=file):
            list(read_split(Split(name, "native", "train", (folder / file,))))


@pytest.mark.parametrize("name", SAMPLE_SOURCES)
def test_latin_1(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    broken = content.replace(" ", " \xe9 ", 1) if name != "mit-restaurant" else content + "O\t\xe9\n"
    if name in JSON_LINES_SOURCES:
        broken = content + broken
    folder = lay(name, **{file: broken.encode("latin-1")})
    number = broken[: broken.index("\xe9")].count("\n") + 1
    assert read_error(name, folder).startswith(f"{folder / file}:{number}: not UTF-8")


@pytest.mark.parametrize("name", JSON_LINES_SOURCES)
def test_a_truncated_line(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    line = content.split("\n")[0]
    before = content.count("\n")
    for cut in (len(line) - 1, len(line) // 2):
        folder = lay(name, **{file: content + "\n" + line[:cut]})
        message = read_error(name, folder)
        assert message.startswith(f"{folder / file}:{before + 2}: not valid JSON")
        assert (
            "the line may be cut off; each line has to be a whole value" in message or "Unterminated string" in message
        )


@pytest.mark.parametrize("name", ["fewrel", "odie"])
def test_a_truncated_document(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    pretty = json.dumps(json.loads(content), indent=1)
    cut = pretty[: pretty.rindex("]")].rstrip()
    folder = lay(name, **{file: cut})
    message = read_error(name, folder)
    assert message.startswith(f"{folder / file}:{cut.count(chr(10)) + 1}: not valid JSON")
    assert "the file may be cut off" in message


@pytest.mark.parametrize(
    ("name", "companion"), [("fewrel", "pid2name.json"), ("rams", "event_role_multiplicities.txt")]
)
def test_a_companion_file(name: str, companion: str, lay: Lay, native: dict) -> None:
    folder = lay(name, **{companion: None})
    assert read_error(name, folder).startswith(f"{folder / companion}: missing; ")
    folder = lay(name, **{companion: ""})
    assert read_error(name, folder).startswith(f"{folder / companion}: the file is empty")
    folder = lay(name, **{companion: native[name][companion].encode("utf-16")})
    assert read_error(name, folder).startswith(f"{folder / companion}:1: not ")


@pytest.mark.parametrize("content", ["[]", "3", "{}", '{"P1": "ab", "P2": "cd"}', '{"P1": ["a"]}', '{"P1": [1, 2]}'])
def test_relation_names_in_another_form(content: str, lay: Lay) -> None:
    folder = lay("fewrel", **{"pid2name.json": content})
    assert read_error("fewrel", folder).startswith(f"{folder / 'pid2name.json'}: no name and description of P1")


@pytest.mark.parametrize("line", ["life.die.n/a victim", "life.die.n/a victim killer", "life.die.n/a victim 1 killer"])
def test_a_role_table_in_another_form(line: str, lay: Lay) -> None:
    folder = lay("rams", **{"event_role_multiplicities.txt": f"contact.meet.n/a place 1\n{line}\n"})
    assert read_error("rams", folder).startswith(
        f"{folder / 'event_role_multiplicities.txt'}:2: not a type with its roles"
    )


@pytest.mark.parametrize("content", ["[]", "{}", "3", '{"": 1}'])
def test_maven_without_a_valid_list_of_types(content: str, lay: Lay) -> None:
    folder = lay("maven", **{"label2id.json": content})
    assert read_error("maven", folder).startswith(
        f"{folder / 'label2id.json'}: not an object with event types as keys"
    )


# ---- records that cannot be read -------------------------------------------------------------------


def changed(native: dict, name: str, change: Callable[[dict], object]) -> dict[str, str]:
    """A source's file with its first record changed, after an unchanged copy where a line is a record."""
    file, content = next(iter(native[name].items()))
    if name in JSON_LINES_SOURCES:
        first, *rest = content.splitlines()
        value = json.loads(first)
        change(value)
        return {file: "\n".join([first, json.dumps(value), *rest])}
    value = json.loads(content)
    change(value[0] if name == "odie" else value["P1"][0])
    return {file: json.dumps(value)}


def first_event(row: dict) -> dict:
    return row["annotations"][0]["events"][0]


@pytest.mark.parametrize(
    ("name", "change", "problem"),
    [
        ("scierc", lambda d: d.pop("ner"), "the field 'ner' is missing"),
        ("scierc", lambda d: d["ner"].pop(), "SciERC (a value has another form, or a list another length: {"),
        ("scierc", lambda d: d["ner"][0].append([0, 0, "Tool"]), "'Tool' is not one of Task, Method"),
        ("scierc", lambda d: d["ner"][0].append([0, 0, "COMPARE"]), "'COMPARE' is not one of Task, Method"),
        ("scierc", lambda d: d["ner"][0].append([4, 5, "Task"]), "token offsets [4, 6) lie outside 5 tokens"),
        ("scierc", lambda d: d["ner"][1].append([4, 5, "Task"]), "token offsets [-1, 1) lie outside 3 tokens"),
        ("scierc", lambda d: d["ner"][0].append([-2, -1, "Task"]), "lie outside 5 tokens"),
        ("scierc", lambda d: d["relations"][0].append([0, 0, -1, -1, "COMPARE"]), "lie outside 5 tokens"),
        ("scierc", lambda d: d["sentences"].__setitem__(0, "Deep nets parse text ."), "is not a list of strings"),
        ("scierc", lambda d: d["sentences"][0].__setitem__(0, None), "is not a list of strings"),
        ("fewrel", lambda d: d["h"][2].__setitem__(0, [-2, -1]), "lie outside 10 tokens"),
        ("fewrel", lambda d: d["h"][2].__setitem__(0, [0, 10**9]), "are not consecutive"),
        ("fewrel", lambda d: d["h"][2].__setitem__(0, [0, 2]), "token positions [0, 2] are not consecutive"),
        ("fewrel", lambda d: d["t"][2].clear(), "a value has another form, or a list another length: {'tokens'"),
        ("fewrel", lambda d: d.pop("t"), "the field 't' is missing"),
        ("fewrel", lambda d: d.update(tokens="Ann Lee"), "is not a list of strings"),
        ("rams", lambda d: d.pop("gold_evt_links"), "the field 'gold_evt_links' is missing"),
        ("rams", lambda d: d["evt_triggers"].append([0, 0, [["life.die.n/a", 1.0]]]), "a list another length"),
        ("rams", lambda d: d["evt_triggers"][0][2][0].__setitem__(0, "life.x"), "'life.x' is not one of life.die.n/a"),
        ("rams", lambda d: d["gold_evt_links"][0].__setitem__(1, [-1, -1]), "lie outside 10 tokens"),
        ("rams", lambda d: d["gold_evt_links"][0].__setitem__(1, [3, 2]), "token offsets [3, 3) lie outside"),
        ("rams", lambda d: d.update(sentences=["Rebels shot him dead .", "It was"]), "is not a list of strings"),
        ("rams", lambda d: d.update(source_url=3), "group is not a string but int"),
        ("phee", lambda d: d.update(context=None), "text is not a string but null"),
        ("phee", lambda d: d.update(id=3), "a value has another type: {"),
        ("phee", lambda d: first_event(d).update(event_type="Other"), "'Other' is not one of Adverse_event"),
        ("phee", lambda d: first_event(d)["Trigger"]["start"][0].__setitem__(0, -21), "lie outside"),
        ("phee", lambda d: first_event(d)["Trigger"]["start"][0].__setitem__(0, 31), "reads 'fter '"),
        ("phee", lambda d: first_event(d)["Trigger"].update(text=["after"]), "is not a list of strings"),
        ("phee", lambda d: first_event(d)["Trigger"].update(start=[[]]), "a list another length"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(sent_id=-1), "position -1 lies outside of 2"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(sent_id=2), "position 2 lies outside of 2"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(offset=[-3, -2]), "lie outside 4 tokens"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(offset=[3, 5]), "lie outside 4 tokens"),
        ("maven-ere", lambda d: d["events"][0]["mention"][0].update(sent_id=-1), "position -1 lies outside of 2"),
        ("maven-ere", lambda d: d["events"][1]["mention"][0].update(offset=[-1, 1]), "lie outside sentence 1"),
        ("maven-ere", lambda d: d["events"][0]["mention"][0].update(offset=[4, 7]), "lie outside sentence 0"),
        ("maven-ere", lambda d: d["TIMEX"][0].update(id="E1"), "two events have the same id"),
        ("maven-ere", lambda d: d["subevent_relations"].append(["E1", "E9"]), "'E9' is not one of E1, E2, X1"),
        ("maven-ere", lambda d: d["causal_relations"].update(MOVES=[["E1", "E2"]]), "'MOVES' is not one of BEFORE"),
        ("maven-ere", lambda d: d.pop("causal_relations"), "the field 'causal_relations' is missing"),
        ("odie", lambda d: d.pop("instruction"), "the field 'instruction' is missing"),
        ("odie", lambda d: d.update(instruction=["a"]), "instruction is not a string but list"),
        ("odie", lambda d: d.update(table=None), "not a record of On-Demand IE"),
    ],
)  # fmt: skip
def test_a_record_in_another_form(name: str, change: Callable, problem: str, lay: Lay, native: dict) -> None:
    folder = lay(name, **changed(native, name, change))
    place = ":2: " if name in JSON_LINES_SOURCES else ", record 1: "
    file = next(iter(native[name]))
    with pytest.raises(InputError) as caught:
        list(read_split(Split(name, "native", "train", (folder / file,))))
    message = str(caught.value)
    assert message.startswith(f"{folder / file}{place}")
    assert problem in message
    assert message.endswith("; fix it or download the file again")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "line", "problem"),
    [
        ("mit-restaurant", "O thai", "a line does not contain a label, a tab and a token"),
        ("mit-restaurant", "O\tthai\tfood", "a line does not contain a label, a tab and a token"),
        ("mit-restaurant", "thai\tB-Dish", "tag 'thai' is not of the IOB2 scheme"),
        ("mit-restaurant", "B\tthai", "tag 'B' is not of the IOB2 scheme"),
        ("mit-restaurant", "B-Colour\tthai", "'Colour' is not one of Amenity, Cuisine"),
        ("mit-restaurant", "B-Dish\t", "lie outside a text"),
        ("carb", "A sentence .", "a line does not contain a sentence, a tab and a predicate"),
        ("carb", "A sentence .\t\t ", "a line does not contain a sentence, a tab and a predicate"),
    ],
)
def test_a_line_in_another_form(name: str, line: str, problem: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    folder = lay(name, **{file: f"{content}\n{line}\n"})
    message = read_error(name, folder)
    assert message.startswith(f"{folder / file}:{content.count(chr(10)) + 2}: ")
    assert problem in message


@pytest.mark.parametrize("name", [name for name in SAMPLE_SOURCES if name not in ("carb", "mit-restaurant")])
@pytest.mark.parametrize("surrogate", ["\\ud83d", "\\uD83D", "\\ude00", "\\udE00\\ud83d"])
def test_an_unpaired_surrogate(name: str, surrogate: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    folder = lay(name, **{file: content.replace(".", surrogate + ".", 1)})
    assert read_error(name, folder).startswith(f"{folder / file}:1: contains an unpaired surrogate")
    paired = lay(name, **{file: content.replace('."', '.\\ud83d\\ude00"', 1)})
    assert list(load_records(name, paired))


def test_deep_nesting_and_long_numbers(lay: Lay, native: dict) -> None:
    line = native["phee"]["train.json"].rstrip()
    for value in ("9" * 5000, *("[" * depth + "]" * depth for depth in (500, 900, 960, 985, 995, 100_000))):
        folder = lay("phee", **{"train.json": line + "\n" + line.replace('"123_4"', value)})
        assert read_error("phee", folder).startswith(f"{folder / 'train.json'}:2: not ")
        unpaired = lay("phee", **{"train.json": line + "\n" + line.replace("false", value).replace("Rash", "\\ud800")})
        with pytest.raises(InputError, match="train.json:2"):
            list(load_records("phee", unpaired))
