"""The page of results: its HTML as a parser reads it, and what it does in the system's Chromium."""

from __future__ import annotations

import doctest
import importlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf.answers import Argument, Entity, EventItem, Extraction, Item, Table, Triple
from adelie_hf.errors import InputError
from adelie_hf.extraction import (
    ExtractionSchema,
    Extractor,
    FoundItem,
    FoundMention,
    Result,
    result_frame,
    result_page,
)
from adelie_hf.extraction.found import roles_of
from adelie_hf.extraction.page import DARK, DARK_TEXT, LIGHT, LIGHT_TEXT, palette
from adelie_hf.extraction.schema import entity_schema, event_schema, relation_schema, table_schema, triple_schema
from tests.browser import Opened

TYPES = entity_schema(["person", "organization", "place"])
NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)> &lt;b&gt; \" ' `"


def mention(text: str, words: str, answered: str = "") -> FoundMention:
    """Return the first place of words in a text."""
    start = text.find(words)
    if start < 0:
        return FoundMention(answered or words, words)
    return FoundMention(
        answered or words, words, ((start, start + len(words)),), "fuzzy" if answered not in ("", words) else "exact"
    )


def found(text: str, item: Item, *words: str, confidence: float | None = 0.5) -> FoundItem:
    return FoundItem(
        item, tuple(zip(roles_of(item), (mention(text, each) for each in words), strict=True)), confidence
    )


def entities(text: str, *pairs: tuple[str, str]) -> Result:
    return Result(text, TYPES, tuple(found(text, Entity(*pair), pair[0]) for pair in pairs))


def placed(text: str, *marks: tuple[tuple[tuple[int, int], ...], str]) -> Result:
    """Return a result with entities at given places."""
    items = []
    for fragments, type in marks:
        words = " ".join(text[start:end] for start, end in fragments)
        items.append(FoundItem(Entity(words, type), (("mention", FoundMention(words, words, fragments, "exact")),)))
    return Result(text, TYPES, tuple(items))


# ---- what a parser reads --------------------------------------------------------------------------------------------


class Parsed(HTMLParser):
    """The texts of a page, the characters of each mark (by its id, then by piece), and all elements."""

    def __init__(self, page: str):
        super().__init__()
        self.texts: list[str] = []
        self.marked: defaultdict[str, list[str]] = defaultdict(list)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.visible: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert not self._open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if tag == "meta":
            return
        self._open.append((tag, attributes))
        if (attributes.get("class") or "").split()[:1] == ["text"]:
            self.texts.append("")
        if tag == "mark":
            self.marked[attributes["data-m"] or ""].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, "elements are nested"

    def handle_data(self, data: str) -> None:
        if any((attributes.get("class") or "").split()[:1] == ["text"] for _, attributes in self._open):
            self.texts[-1] += data
            for tag, attributes in self._open:
                if tag == "mark":
                    self.marked[attributes["data-m"] or ""][-1] += data
        elif not any(tag in ("style", "script", "title") for tag, _ in self._open):
            self.visible.append(data)

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attributes[name] or "" for each, attributes in self.elements if each == tag and name in attributes]


def as_shown(text: str) -> str:
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


_CHARACTERS = st.one_of(
    st.characters(exclude_categories=()),
    st.sampled_from("<>&\"'\r\n\t\0\ud83d\u0301\u202e\u200f\u2028👩🏽‍🔬🏳️‍🌈ا中"),
)


@st.composite
def texts_with_marks(draw: st.DrawFn) -> Result:
    text = draw(st.text(_CHARACTERS, min_size=1, max_size=40))
    borders = st.lists(st.integers(0, len(text)), min_size=2, max_size=6, unique=True).map(sorted)
    fragments = borders.map(lambda places: tuple(zip(places[::2], places[1::2], strict=False)))
    marks = draw(st.lists(st.tuples(fragments, st.sampled_from(["person", "place", "</mark>"])), max_size=8))
    return placed(text, *marks)


