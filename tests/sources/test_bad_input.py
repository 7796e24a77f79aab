"""Finding files, and what is said when something is wrong with them: one line, the place, the mend."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from adelie_hf.errors import InputError
from adelie_hf.sources import Split, find_sources, get_source, load_records, read_split

Lay = Callable[..., Path]
NAMES = ("carb", "fewrel", "maven", "maven-ere", "mit-restaurant", "odie", "phee", "rams", "scierc")
BY_LINE = ("maven", "maven-ere", "phee", "rams", "scierc")


def refusal(name: str, folder: Path, split: str | None = None) -> str:
    """The one line that says why a folder cannot be read."""
    with pytest.raises(InputError) as caught:
        list(load_records(name, folder, split))
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 500
    assert ";" in message, "no mend is named"
    return message


# ---- finding --------------------------------------------------------------------------------------


def test_sources_are_told_apart_by_content(lay: Lay) -> None:
    """SciERC and PHEE publish a `train.json`, MAVEN and MAVEN-ERE a `train.jsonl`."""
    root = lay("scierc", "raw/a").parent
    for name in NAMES:
        lay(name, f"raw/{name}")
    found = find_sources(root)
    assert tuple(found) == NAMES
    for name, each in found.items():
        folder = "a" if name == "scierc" else name
        assert {file.parent.name for split in each.splits.values() for file in split.files} == {folder}
    assert [file.parent.name for file in found["scierc"].skipped] == ["scierc"]
    assert list(find_sources(root, ("phee", "rams"))) == ["phee", "rams"]


def test_the_copy_nearest_the_root_is_read(lay: Lay) -> None:
    lay("carb", "raw/b/a")
    lay("carb", "raw/c", **{"test.tsv": "A b .\tx\ty\n"})
    root = lay("carb", "raw/d").parent
    found = find_sources(root)["carb"]
    assert {name: str(split.files[0].relative_to(root)) for name, split in found.splits.items()} == {
        "validation": "c/dev.tsv",
        "test": "c/test.tsv",
    }
    assert [str(file.relative_to(root)) for file in found.skipped] == ["b/a/dev.tsv", "d/dev.tsv"]


def test_splits(lay: Lay) -> None:
    folder = lay("carb", **{"test.tsv": "A b .\tx\ty\n", "train.tsv": "C d .\tx\ty\n"})
    assert [record.split for record in load_records("carb", folder)] == ["train", "validation", "validation", "test"]
    assert [record.text for record in load_records("carb", folder, "test")] == ["A b ."]
    assert "carb has no split 'dev' here; it has train, validation, test" in refusal("carb", folder, "dev")


def test_a_stranger_with_a_published_name_is_left_alone(lay: Lay) -> None:
    folder = lay("carb", **{"train.json": "[1, 2, 3]", "train.jsonl": "{}\n", "test.tsv": "id\tname\n"})
    assert list(find_sources(folder)) == ["carb"]
    assert list(find_sources(folder)["carb"].splits) == ["validation"]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_there(name: str, tmp_path: Path) -> None:
    assert f"no file of {name} below it; it is made of" in refusal(name, tmp_path)
    assert "no such folder" in refusal(name, tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    assert "no such folder" in refusal(name, tmp_path / "file")
    with pytest.raises(InputError, match="no file of any source"):
        find_sources(tmp_path)


def test_unknown_names(tmp_path: Path) -> None:
    for call in (
        lambda: load_records("fewrels", tmp_path),
        lambda: find_sources(tmp_path, ("fewrels",)),
        lambda: get_source("x"),
    ):
        with pytest.raises(InputError, match=r"unknown source '(fewrels|x)'; the sources are .*carb, .*fewrel, "):
            call()


def test_a_mistake_is_told_at_the_call(tmp_path: Path) -> None:
    """Not at the first record: who asks for an iterator may use it elsewhere."""
    with pytest.raises(InputError):
        load_records("carb", tmp_path)


# ---- files that cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file(name: str, lay: Lay, native: dict) -> None:
    file = next(iter(native[name]))
    for nothing in ("", "\n\n", b"\xef\xbb\xbf"):
        folder = lay(name, **{file: nothing})
        assert f"{folder / file}: the file is empty; fetch it again" in refusal(name, folder)


@pytest.mark.parametrize("name", NAMES)
def test_another_shape(name: str, lay: Lay, native: dict) -> None:
    file = next(iter(native[name]))
    folder = lay(name, **{file: '{"some": "thing"}\n'})
    assert refusal(name, folder).startswith(f"{folder / file}: does not have the layout of {get_source(name).title}; ")


@pytest.mark.parametrize("name", NAMES)
def test_another_shape_that_is_read_all_the_same(name: str, lay: Lay, native: dict) -> None:
    """`read` asks no one whether the file is the source's: what it cannot use, it refuses."""
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


