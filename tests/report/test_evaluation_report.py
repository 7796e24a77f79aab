"""The report of an evaluation: what it counts, that no text breaks out of its element, and its page in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.answers import Answer, Argument, Entity, EventItem, Extraction, Table, Triple, to_json
from adelie_hf.errors import InputError
from adelie_hf.evaluation import Predictions, RunScores, score_predictions
from adelie_hf.evaluation.confidences import Confidence
from adelie_hf.evaluation.item_errors import ERROR_CLASSES, ErrorClass, RowErrors, row_errors
from adelie_hf.prompts import write
from adelie_hf.prompts.format_instructions import format_instruction
from adelie_hf.report import evaluation_items, write_evaluation_report
from adelie_hf.report.evaluation_tables import CLASS_TEXTS
from adelie_hf.tasks import title_of
from tests.browser import Opened

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!-- &lt;b&gt; \" ' ` ${x}"
EMOJI = "👩🏽‍🔬 Ada of Acme met 🙂 Bob in Ulm"


def row(name: str, task: str, answer: Answer, *types: str, roles: tuple[str, ...] = (), text: str) -> Any:
    return {
        "id": f"{name}/{task}",
        "source": name.split("/")[0],
        "task": task,
        "prompt": [{"role": "user", "content": f"Find. Text: {text}"}],
        "completion": [{"role": "assistant", "content": write(answer, task)}],
        "format": "text",
        "schema": [{"name": each, "roles": list(roles)} for each in types],
        "text": text,
        "label_map": {each: each for each in types},
        "answer": to_json(answer),
        "choices": {"seed": 1},
    }


PEOPLE = (Entity("Ada", "person"), Entity("Acme", "company"), Entity("Bob", "person"), Entity("Ulm", "place"))
DEAL = EventItem("bought", "deal", (Argument("Acme", "buyer"), Argument("Globex", "object")))
ROWS = [
    *(row(f"news/{number}", "ner", PEOPLE, "person", "company", "place", text=EMOJI) for number in range(44)),
    row("wiki/1", "ner", (), "person", "place", text="Nothing happened."),
    row("wiki/2", "re", (Triple("Acme", "owns", "Globex"),), "owns", text="Acme owns Globex and Initech."),
    row("wiki/3", "ee", (DEAL,), "deal", roles=("buyer", "object"), text="Acme bought Globex."),
    row("wiki/4", "openie", (Extraction("bought", ("Acme", "Globex")),), text="Acme bought Globex."),
    row("wiki/5", "odie", (Table(("who", "what"), (("Acme", "Globex"),)),), text="Acme bought Globex."),
]
GOLD = {each["id"]: each["completion"][0]["content"] for each in ROWS}
ANSWERS = {
    "good": GOLD,
    "bad": GOLD
    | {
        "news/0/ner": "[Answer]: Ada: company; Acme met: company; Paris: place; Bob: pet;",
        "news/1/ner": "I do not know.",
        "wiki/2/re": "[Answer]: (Acme; sells; Globex);",
        "wiki/3/ee": write((EventItem("bought", "deal", (Argument("Acme", "object"),)),), "ee"),
    },
}
# None of the four items of `bad` is right; of its two answers one is, and so is the answer of `good`.
CONFIDENCES: dict[str, dict[str, Confidence]] = {
    "good": {"wiki/1/ner": 0.35},
    "bad": {"news/2/ner": 0.35, "wiki/2/re": 0.35, "news/0/ner": (0.9, 0.9, 0.2, 1.0)},
}


def scores_of(rows: list[Any], answers: dict[str, dict[str, str]]) -> RunScores:
    return score_predictions(rows, {name: Predictions(outputs, [], 0) for name, outputs in answers.items()})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    write_evaluation_report(file, ROWS, ANSWERS, scores_of(ROWS, ANSWERS), ROWS[:1], CONFIDENCES)
    return file.read_text(encoding="utf-8")


def compared(system: str) -> dict[str, RowErrors]:
    return {each["id"]: row_errors(each, ANSWERS[system][each["id"]]) for each in ROWS}


# ---- what it counts -------------------------------------------------------------------------------------------------


def test_the_numbers_as_json(tmp_path: Path) -> None:
    file, scores = tmp_path / "r.json", scores_of(ROWS, ANSWERS)
    write_evaluation_report(file, ROWS, ANSWERS, scores, ROWS[:1])
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["scores"] == json.loads(json.dumps(scores))
    for system in ANSWERS:
        lines = [line for line in report["errors"] if line["system"] == system]
        assert sum(line["answers"] for line in lines) == len(ROWS)
        for name in ERROR_CLASSES:
            assert sum(line[name] for line in lines) == sum(
                errors.counts()[name] for errors in compared(system).values()
            )
    parse = {
        (result["source"], result["task"], system): score["parse"]
        for result in scores["results"]
        for system, score in result["scores"].items()
    }
    for line in report["errors"]:
        counts: Any = parse[line["source"], line["task"], line["system"]]
        for name in ("invalid", "off_schema", "not_in_text"):
            assert line[name] == (counts[name] or 0)  # None for open tasks
    person = {line["system"]: line for line in report["types"] if line["type"] == "person"}
    assert (person["good"]["f1"], person["good"]["gold"], person["bad"]["correct"]) == (1.0, 88, 84)
    for key in ("lengths", "frequencies"):
        for system in ANSWERS:
            lines = [line for line in report[key] if line["system"] == system]
            assert sum(line["gold"] for line in lines) == 44 * 4 + 1 + 3
    assert {line["training_answers"] for line in report["frequencies"]} == {"0", "1"}
    assert {line["characters"] for line in report["lengths"]} == {"0 to 49"}
    assert report["calibration"] == []


def test_calibration_of_answers_and_items(page: str, tmp_path: Path) -> None:
    for name in ("r.json", "r.md"):
        write_evaluation_report(tmp_path / name, ROWS, ANSWERS, scores_of(ROWS, ANSWERS), confidences=CONFIDENCES)
    calibration = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["calibration"]
    assert [(line["system"], line["of"], line["number"]) for line in calibration] == [
        ("good", "answers", 1), ("bad", "answers", 2), ("bad", "items", 4)
    ]  # fmt: skip
    errors = [line["expected_calibration_error"] for line in calibration]
    assert errors == [pytest.approx(0.65), pytest.approx(0.15), pytest.approx((0.2 + 0.9 + 0.9 + 1.0) / 4)]
    assert calibration[1]["bins"] == [{"low": 0.3, "high": 0.4, "items": 2, "confidence": 0.35, "right": 0.5}]
    table = ["### bad: expected calibration error 0.150, 2 answers", "",
             "| confidence | answers | mean confidence | right |", "| --- | --- | --- | --- |",
             "| 0.3 to 0.4 | 2 | 0.350 | 0.500 |"]  # fmt: skip
    assert "\n".join(table) in (tmp_path / "r.md").read_text(encoding="utf-8")
    assert page.count('<svg class="reliability') == 3
    assert 'aria-label="Reliability diagram of bad: expected calibration error 0.150, 2 answers"' in page
    assert '<circle cx="84.0" cy="120.0" r="4"/>' in page, "0.35 and 0.5 of 240"


def test_the_micro_score_of_a_task_is_that_of_its_types(tmp_path: Path) -> None:
    file, scores = tmp_path / "r.json", scores_of(ROWS, ANSWERS)
    write_evaluation_report(file, ROWS, ANSWERS, scores)
    types = [
        line
        for line in json.loads(file.read_text(encoding="utf-8"))["types"]
        if (line["source"], line["task"], line["system"]) == ("news", "ner", "bad")
    ]
    correct, predicted, gold = (sum(line[side] for line in types) for side in ("correct", "predicted", "gold"))
    (value,) = (
        result["scores"]["bad"]["value"]
        for result in scores["results"]
        if (result["source"], result["task"]) == ("news", "ner")
    )
    assert 2 * correct / (predicted + gold) == pytest.approx(value)


def test_the_tables_as_markdown(tmp_path: Path) -> None:
    file = tmp_path / "r.md"
    warned: RunScores = {
        **scores_of(ROWS, ANSWERS),
        "warnings": [
            {"kind": "below_nearest", "system": "bad", "value": 0.0, "limit": 0.1, "message": "bad <is> bad"}
        ],
        "notes": ["no pairs"],
    }
    write_evaluation_report(file, ROWS, ANSWERS, warned)
    report = file.read_text(encoding="utf-8")
    assert report.splitlines()[:5] == [r"**Warning:** bad \<is> bad.", "", "# Evaluation report", "", "No pairs."]
    for heading in ("Scores", "Errors", "Types", "Length of the text", "Parse status"):
        assert f"\n\n## {heading}\n\n" in report
    assert "Frequency" not in report, "nothing was said of training"
    assert "Calibration" not in report, "nor of confidences"
    assert "\n\n\n" not in report and "Stack(" not in report and "Whiskers(" not in report
    assert "| source | task | system | gold | predicted | correct |" in report
    assert "good against bad, by a paired randomisation test" in report


def test_sections_say_what_they_count(tmp_path: Path) -> None:
    wrong = write((EventItem("x", "war", (Argument("y", "a"), Argument("z", "b"))),), "ee")
    event = ROWS[46]
    answers = {"s": {event["id"]: wrong}}
    write_evaluation_report(tmp_path / "r.md", [event], answers, scores_of([event], answers))
    report = (tmp_path / "r.md").read_text(encoding="utf-8")
    errors, parsing = (report.split(f"## {title}\n")[1].split("\n## ")[0] for title in ("Errors", "Parse status"))
    assert "| § off-schema | 3 (100.0%) |" in errors
    assert "the trigger and each argument of an event are one each" in errors
    assert "| wiki | ee | s | 1 | 0 | 0 | 0 | 1 | 1 |" in parsing
    assert "An event with all its arguments is one item here" in parsing


def test_a_note_keeps_the_name_at_its_beginning(tmp_path: Path) -> None:
    scores: RunScores = {**scores_of(ROWS, ANSWERS), "notes": ["good: no extraction", "goods are none", "no pairs"]}
    for name in ("r.html", "r.md"):
        write_evaluation_report(tmp_path / name, ROWS, ANSWERS, scores)
        report = (tmp_path / name).read_text(encoding="utf-8")
        assert re.search(r"\bgood: no extraction\.\W+(p>\W+p>)?Goods are none\.\W+(p>\W+p>)?No pairs\.", report)


def test_what_cannot_be_reported(tmp_path: Path) -> None:
    scores = scores_of(ROWS, ANSWERS)
    with pytest.raises(InputError, match=r"r.txt: a report is `.html`, `.md` or `.json`"):
        write_evaluation_report(tmp_path / "r.txt", ROWS, ANSWERS, scores)
    with pytest.raises(InputError, match="the outputs of x lack held-out rows, the first is news/0/ner"):
        write_evaluation_report(tmp_path / "r.md", ROWS, {"x": {}}, scores)
    assert not list(tmp_path.iterdir())


COMPACT = " ".join(f"{one}{other}" for one in "abcde" for other in "abcde")
WIDE = tuple(f"the name of column {number}, which is quite long" for number in range(4))


def of_cells(letter: str) -> Table:
    return Table(WIDE, tuple(tuple(f"{letter}{line}{column}" for column in range(4)) for line in range(20)))


ENTITIES = {letter: tuple(Entity(each, letter) for each in COMPACT.split()) for letter in "AB"}
SHORT_MENTIONS = [row(f"s/{at}", "ner", ENTITIES["A"], "A", "B", text=f"{COMPACT} {at}") for at in range(30)]
TABLES = [row(f"s/{at}", "odie", (of_cells("a"),), text=f"Text {at}") for at in range(30)]


def two_systems(rows: list[Any], answer: Answer) -> dict[str, dict[str, str]]:
    written = write(answer, rows[0]["task"])
    return {name: {each["id"]: written + end for each in rows} for name, end in (("one", ""), ("two", "\n\n"))}


LARGE = {
    "sample": (ROWS, ANSWERS, 6000),
    "short mentions": (SHORT_MENTIONS, two_systems(SHORT_MENTIONS, ENTITIES["B"]), 30_000),
    "tables": (TABLES, two_systems(TABLES, (of_cells("b"),)), 60_000),
}


@pytest.mark.parametrize("name", LARGE)
def test_a_page_lists_the_rows_that_it_has_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    rows, answers, most = LARGE[name]
    scores = scores_of(ROWS, ANSWERS)

    def listed(rows: list[Any], answers: dict[str, dict[str, str]]) -> tuple[list[str], int]:
        write_evaluation_report(tmp_path / "r.html", rows, answers, scores)
        page = Parsed((tmp_path / "r.html").read_text(encoding="utf-8"))
        ids = [each[0] for each in page.data["rows"]]
        assert (f"{len(ids)} of {len(rows)} rows are listed" in page.visible) == (len(ids) < len(rows))
        return ids, len(page.scripts[1].encode())

    assert len(listed(rows, answers)[0]) == len(rows)
    monkeypatch.setattr(evaluation_items, "MOST_BYTES", most)
    ids, size = listed(rows, answers)
    assert 0 < len(ids) < len(rows)
    assert 0.8 * most < size < most + 200, "the names of the lists are beside the rows"
    assert listed(rows[::-1], dict(reversed(answers.items())))[0] == ids[::-1]


class Parsed(HTMLParser):
    """The elements of a page, its visible text, and the data of its rows."""

    def __init__(self, page: str):
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.visible = ""
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data
        else:
            self.visible += data

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[1])


def hostile_rows() -> tuple[list[Any], dict[str, dict[str, str]]]:
    rows = [
        row(
            f"{HOSTILE}/{number}", "ner", (Entity(f"x{HOSTILE}", HOSTILE),), HOSTILE, text=f"{HOSTILE}x{HOSTILE}\0\r\n"
        )
        for number in range(3)
    ]
    outputs = {each["id"]: answer for each, answer in zip(rows, [HOSTILE, "", "\ud83d\u2028"], strict=True)}
    return rows, {HOSTILE: outputs}


def test_no_text_breaks_out_of_its_element(page: str, tmp_path: Path) -> None:
    usual = Parsed(page)
    assert len(usual.scripts) == 3 and not {"link", "img", "iframe"} & set(usual.elements)
    assert not {"src", "style"} & usual.attributes and not [name for name in usual.attributes if name.startswith("on")]
    rows, answers = hostile_rows()
    sure: dict[str, dict[str, Confidence]] = {HOSTILE: {each["id"]: 0.5 for each in rows}}
    write_evaluation_report(tmp_path / "r.html", rows, answers, scores_of(rows, answers), confidences=sure)
    hostile = Parsed((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert len(hostile.scripts) == 3 and hostile.attributes <= usual.attributes
    assert set(hostile.elements) - {"strong"} <= set(usual.elements) and HOSTILE in hostile.visible
    assert hostile.data["texts"] == [rows[0]["text"]] and hostile.data["types"] == [HOSTILE]
    assert [each[0] for each in hostile.data["rows"]] == [each["id"] for each in rows]
    assert [each[0] for each in hostile.data["answers"][0]] == list(answers[HOSTILE].values())


# ---- in a browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def opened(browser: Any, page: str, tmp_path: Path) -> Iterator[Opened]:
    shown = Opened(browser, page, tmp_path)
    yield shown
    shown.context.close()
    assert not shown.errors


def choose(page: Opened, name: str, words: str) -> None:
    """Choose an option of a filter by its words, without the number behind them."""
    options = page.texts_of(f"#{name} option")
    (option,) = (each for each in options if re.sub(r" \([\d,]+\)$", "", each) == words)
    title = "Error class" if name == "class" else name.capitalize()
    page.get_by_role("combobox", name=title).select_option(label=option)


def number_of_rows(page: Opened) -> int:
    return int(page.get_by_role("status").inner_text().split(" of ")[0].replace(",", ""))


def all_rows(page: Opened) -> list[str]:
    """The ids of the rows of all pages, one after the other."""
    ids = page.texts_of("article h3")
    while page.locator("[data-page='1']").is_visible() and page.locator("[data-page='1']").is_enabled():
        page.get_by_role("button", name="Next").click()
        ids += page.texts_of("article h3")
    return ids


def with_class(name: str, systems: tuple[str, ...], type: str = "") -> set[str]:
    """The ids of the rows in which a system has an item of a class (and of a type)."""
    found = set()
    for system in systems:
        for row_id, errors in compared(system).items():
            for pair in errors.pairs:
                sides = [errors.gold[pair.gold]] if pair.gold is not None else []
                sides += [errors.predicted[pair.predicted]] if pair.predicted is not None else []
                classes: set[ErrorClass] = {pair.kind}
                classes |= {"off_schema"} if pair.predicted in errors.off_schema else set()
                classes |= {"not_in_text"} if pair.predicted in errors.not_in_text else set()
                if name in classes and (not type or type in {part.category for part in sides}):
                    found.add(row_id)
            if name == "invalid" and errors.status == "invalid" and not type:
                found.add(row_id)
    return found


def test_each_filter_shows_the_rows_that_it_names(opened: Opened) -> None:
    assert number_of_rows(opened) == len(ROWS)
    assert set(all_rows(opened)) == GOLD.keys()
    for source in ("news", "wiki"):
        choose(opened, "source", source)
        assert set(all_rows(opened)) == {each["id"] for each in ROWS if each["source"] == source}
    opened.get_by_role("button", name="Show all").click()
    opened.locator(".shown").filter(has_text=re.compile(rf"^{len(ROWS)} of")).wait_for()
    for task in ("ner", "re", "ee", "openie", "odie"):
        choose(opened, "task", f"{task}: {title_of(task)}")
        assert set(all_rows(opened)) == {each["id"] for each in ROWS if each["task"] == task}
    choose(opened, "task", "all tasks")
    for name in ERROR_CLASSES:
        title, sign, *_ = CLASS_TEXTS[name]
        choose(opened, "class", f"{sign} {title}")
        assert set(all_rows(opened)) == with_class(name, ("good", "bad")) != set()
    choose(opened, "class", "all rows")
    for type in ("person", "deal/object", "pet", "owns"):
        choose(opened, "type", type)
        expected = {
            row_id
            for system in ANSWERS
            for row_id, errors in compared(system).items()
            if type in {part.category for part in (*errors.gold, *errors.predicted)}
        }
        assert set(all_rows(opened)) == expected != set()


def test_filters_add_up(opened: Opened) -> None:
    choose(opened, "class", "any error")
    errors = number_of_rows(opened)
    assert errors == 4
    choose(opened, "system", "bad")
    assert number_of_rows(opened) == errors and opened.locator(".answer").count() == errors
    choose(opened, "type", "person")
    choose(opened, "class", "− missed")
    assert set(all_rows(opened)) == with_class("missed", ("bad",), "person") == {"news/1/ner"}
    choose(opened, "class", "all rows")
    choose(opened, "type", "all types")
    choose(opened, "system", "good")
    choose(opened, "class", "✓ correct")
    assert opened.locator("#class option:text('any error (0)')").count() == 1
    assert opened.locator("#class option:text('missed')").is_disabled()


def test_a_choice_says_how_many_rows_it_would_show(opened: Opened) -> None:
    for name in ("system", "source", "task", "type", "class"):
        for option in opened.texts_of(f"#{name} option[data-name]:not([disabled])"):
            words, number = re.fullmatch(r"(.*) \(([\d,]+)\)", option).groups()  # type: ignore[union-attr]
            choose(opened, name, words)
            assert number_of_rows(opened) == int(number)
        opened.locator(f"#{name}").select_option(index=0)


def test_texts_have_their_marks(opened: Opened) -> None:
    choose(opened, "system", "bad")
    article = opened.locator("article").first
    assert article.locator(".text").text_content() == EMOJI
    marks = {
        (mark.get_attribute("data-label"), mark.text_content()) for mark in article.locator(".m[data-label]").all()
    }
    assert marks == {
        ("× company, gold person", "Ada"),
        ("↔ company", "Acme met"),
        ("↔ company", "Acme"),
        ("× pet, gold person", "Bob"),
        ("− place", "Ulm"),
    }
    items = [" ".join(each.split()) for each in article.locator(".row").all_inner_texts()]
    assert "+ spurious Paris place not in text" in items
    assert "× wrong type gold Bob person predicted Bob pet off-schema" in items
    assert article.locator(".raw").text_content() == ANSWERS["bad"]["news/0/ner"]
    # Of a system whose file has extractions the library has written it.
    assert article.locator("summary").all_inner_texts()[-1] == "Answer as text"
    dashed = article.locator(".m", has_text="Ulm").evaluate("each => getComputedStyle(each).borderBottomStyle")
    assert dashed == "dashed"


def test_a_table_has_its_request_and_marks_in_its_cells(browser: Any, tmp_path: Path) -> None:
    text = "Acme bought Globex."
    asked: Any = row("wiki/1", "odie", (Table(("who", "what"), (("Acme", HOSTILE), ("Ada", ""))),), text=text)
    asked["prompt"][0]["content"] = f"Who buys?\n{format_instruction('odie', 'text')}\nText: {text}"
    table = write((Table(("who", HOSTILE), (("Acme Inc.", "1"), ("", "Ada"))),), "odie")
    answers = {name: {asked["id"]: answer} for name, answer in (("some", table), ("none", "[Answer]: NA"))}
    write_evaluation_report(tmp_path / "r.html", [asked], answers, scores_of([asked], answers))
    shown = Opened(browser, (tmp_path / "r.html").read_text(encoding="utf-8"), tmp_path)
    assert shown.texts_of(".request") == ["Who buys?"]
    assert [each for each in shown.texts_of("article .text") if each == text] == [text], "once for all systems"
    assert shown.texts_of("caption") == ["gold", "predicted", "gold"]
    first, predicted, second = [each.locator("tr") for each in shown.locator(".tables table").all()]
    marked = (
        "all => all.map((row) => [...row.children].map((cell) => [cell.firstChild?.dataset?.label, cell.textContent]))"
    )
    assert first.evaluate_all(marked) == [
        [[None, "who"], [None, "what"]], [["↔", "Acme"], ["−", HOSTILE]], [["×", "Ada"], [None, ""]]
    ]  # fmt: skip
    assert predicted.evaluate_all(marked)[1:] == [[["↔", "Acme Inc."], ["+", "1"]], [[None, ""], ["×", "Ada"]]]
    assert [cell[0] for line in second.evaluate_all(marked)[1:] for cell in line] == ["−", "−", "−", None]
    assert shown.texts_of(".answer > .meta") == [
        "Cells: 1 wrong type, 1 wrong span, 1 missed, 1 spurious",
        "Cells: 3 missed",
    ]
    assert shown.texts_of(".tables .meta") == ["No predicted table."]
    shown.locator(".tables .m").first.focus()
    assert shown.locator("#tip").inner_text() == "wrong span: gold “Acme” who"
    choose(shown, "system", "none")
    choose(shown, "class", "any error")
    assert number_of_rows(shown) == 1
    assert shown.locator("#class option:text('spurious')").is_disabled()
    assert not shown.errors


def test_each_row_has_a_link(opened: Opened, tmp_path: Path) -> None:
    choose(opened, "system", "good")
    choose(opened, "task", "re: relation extraction")
    target = opened.url.split("#")[0] + "#row=" + "news%2F41%2Fner"
    opened.goto(target)
    assert opened.locator("article.reached h3").inner_text() == "news/41/ner"
    assert opened.evaluate("document.activeElement.querySelector('h3').textContent") == "news/41/ner"
    assert opened.locator("#page").inner_text() == "Page 3 of 3"
    opened.get_by_role("link", name="news/43/ner", exact=True).click()
    assert opened.locator("article.reached h3").inner_text() == "news/43/ner"
    assert opened.evaluate("decodeURIComponent(location.hash)") == "#row=news/43/ner"
    opened.goto(target.replace("41", "999"))  # no such row
    assert opened.locator("article.reached h3").inner_text() == "news/43/ner"


def test_the_keyboard_and_a_screen_reader_reach_all(opened: Opened) -> None:
    opened.keyboard.press("Tab")
    assert opened.focused() == "Skip to the rows"
    opened.keyboard.press("Enter")
    assert opened.focused() == "Rows"
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "system"
    opened.keyboard.press("b")  # the option that begins with it
    assert opened.locator("#system").input_value() == "1"
    opened.get_by_role("link", name="news/0/ner", exact=True).focus()
    opened.keyboard.press("Tab")
    assert opened.focused() == "Ada"
    assert opened.locator("#tip").inner_text() == "wrong type: predicted “Ada” company; gold person"
    opened.keyboard.press("ArrowRight")
    assert opened.focused() == "Acme met"
    opened.get_by_role("link", name="Ulm").first.click()
    assert opened.focused() == "Ulm"
    for selector in ("select", "svg[role=img]", "[role=region]"):
        assert opened.locator(selector).count()
        for each in opened.locator(selector).all():
            named = "each => each.getAttribute('aria-label') || each.labels[0].textContent"
            assert each.evaluate(named)
    levels = [
        int(each[1]) for each in opened.locator("h1, h2, h3, h4").evaluate_all("all => all.map((e) => e.tagName)")
    ]
    assert levels[0] == 1 and all(later - level <= 1 for level, later in zip(levels, levels[1:], strict=False))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone(browser: Any, page: str, tmp_path: Path, scheme: str) -> None:
    shown = Opened(browser, page, tmp_path, viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert shown.evaluate("document.documentElement.scrollWidth") == 390
    paper = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert not shown.errors


def test_plots_fit_a_phone_and_wide_tables_show_that_they_scroll(browser: Any, tmp_path: Path) -> None:
    rows: list[Any] = [{**ROWS[47], "id": str(at), "source": "sample-mit-restaurant"} for at in range(3)]
    answers = {name: dict.fromkeys("012", GOLD["wiki/4/openie"]) for name in ANSWERS}
    write_evaluation_report(tmp_path / "r.html", rows, answers, scores_of(rows, answers))
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    shown = Opened(browser, html, tmp_path, viewport={"width": 390, "height": 844})
    for plots in (".whiskers", "svg.plot", "td:text('1.0000')"):
        assert shown.locator(plots).count()
        for plot in shown.locator(plots).all():
            assert plot.evaluate("each => each.getBoundingClientRect().right") <= 390 - 16
    wide = shown.locator(".table").first
    assert wide.evaluate("each => each.scrollWidth > each.clientWidth")
    assert "local" in wide.evaluate("each => getComputedStyle(each).backgroundAttachment")
    assert not shown.errors


def test_a_browser_runs_no_text(browser: Any, tmp_path: Path) -> None:
    rows, answers = hostile_rows()
    write_evaluation_report(tmp_path / "r.html", rows, answers, scores_of(rows, answers))
    shown = Opened(browser, (tmp_path / "r.html").read_text(encoding="utf-8"), tmp_path)
    assert number_of_rows(shown) == 3 and shown.locator("img").count() == 0
    assert shown.texts_of("article .text")[0] == rows[0]["text"]
    assert shown.texts_of(".raw") == [HOSTILE, "(empty)", "\ud83d\u2028"]
    choose(shown, "type", HOSTILE)
    shown.locator("article h3 a").nth(1).click()
    assert shown.locator("article.reached").count() == 1
    assert not shown.errors