@given(texts_with_marks())
def test_the_page_has_the_text_and_the_mentions_that_it_was_given(result: Result) -> None:
    page = Parsed(result_page([result]))
    assert page.texts == [as_shown(result.text)]
    expected = {
        (item.type, "".join(as_shown(result.text[start:end]) for start, end in each.fragments))
        for item in result
        for _, each in item.mentions
    }
    ids = {attributes["id"]: attributes for tag, attributes in page.elements if tag == "mark" and "id" in attributes}
    assert set(ids) == set(page.marked)
    described = {id: (attributes["aria-description"] or "").split(" · ")[0] for id, attributes in ids.items()}
    assert {(described[id], "".join(pieces)) for id, pieces in page.marked.items()} == expected


def test_marks_are_nested_and_cut_where_they_cross() -> None:
    page = Parsed(
        result_page([placed("0123456789", (((0, 6),), "person"), (((4, 9),), "place"), (((1, 3),), "organization"))])
    )
    assert sorted(page.marked.values()) == [["012345"], ["12"], ["45", "678"]]
    cut = [
        (attributes.get("data-label"), attributes.get("id"))
        for tag, attributes in page.elements
        if tag == "mark" and attributes["data-k"] == "2"
    ]
    assert cut == [(None, "m0-1"), ("place", None)]  # the first piece takes the focus, the last has the label


def test_what_a_cut_leaves_is_not_cut_again() -> None:
    crossed = (((0, 4),), "person"), (((1, 8),), "place"), (((2, 7),), "organization")
    assert Parsed(result_page([placed("0123456789", *crossed)])).marked == {
        "m0-0": ["0123"],
        "m0-1": ["123", "4567"],
        "m0-2": ["23", "456"],
    }


def test_a_discontinuous_mention_is_one_mark_with_numbered_pieces() -> None:
    page = Parsed(result_page([placed("pain in the left and right knee", (((0, 11), (21, 31)), "place"))]))
    assert page.marked == {"m0-0": ["pain in the", "right knee"]}
    assert page.attributes("mark", "data-label") == ["place 1/2", "place 2/2"]
    assert page.attributes("mark", "id") == ["m0-0"]


def test_a_long_text_is_cut_into_blocks_that_lose_nothing() -> None:
    text = "".join(f"line {number} of a long text\r\n" for number in range(2000))
    page = Parsed(result_page([placed(text, (((0, len(text)),), "place"), (((50, 60),), "person"))]))
    assert page.texts == [text] and page.marked["m0-0"] != [text]
    assert "".join(page.marked["m0-0"]) == text


def test_no_text_leaves_its_place() -> None:
    schema = ExtractionSchema("re", relation_schema([NASTY]).labels)
    results = [
        Result(NASTY, schema, (found(NASTY, Triple(NASTY, NASTY, "x"), NASTY, "x"),), "repaired", (NASTY,), (NASTY,)),
        entities(NASTY, ("script", NASTY), (f"{NASTY}!", "person")),
        Result(NASTY, table_schema("x"), (FoundItem(Table((NASTY,), ((NASTY,),))),)),
    ]
    page = result_page(results, title=NASTY)
    parsed = Parsed(page)
    assert parsed.texts == [NASTY] * 3
    assert [tag for tag, _ in parsed.elements].count("script") == 1
    assert "img" not in {tag for tag, _ in parsed.elements}
    frame = Parsed(result_frame(results, title=NASTY))
    assert [tag for tag, _ in frame.elements] == ["iframe"]
    assert frame.attributes("iframe", "srcdoc") == [page] and frame.attributes("iframe", "title") == [NASTY]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = Parsed(result_page([entities("Ada in Paris", ("Ada", "person"))]))
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {"src", "srcset", "action", "onclick", "style"} & names
    assert all(link.startswith("#") for link in page.attributes("a", "href"))
    (policy,) = (content for content in page.attributes("meta", "content") if "default-src" in content)
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy


def test_the_legend_counts_the_items_in_the_order_of_the_schema() -> None:
    text = "Ada and Bob in Paris"
    page = result_page([entities(text, ("Paris", "place"), ("Ada", "person"), ("Bob", "person"), ("Bob", "robot"))])
    entries = re.findall(r'<bdi>(.*?)</bdi> <span class="count">(.*?)</span></button>', page)
    assert entries == [("person", "2"), ("place", "1"), ("robot", "1")]