@pytest.mark.parametrize("name", NAMES)
def test_latin_1(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    broken = content.replace(" ", " \xe9 ", 1) if name != "mit-restaurant" else content + "O\t\xe9\n"
    if name in BY_LINE:
        broken = content + broken
    folder = lay(name, **{file: broken.encode("latin-1")})
    number = broken[: broken.index("\xe9")].count("\n") + 1
    assert refusal(name, folder).startswith(f"{folder / file}:{number}: not UTF-8")


@pytest.mark.parametrize("name", NAMES)
def test_utf_16(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        folder = lay(name, **{file: mark + content.encode(encoding)})
        assert f"{folder / file}: is UTF-16; save the file as UTF-8" in refusal(name, folder)
        folder = lay(name, **{file: content.encode(encoding)})
        assert str(folder / file) in refusal(name, folder)


@pytest.mark.parametrize("name", BY_LINE)
def test_a_truncated_line(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    line = content.split("\n")[0]
    before = content.count("\n")
    for cut in (len(line) - 1, len(line) // 2):
        folder = lay(name, **{file: content + "\n" + line[:cut]})
        message = refusal(name, folder)
        assert message.startswith(f"{folder / file}:{before + 2}: not valid JSON")
        assert "the file may be cut off" in message or "Unterminated string" in message


@pytest.mark.parametrize("name", ["fewrel", "odie"])
def test_a_truncated_document(name: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    pretty = json.dumps(json.loads(content), indent=1)
    cut = pretty[: pretty.rindex("]")].rstrip()
    folder = lay(name, **{file: cut})
    message = refusal(name, folder)
    assert message.startswith(f"{folder / file}:{cut.count(chr(10)) + 1}: not valid JSON")
    assert "the file may be cut off" in message


@pytest.mark.parametrize(("name", "side"), [("fewrel", "pid2name.json"), ("rams", "event_role_multiplicities.txt")])
def test_a_side_file(name: str, side: str, lay: Lay, native: dict) -> None:
    folder = lay(name, **{side: None})
    assert refusal(name, folder).startswith(f"{folder / side}: missing; ")
    folder = lay(name, **{side: ""})
    assert refusal(name, folder).startswith(f"{folder / side}: the file is empty")
    folder = lay(name, **{side: native[name][side].encode("utf-16")})
    assert refusal(name, folder).startswith(f"{folder / side}:1: not ")


@pytest.mark.parametrize("content", ["[]", "3", "{}", '{"P1": "ab", "P2": "cd"}', '{"P1": ["a"]}', '{"P1": [1, 2]}'])
def test_names_of_relations_of_another_shape(content: str, lay: Lay) -> None:
    folder = lay("fewrel", **{"pid2name.json": content})
    assert refusal("fewrel", folder).startswith(f"{folder / 'pid2name.json'}: no name and description of P1")


@pytest.mark.parametrize("line", ["life.die.n/a victim", "life.die.n/a victim killer", "life.die.n/a victim 1 killer"])
def test_a_table_of_roles_of_another_shape(line: str, lay: Lay) -> None:
    folder = lay("rams", **{"event_role_multiplicities.txt": f"contact.meet.n/a place 1\n{line}\n"})
    assert refusal("rams", folder).startswith(
        f"{folder / 'event_role_multiplicities.txt'}:2: not a type with its roles"
    )


@pytest.mark.parametrize("content", ["[]", "{}", "3", '{"": 1}'])
def test_maven_with_a_list_of_types_that_is_none(content: str, lay: Lay) -> None:
    folder = lay("maven", **{"label2id.json": content})
    assert refusal("maven", folder).startswith(f"{folder / 'label2id.json'}: does not number event types")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(lay: Lay) -> None:
    folder = lay("carb")
    (folder / "dev.tsv").chmod(0)
    assert "cannot be read (Permission denied)" in refusal("carb", folder)


# ---- records that cannot be used ------------------------------------------------------------------


def changed(native: dict, name: str, change: Callable[[dict], object]) -> dict[str, str]:
    """A source's file with its first record changed, after an unchanged copy where a line is a record."""
    file, content = next(iter(native[name].items()))
    if name in BY_LINE:
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
    ("name", "change", "says"),
    [
        ("scierc", lambda d: d.pop("ner"), "the field 'ner' is missing"),
        ("scierc", lambda d: d["ner"].pop(), "not a record of SciERC (zip"),
        ("scierc", lambda d: d["ner"][0].append([0, 0, "Tool"]), "'Tool' is none of Task, Method"),
        ("scierc", lambda d: d["ner"][0].append([0, 0, "COMPARE"]), "'COMPARE' is none of Task, Method"),
        ("scierc", lambda d: d["ner"][0].append([4, 5, "Task"]), "token offsets [4, 6) lie outside 5 tokens"),
        ("scierc", lambda d: d["ner"][1].append([4, 5, "Task"]), "token offsets [-1, 1) lie outside 3 tokens"),
        ("scierc", lambda d: d["ner"][0].append([-2, -1, "Task"]), "lie outside 5 tokens"),
        ("scierc", lambda d: d["relations"][0].append([0, 0, -1, -1, "COMPARE"]), "lie outside 5 tokens"),
        ("scierc", lambda d: d["sentences"].__setitem__(0, "Deep nets parse text ."), "is not a list of strings"),
        ("scierc", lambda d: d["sentences"][0].__setitem__(0, None), "is not a list of strings"),
        ("fewrel", lambda d: d["h"][2].__setitem__(0, [-2, -1]), "lie outside 10 tokens"),
        ("fewrel", lambda d: d["h"][2].__setitem__(0, [0, 10**9]), "are not consecutive"),
        ("fewrel", lambda d: d["h"][2].__setitem__(0, [0, 2]), "token positions [0, 2] are not consecutive"),
        ("fewrel", lambda d: d["t"][2].clear(), "not enough values"),
        ("fewrel", lambda d: d.pop("t"), "the field 't' is missing"),
        ("fewrel", lambda d: d.update(tokens="Ann Lee"), "is not a list of strings"),
        ("rams", lambda d: d.pop("gold_evt_links"), "the field 'gold_evt_links' is missing"),
        ("rams", lambda d: d["evt_triggers"].append([0, 0, [["life.die.n/a", 1.0]]]), "too many values"),
        ("rams", lambda d: d["evt_triggers"][0][2][0].__setitem__(0, "life.x"), "'life.x' is none of life.die.n/a"),
        ("rams", lambda d: d["gold_evt_links"][0].__setitem__(1, [-1, -1]), "lie outside 10 tokens"),
        ("rams", lambda d: d["gold_evt_links"][0].__setitem__(1, [3, 2]), "token offsets [3, 3) lie outside"),
        ("rams", lambda d: d.update(sentences=["Rebels shot him dead .", "It was"]), "is not a list of strings"),
        ("rams", lambda d: d.update(source_url=3), "group is not a string but int"),
        ("phee", lambda d: d.update(context=None), "text is not a string but NoneType"),
        ("phee", lambda d: d.update(id=3), "'int' object has no attribute 'split'"),
        ("phee", lambda d: first_event(d).update(event_type="Other"), "'Other' is none of Adverse_event"),
        ("phee", lambda d: first_event(d)["Trigger"]["start"][0].__setitem__(0, -21), "lie outside"),
        ("phee", lambda d: first_event(d)["Trigger"]["start"][0].__setitem__(0, 31), "reads 'fter '"),
        ("phee", lambda d: first_event(d)["Trigger"].update(text=["after"]), "is not a list of strings"),
        ("phee", lambda d: first_event(d)["Trigger"].update(start=[[]]), "zip()"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(sent_id=-1), "position -1 lies outside of 2"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(sent_id=2), "position 2 lies outside of 2"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(offset=[-3, -2]), "lie outside 4 tokens"),
        ("maven", lambda d: d["events"][0]["mention"][0].update(offset=[3, 5]), "lie outside 4 tokens"),
        ("maven-ere", lambda d: d["events"][0]["mention"][0].update(sent_id=-1), "position -1 lies outside of 2"),
        ("maven-ere", lambda d: d["events"][1]["mention"][0].update(offset=[-1, 1]), "lie outside sentence 1"),
        ("maven-ere", lambda d: d["events"][0]["mention"][0].update(offset=[4, 7]), "lie outside sentence 0"),
        ("maven-ere", lambda d: d["TIMEX"][0].update(id="E1"), "two events have the same id"),
        ("maven-ere", lambda d: d["subevent_relations"].append(["E1", "E9"]), "'E9' is none of E1, E2, X1"),
        ("maven-ere", lambda d: d["causal_relations"].update(MOVES=[["E1", "E2"]]), "'MOVES' is none of BEFORE"),
        ("maven-ere", lambda d: d.pop("causal_relations"), "the field 'causal_relations' is missing"),
        ("odie", lambda d: d.pop("instruction"), "the field 'instruction' is missing"),
        ("odie", lambda d: d.update(instruction=["a"]), "instruction is not a string but list"),
        ("odie", lambda d: d.update(table=None), "not a record of On-Demand IE"),
    ],
)  # fmt: skip
def test_a_record_of_another_shape(name: str, change: Callable, says: str, lay: Lay, native: dict) -> None:
    folder = lay(name, **changed(native, name, change))
    place = ":2: " if name in BY_LINE else ", record 1: "
    file = next(iter(native[name]))
    with pytest.raises(InputError) as caught:
        list(read_split(Split(name, "native", "train", (folder / file,))))
    message = str(caught.value)
    assert message.startswith(f"{folder / file}{place}")
    assert says in message
    assert message.endswith("; mend it, or fetch the file again")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("mit-restaurant", "O thai", "a line does not hold a label, a tab and a token"),
        ("mit-restaurant", "O\tthai\tfood", "a line does not hold a label, a tab and a token"),
        ("mit-restaurant", "thai\tB-Dish", "tag 'thai' is not of the IOB2 scheme"),
        ("mit-restaurant", "B\tthai", "tag 'B' is not of the IOB2 scheme"),
        ("mit-restaurant", "B-Colour\tthai", "'Colour' is none of Amenity, Cuisine"),
        ("mit-restaurant", "B-Dish\t", "lie outside a text"),
        ("carb", "A sentence .", "a line does not hold a sentence, a tab and a predicate"),
        ("carb", "A sentence .\t\t ", "a line does not hold a sentence, a tab and a predicate"),
    ],
)
def test_a_line_of_another_shape(name: str, line: str, says: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    folder = lay(name, **{file: f"{content}\n{line}\n"})
    message = refusal(name, folder)
    assert message.startswith(f"{folder / file}:{content.count(chr(10)) + 2}: ")
    assert says in message


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("carb", "mit-restaurant")])
@pytest.mark.parametrize("half", ["\\ud83d", "\\uD83D", "\\ude00", "\\udE00\\ud83d"])
def test_half_of_a_surrogate_pair(name: str, half: str, lay: Lay, native: dict) -> None:
    file, content = next(iter(native[name].items()))
    folder = lay(name, **{file: content.replace(".", half + ".", 1)})
    assert refusal(name, folder).startswith(f"{folder / file}:1: holds half of a surrogate pair")
    whole = lay(name, **{file: content.replace('."', '.\\ud83d\\ude00"', 1)})
    assert list(load_records(name, whole))


def test_deep_nesting_and_long_numbers(lay: Lay, native: dict) -> None:
    line = native["phee"]["train.json"].rstrip()
    for value in ("9" * 5000, *("[" * depth + "]" * depth for depth in (500, 900, 960, 985, 995, 100_000))):
        folder = lay("phee", **{"train.json": line + "\n" + line.replace('"123_4"', value)})
        assert refusal("phee", folder).startswith(f"{folder / 'train.json'}:2: not ")
        half = lay("phee", **{"train.json": line + "\n" + line.replace("false", value).replace("Rash", "\\ud800")})
        with pytest.raises(InputError, match="train.json:2"):
            list(load_records("phee", half))