def test_what_a_mark_says() -> None:
    text = "Acme bought Globex."
    acme = FoundItem(Entity("ACME", "organization"), (("mention", mention(text, "Acme", "ACME")),), 0.875)
    plain = FoundItem(Entity("Globex", "organization"), (("mention", mention(text, "Globex")),))
    page = Parsed(result_page([Result(text, TYPES, (acme, plain))]))
    said = [line.translate({0x2068: None, 0x2069: None}) for line in page.attributes("mark", "aria-description")]
    assert said == ["organization · confidence 0.88 · answered “ACME”", "organization · answered “Globex”"]
    assert page.attributes("mark", "data-label") == ["≈ organization", "organization"]
    assert "≈ answered “" in "".join(page.visible)


def test_what_the_text_does_not_contain_and_how_the_answer_was_read() -> None:
    text = "Acme grew."
    result = Result(
        text,
        TYPES,
        (found(text, Entity("Acme", "organization"), "Acme"), found(text, Entity("Globex", "organization"), "Globex")),
        "repaired",
        ("Globex organization",),
        ("Acme: organization; Globex organization",),
    )
    page = "".join(Parsed(result_page([result])).visible)
    assert "1 not in the text" in page and "answers: 1 repaired" in page
    before, after = page.split("Not found in the text")
    assert "Globex" not in before and "Globex not in the text" in after
    assert "Not read" in after and "Acme: organization; Globex organization" in after


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_colours_can_be_read_and_told_apart() -> None:
    assert len(palette()) == len({colour.ink for colour in palette()}) == 12
    for colour in palette():
        for ink, tint, paper, text in (
            (colour.ink, colour.tint, LIGHT, LIGHT_TEXT),
            (colour.dark_ink, colour.dark_tint, DARK, DARK_TEXT),
        ):
            assert contrast(text, tint) >= 4.5 and contrast(ink, tint) >= 4.5 and contrast(ink, paper) >= 4.5
    styles = {f"{kind % 12} {kind // 12}" for kind in range(30)}
    text = " ".join(f"word{number:02}" for number in range(30))
    page = Parsed(result_page([entities(text, *((f"word{number:02}", f"type {number}") for number in range(30)))]))
    shown = {tuple(name[1:] for name in each.split()[1:3]) for each in page.attributes("mark", "class")}
    assert {" ".join(pair) for pair in shown} == styles


@pytest.mark.parametrize("name", ["marking", "page"])
def test_the_examples_of_the_modules_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(f"adelie_hf.extraction.{name}"))
    assert results.attempted and not results.failed


def test_show_displays_a_frame_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    notebook, display = ModuleType("IPython"), ModuleType("IPython.display")
    display.display = shown.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    result = entities("Ada in Paris", ("Ada", "person"))
    Extractor.show(result)
    Extractor.show([result])
    assert [each._repr_html_() for each in shown] == [result_frame([result])] * 2
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(InputError, match="result_page"):
        Extractor.show(result)


# ---- in a browser ---------------------------------------------------------------------------------------------------

OVERLAP = "The Bank of England in Threadneedle Street, London."
RELATIONS = "Acme of Springfield bought Globex."
EVENT = "Rebels attacked the convoy near Baghdad."
ARABIC = "وُلد نجيب محفوظ في القاهرة."
CHINESE = "👩🏽‍🔬 清华大学的李明教授在杭州。"


def everything() -> list[Result]:
    attack = EventItem("attacked", "attack", (Argument("Rebels", "attacker"), Argument("Baghdad", "place")))
    return [
        entities(
            OVERLAP,
            ("Bank of England", "organization"),
            ("England", "place"),
            ("England in Threadneedle Street", "address"),
            ("Threadneedle Street, London", "address"),
            ("Paris", "place"),
        ),
        Result(
            RELATIONS,
            relation_schema(["owns", "located in"]),
            (
                found(RELATIONS, Triple("Acme", "owns", "Globex"), "Acme", "Globex"),
                found(RELATIONS, Triple("Acme", "located in", "Springfield"), "Acme", "Springfield"),
                found(RELATIONS, Triple("Acme", "owns", "Initech"), "Acme", "Initech"),
            ),
        ),
        Result(
            EVENT,
            event_schema({"attack": ["attacker", "place"]}),
            (found(EVENT, attack, "attacked", "Rebels", "Baghdad"),),
        ),
        Result(
            RELATIONS,
            triple_schema(),
            (found(RELATIONS, Extraction("bought", ("Acme", "Globex")), "bought", "Acme", "Globex"),),
        ),
        Result(
            RELATIONS, table_schema("who bought what"), (FoundItem(Table(("who", "what"), (("Acme", "Globex"),))),)
        ),
        entities(ARABIC, ("نجيب محفوظ", "person"), ("القاهرة", "place")),
        entities(CHINESE, ("清华大学", "organization"), ("李明", "person"), ("杭州", "place")),
        Result("", TYPES, status="empty"),
        Result(NASTY, TYPES, status="invalid", outputs=(NASTY,)),
    ]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    page = Opened(browser, result_page(everything()), tmp_path)
    yield page
    page.context.close()
    assert not page.errors


def button(page: Opened, name: str) -> Any:
    return page.get_by_role("button", name=re.compile(rf"^\W*{name} \d+"))


def test_a_browser_has_the_texts_and_the_marks(opened: Opened) -> None:
    assert opened.texts_of(".text") == [result.text for result in everything()]
    assert len(opened.marks()) == 4 + 4 + 3 + 3 + 2 + 3  # Acme, which owns two, is marked once for it
    assert opened.marks("[aria-description^=person]") == ["نجيب محفوظ", "李明"]
    assert opened.texts_of("table th, table td") == ["who", "what", "Acme", "Globex"]
    assert opened.texts_of(".apart .missing > span") == ["Paris", "Initech"]
    assert opened.texts_of(".status") == ["valid"] * 7 + ["empty", "invalid"]


def test_a_browser_reads_every_character(browser: Any, tmp_path: Path) -> None:
    borders = [0, *range(7, 14), *range(31, 36), 0x7F, 0x80, 0x85, 0x9F, 0xAD, 0x300, 0x2028, 0x202E, 0xFEFF, 0xFFFF]
    texts = [f"{chr(code)}a{chr(code)}" for code in [*borders, 0xD800, 0xDFFF, 0x1F600, 0x10FFFF]]
    texts += ["\r\n a\r\rb \n\n", "&#x80; &amp;amp;", "e\u0301e\u0301", "👩🏽‍🔬👩🏽‍🔬"]
    results = [
        placed(text, (((0, 2),), "person"), (((1, len(text)),), "place"), (((0, 1), (2, 3)), "a")) for text in texts
    ]
    page = Opened(browser, result_page(results), tmp_path)
    assert page.texts_of(".text") == [as_shown(text) for text in texts]
    assert page.texts_of("mark[data-k='0']") == [as_shown(text[:2]) for text in texts]
    assert not page.errors


def test_a_click_hides_a_type_and_shows_it_again(opened: Opened) -> None:
    everything_marked, items = opened.marks(), opened.locator(".item:visible")
    opened.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert opened.get_by_role("status").inner_text() == f"{items.count()} of {items.count()} items shown"
    assert items.count() == 16
    place = button(opened, "place")
    assert place.get_attribute("aria-pressed") == "true"
    place.click()
    assert place.get_attribute("aria-pressed") == "false"
    assert len(opened.marks()) == len(everything_marked) - 3 and opened.marks("[aria-description^='place ·']") == []
    assert items.count() == 12 and opened.get_by_role("status").inner_text() == "12 of 16 items shown"
    hidden = opened.locator(".m.off").first
    assert hidden.evaluate("each => getComputedStyle(each, '::after').content") == "none"
    assert opened.texts_of(".text") == [result.text for result in everything()]
    opened.get_by_role("button", name="Hide all").click()
    assert opened.marks() == []
    button(opened, "attack").click()
    assert opened.marks() == ["Rebels", "attacked", "Baghdad"]
    opened.get_by_role("button", name="Show all").click()
    assert opened.marks() == everything_marked


def test_the_keyboard_reaches_all(opened: Opened) -> None:
    opened.keyboard.press("Tab")
    assert opened.focused() == "Skip to the texts"
    opened.keyboard.press("Tab")
    assert "person" in opened.focused()
    assert opened.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    opened.keyboard.press("Space")
    assert button(opened, "person").get_attribute("aria-pressed") == "false"
    opened.keyboard.press("Enter")
    assert button(opened, "person").get_attribute("aria-pressed") == "true"
    opened.get_by_role("button", name="Hide all").focus()
    opened.keyboard.press("Tab")
    assert opened.focused() == "Bank of England"
    tip = opened.locator("#tip")
    assert tip.is_visible() and tip.inner_text().startswith("organization · confidence 0.50 · answered")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    assert opened.focused() == "England" and "address" in tip.inner_text()  # the mark around it is described, too
    opened.keyboard.press("Escape")
    assert tip.is_hidden()
    opened.keyboard.press("End")
    assert opened.focused().startswith("Threadneedle Street")
    opened.keyboard.press("Home")
    assert opened.focused() == "Bank of England"
    opened.keyboard.press("Tab")  # one stop a text
    assert opened.evaluate("document.activeElement.tagName") == "SUMMARY"
    button(opened, "organization").click()
    opened.get_by_role("button", name="Hide all").focus()
    opened.keyboard.press("Tab")
    assert opened.focused() == "England"  # the first that is shown
    opened.get_by_text("نجيب محفوظ").first.focus()
    opened.keyboard.press("ArrowLeft")  # onwards, from right to left
    assert opened.focused() == "القاهرة"


def test_the_pointer_and_the_links_show_what_belongs_together(opened: Opened) -> None:
    relations = opened.locator("article").nth(1)
    relations.locator(".m", has_text="Springfield").hover()
    assert "located in" in opened.locator("#tip").inner_text()
    assert set(opened.texts_of(".m.hot")) == {"Springfield", "Acme"}
    relations.get_by_role("link", name="Globex").click()
    assert opened.focused() == "Globex"
    opened.locator("h1").hover()
    assert {"Globex", "Acme"} == set(opened.texts_of(".m.hot"))  # they stay until something else is clicked
    opened.locator("h1").click()
    opened.locator(".hot").first.wait_for(state="detached")


def test_directions_follow_the_text(opened: Opened) -> None:
    directions = opened.locator(".text").evaluate_all("all => all.map((each) => getComputedStyle(each).direction)")
    assert directions == ["rtl" if result.text == ARABIC else "ltr" for result in everything()]


def test_lines_and_spaces_are_shown_and_each_paragraph_has_its_direction(browser: Any, tmp_path: Path) -> None:
    text = f"two  spaces\n\n{ARABIC}\nthe end"
    page = Opened(browser, result_page([entities(text, ("two", "place"), ("وُلد", "place"))]), tmp_path)
    assert page.locator(".text").inner_text() == text
    left, right = (page.locator(".m").nth(number).bounding_box()["x"] for number in (0, 1))
    middle = page.locator("main").bounding_box()["width"] / 2
    assert left < middle < right
    assert not page.errors


@pytest.mark.parametrize(("scheme", "paper"), [("light", LIGHT), ("dark", DARK)])
def test_a_phone_in_the_light_and_in_the_dark(browser: Any, tmp_path: Path, scheme: str, paper: str) -> None:
    size = {"width": 390, "height": 844}
    page = Opened(browser, result_page(everything()), tmp_path, viewport=size, color_scheme=scheme, has_touch=True)
    channels = tuple(int(paper[at : at + 2], 16) for at in (1, 3, 5))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == f"rgb{channels}"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.locator(".m", has_text="杭州").tap()
    place = page.locator("#tip").bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 390
    assert place["y"] >= 0 and place["y"] + place["height"] <= 844
    ink, paper_of_label = page.locator(".m[id]").evaluate_all(
        "all => { const label = getComputedStyle(all[0], '::after'); return [label.color, label.backgroundColor]; }"
    )
    assert ink == f"rgb{channels}" and paper_of_label != ink
    assert not page.errors


def test_a_frame_keeps_to_itself(browser: Any, tmp_path: Path) -> None:
    around = "<!doctype html><style>mark { display: none }</style><h1>Notebook</h1>"
    page = Opened(browser, f"{around}{result_frame(everything())}<mark>mine</mark>", tmp_path)
    frame = page.frame_locator("iframe")
    assert frame.locator(".m[id]").first.is_visible() and page.locator("mark").is_hidden()
    assert page.locator("h1").evaluate("each => getComputedStyle(each).fontFamily") == '"Times New Roman"'
    frame.get_by_role("button", name="Hide all").click()
    assert frame.locator(".m:not(.off)").count() == 0
    frame.get_by_role("button", name="Show all").click()
    frame.get_by_role("link", name="Globex").first.click()
    assert frame.locator(".m.hot").count() == 2
    assert not page.errors
