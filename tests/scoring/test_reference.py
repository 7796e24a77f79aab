"""The published scorers: golden numbers, and a literal transcription of each on mutated golden texts."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from adelie_hf.errors import InputError
from adelie_hf.scoring import published_scorer, reference_f1, reference_f1_of_tuples
from adelie_hf.scoring.published import fewnerd, richere, semeval
from adelie_hf.scoring.reference import PUBLISHED_SCORERS

TASK = {"fewnerd": "ner", "semeval": "rc", "matres": "ere"}
TRIPLE = r"\((.*); (.*); (.*)\)"


def figures(result: Mapping) -> list[float]:
    return [result["precision"], result["recall"], result["f1"]]


def rows(shared: Path, scorer: str) -> tuple[list[str], list[str]]:
    lines = (shared / "golden" / f"adelie_{scorer}_pred.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple([json.loads(line)[side] for line in lines] for side in ("output", "gold"))  # type: ignore[return-value]


# ---- golden numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scorer", "expected"),
    [
        ("fewnerd", (1509, 1732, 1959, 0.8712471131639723, 0.7702909647779479, 0.8176645895421294)),
        ("semeval", (681, 695, 774, 0.9798561151077726, 0.8798449612401964, 0.9271613341909986)),
    ],
)
def test_golden_files_to_the_last_digit(shared: Path, scorer: str, expected: tuple) -> None:
    result = reference_f1(*rows(shared, scorer), published_scorer(TASK[scorer], scorer))
    assert (result["tp"], result["n_pred"], result["n_gold"], *figures(result)) == expected
    assert (result["mode"], result["scorer"]) == ("reference", scorer)


def test_golden_matres(shared: Path) -> None:
    result = reference_f1(*rows(shared, "matres"), published_scorer("ere"))
    table: dict[str, Mapping] = {"total": result, **(result["per_type"] or {})}
    totals = {name: [part[count] for count in ("n_gold", "n_pred", "tp")] for name, part in table.items()}
    assert totals == {
        "total": [803, 799, 518],
        "before": [409, 407, 274],
        "after": [257, 298, 166],
        "equal": [30, 26, 17],
        "vague": [107, 68, 61],
    }
    assert {name: [f"{value:.4f}" for value in figures(part)] for name, part in table.items()} == {
        "total": ["0.6483", "0.6451", "0.6467"],
        "before": ["0.6732", "0.6699", "0.6716"],
        "after": ["0.5570", "0.6459", "0.5982"],
        "equal": ["0.6538", "0.5667", "0.6071"],
        "vague": ["0.8971", "0.5701", "0.6971"],
    }


# The types of the golden cases in the scorers that have a list of their own.
NAMES = {
    "fewnerd": {"attack": "person_actor", "die": "person_soldier"},
    "richere-ed": {},
    "richere-eae": {"attack": "attacker", "die": "victim"},
}


@pytest.mark.parametrize(
    ("scorer", "name"),
    [
        ("fewnerd", "ADELIE_fewnerd"),
        ("richere-ed", "ADELIE_richere_ed"),
        ("richere-eae", "ADELIE_richere_eae(types->roles)"),
    ],
)
def test_golden_span_cases(span_cases: list[dict], scorer: str, name: str) -> None:
    for case in span_cases:
        predicted, gold = (
            [[(mention, NAMES[scorer].get(type, type)) for mention, type in items] for items in case[side]]
            for side in ("predicted", "gold")
        )
        result = reference_f1_of_tuples(predicted, gold, scorer)
        assert figures(result) == pytest.approx(case["results"][name], abs=1e-6), case["name"]


def test_golden_semeval_cases(relation_cases: list[dict]) -> None:
    cases = [case for case in relation_cases if "rows" in case]
    assert len(cases) == 6
    for case in cases:
        gold, predicted = zip(*case["rows"], strict=True)
        assert figures(reference_f1(predicted, gold, "semeval")) == pytest.approx(case["ADELIE_semeval"], abs=1e-6)


# ---- literal transcriptions ---------------------------------------------------------------------------


def after_marker(output: str) -> str:
    return output.split("[Answer]:")[1] if "[Answer]:" in output else output


def slow_fewnerd(examples: list[tuple[str, str]]) -> list[float]:
    correct = predicted = expected = 0
    for output, gold in examples:
        both = []
        for text in (after_marker(output).lower(), gold.lower()):
            answer: dict[str, str] = {}
            for piece in text.split(";"):
                if piece.count(":") == 1:
                    left, right = piece.split(":")
                    label = right.strip()
                    label = label[:-1] if label.endswith(".") else label
                    if label in fewnerd.ENTITY_TYPES:
                        answer[left.strip()] = label
            both.append(answer)
        predicted, expected = predicted + len(both[0]), expected + len(both[1])
        correct += len([name for name in both[1] if name in both[0] and both[0][name] == both[1][name]])
    precision, recall = correct / predicted if predicted else 0, correct / expected if expected else 0
    return [precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0]


def slow_semeval(examples: list[tuple[str, str]]) -> list[float]:
    correct = predicted = expected = 0
    for output, gold in examples:
        gold = gold.strip().lower()
        gold_triples = [] if gold in ("", "[answer]: na") else list(dict.fromkeys(re.findall(TRIPLE, gold)))
        predicted_triples = set(re.findall(TRIPLE, after_marker(output).strip().lower()))
        for head, relation, tail in gold_triples:
            first, second = relation.split(" and ")[:2]
            if (head, relation, tail) in predicted_triples or (
                tail,
                f"{second} and {first}",
                head,
            ) in predicted_triples:
                correct += 1
        counted = False
        for head, relation, tail in predicted_triples:
            if relation not in semeval.SEMEVAL_RELATIONS:
                continue
            if not gold_triples:
                predicted, counted = predicted + 1, True
                continue
            if head == gold_triples[0][0] and tail == gold_triples[0][2]:
                predicted, counted = predicted + 1, True
            if tail == gold_triples[0][0] and head == gold_triples[0][2]:
                predicted, counted = predicted + 1, True
        if counted or not predicted_triples:
            expected += len(gold_triples)
    return with_epsilon(correct, predicted, expected)


def slow_richere(examples: list[tuple[str, str]], known: frozenset[str], lower: bool) -> list[float]:
    correct = predicted = expected = 0
    for output, gold in examples:
        output = after_marker(output)
        output, gold = (output.lower(), gold.lower()) if lower else (output, gold)
        gold_pieces = {piece for piece in re.sub(r"\s", "", gold).split(";") if piece}
        predicted_pieces = set()
        for piece in re.sub(r"\s", "", output).split(";"):
            if "NA" in piece or ":" not in piece:
                continue
            if piece.split(":")[1] in known:
                predicted_pieces.add(piece)
        correct += sum(piece in gold_pieces for piece in predicted_pieces)
        predicted, expected = predicted + len(predicted_pieces), expected + len(gold_pieces)
    return with_epsilon(correct, predicted, expected)


def with_epsilon(correct: int, predicted: int, expected: int) -> list[float]:
    precision, recall = correct / (predicted + 1e-10), correct / (expected + 1e-10)
    return [precision, recall, 2 * precision * recall / (precision + recall + 1e-10)]


def slow_matres(examples: list[tuple[str, str]]) -> list[float]:
    import numpy as np

    labels = ["before", "after", "equal", "vague"]
    gold, predicted, correct = np.zeros(4), np.zeros(4), np.zeros(4)
    for output, label in examples:
        if label not in ("none", ""):
            gold[labels.index(label)] += 1
        match = re.search("[Answer](.*?): (.*)", output)
        if match is None or not re.findall("([a-zA-Z-]+)", match.group(2)):
            continue
        triples = re.findall(TRIPLE, output.lower())
        for at, name in enumerate(labels):
            if triples and name in triples[0][1]:
                predicted[at] += 1
                correct[at] += name in label
    with np.errstate(invalid="ignore"):
        precision, recall = np.divide(correct.sum(), predicted.sum()), np.divide(correct.sum(), gold.sum())
        return [float(precision), float(recall), float(2 * precision * recall / (precision + recall))]


SLOW: dict[str, Callable[[list[tuple[str, str]]], list[float]]] = {
    "fewnerd": slow_fewnerd,
    "semeval": slow_semeval,
    "richere-ed": lambda examples: slow_richere(examples, richere.EVENT_TYPES, False),
    "richere-eae": lambda examples: slow_richere(examples, richere.ROLES, True),
    "matres": slow_matres,
}
BITS = [
    "; ",
    ";",
    ": ",
    ":",
    "(",
    ")",
    "\n",
    " and ",
    "[Answer]: ",
    "NA",
    "before",
    "vague",
    ".",
    " ",
    "attack",
    "time",
]


def mutated(text: str, draw: random.Random) -> str:
    """Return a text with some stretches deleted, doubled, in capitals, or with insertions."""
    for _ in range(draw.randrange(4)):
        start, end = sorted(draw.choices(range(len(text) + 1), k=2))
        middle = text[start:end]
        middle = draw.choice(["", middle * 2, middle.upper(), middle + draw.choice(BITS), draw.choice(BITS) + middle])
        text = text[:start] + middle + text[end:]
    return text


@pytest.mark.parametrize("scorer", SLOW)
def test_mutated_golden_texts_score_as_the_literal_transcription_says(shared: Path, scorer: str) -> None:
    draw = random.Random(scorer)
    source = scorer if scorer in TASK else "fewnerd"
    pool: list[tuple[str, ...]] = list(zip(*rows(shared, source), strict=True))
    if scorer not in TASK:  # without a golden file: its categories in the answers of another one
        names = sorted(richere.EVENT_TYPES if scorer == "richere-ed" else richere.ROLES)
        pool = [
            tuple(re.sub(r"\w+_[\w/]+", lambda actual: names[len(actual[0]) % len(names)], side) for side in row)
            for row in pool
        ]
    for _ in range(150):
        any_gold = scorer not in ("matres", "semeval")
        examples = [
            (mutated(output, draw), mutated(gold, draw) if any_gold else gold) for output, gold in draw.sample(pool, 8)
        ]
        outputs, gold = zip(*examples, strict=True)
        expected = SLOW[scorer](examples)
        actual = figures(reference_f1(outputs, gold, scorer))
        assert actual == pytest.approx(expected, rel=0, abs=1e-12, nan_ok=True), examples


def same(one: Any, other: Any) -> bool:
    """Return whether JSON values are equal and of one type: in Python, True equals 1."""
    return json.dumps(one) == json.dumps(other)


def shared_items(predicted: list, gold: list) -> int:
    """Return the number of pairs of equal items, each used once."""
    remaining, matches = list(gold), 0
    for item in predicted:
        for at, other in enumerate(remaining):
            if same(item, other):
                del remaining[at]
                matches += 1
                break
    return matches


def slow_iepile_predicted(output: str, kind: str) -> tuple[list, list]:
    """Return the entities, relations or events of an output, and the arguments of events."""
    try:
        answer = json.loads(output)
    except ValueError:
        return [], []
    items: list = []
    arguments: list = []
    if not isinstance(answer, dict):
        return [], []
    for category in answer:
        if not isinstance(answer[category], list):
            continue
        for value in answer[category]:
            if kind == "ner" and isinstance(value, str):
                items.append([value, category])
            if kind == "re" and isinstance(value, dict):
                head, tail = value.get("subject", ""), value.get("object", "")
                if isinstance(head, str) and isinstance(tail, str):
                    items.append([head, category, tail])
            if kind in ("ee", "eea") and isinstance(value, dict):
                roles = value.get("arguments", {}) if kind == "ee" else value
                items.append([category, value.get("trigger", "") if kind == "ee" else ""])
                for role in roles if isinstance(roles, dict) else ():
                    for argument in roles[role] if isinstance(roles[role], list) else [roles[role]]:
                        if argument != "NAN":
                            arguments.append([category, argument, role])
    return items, arguments


def slow_iepile_gold(label: list[dict], kind: str) -> tuple[list, list]:
    if kind == "ner":
        return [[gold["entity"], gold["entity_type"]] for gold in label], []
    if kind == "re":
        return [[gold["head"], gold["relation"], gold["tail"]] for gold in label], []
    events = [[gold["event_type"], gold["event_trigger"] if kind == "ee" else ""] for gold in label]
    return events, [
        [gold["event_type"], argument["argument"], argument["role"]]
        for gold in label
        for argument in gold["arguments"]
    ]


def slow_iepile(examples: list[tuple[str, list[dict]]], kind: str) -> list[list[float]]:
    """Return the figures of the items and those of the arguments."""
    tables = []
    for part in range(2):
        correct = predicted = expected = 0
        for output, label in examples:
            predicted_items, gold_items = (
                slow_iepile_predicted(output, kind)[part],
                slow_iepile_gold(label, kind)[part],
            )
            correct += shared_items(predicted_items, gold_items)
            predicted, expected = predicted + len(predicted_items), expected + len(gold_items)
        precision = round(100 * correct / predicted, 2) if predicted else 0
        recall = round(100 * correct / expected, 2) if expected else 0
        f1 = round(2 * precision * recall / (precision + recall), 2) if precision + recall else 0
        tables.append([precision / 100, recall / 100, f1 / 100])
    return tables


def iepile_label(draw: random.Random, mentions: list[tuple[str, str]], kind: str) -> list[dict]:
    """Return gold of a kind, from the names and types of golden answers."""
    if kind == "ner":
        return [{"entity": name, "entity_type": type} for name, type in mentions]
    if kind == "re":
        return [{"head": name, "relation": type, "tail": draw.choice(mentions)[0]} for name, type in mentions]
    return [
        {
            "event_type": type,
            "event_trigger": name,
            "arguments": [
                {"argument": draw.choice([*(n for n, _ in mentions), "NAN"]), "role": draw.choice(["agent", "place"])}
                for _ in range(draw.randrange(3))
            ],
        }
        for name, type in mentions
    ]


def iepile_output(draw: random.Random, label: list[dict], kind: str) -> str:
    """Return a label in the form of the output, with some changes, and sometimes as broken JSON."""
    answer: dict[str, Any] = {}
    for gold in label:
        if draw.random() < 0.15:
            continue
        if kind == "ner":
            category, value = gold["entity_type"], gold["entity"]
        elif kind == "re":
            category = gold["relation"]
            value = {"subject": gold["head"], "object": gold["tail"]}
        else:
            category = gold["event_type"]
            roles: dict[str, Any] = {}
            for argument in gold["arguments"]:
                before = roles.get(argument["role"])
                roles[argument["role"]] = (
                    argument["argument"]
                    if before is None
                    else [*([before] if isinstance(before, str) else before), argument["argument"]]
                )
            value = roles if kind == "eea" else {"trigger": gold["event_trigger"], "arguments": roles}
        change = draw.randrange(12)
        if change == 0:
            value = draw.choice(
                [3, None, True, ["x"], {"head": "a", "tail": "b"}, {"subject": 3}, "x", {"arguments": 3}]
            )
        elif change == 1:
            category = draw.choice(["x", category.upper()])
        answer.setdefault(category, []).extend([value] * draw.choice([1, 1, 1, 2]))
        if change == 2:
            answer[draw.choice(["y", "z"])] = draw.choice(["x", None, 3, {}, []])
    text = json.dumps(answer)
    return mutated(text, draw) if draw.random() < 0.2 else text


@pytest.mark.parametrize("kind", ["ner", "re", "ee", "eea"])
def test_mutated_answers_score_as_the_transcription_of_iepile_says(shared: Path, kind: str) -> None:
    draw = random.Random(kind)
    gold = [re.findall(r"([^:;]+): ([^:;]+);", text) for text in rows(shared, "fewnerd")[1]]
    pool = [mentions[:4] for mentions in gold if mentions]
    differ = 0
    for _ in range(150):
        labels = [iepile_label(draw, mentions, kind) for mentions in draw.sample(pool, 8)]
        examples = [(iepile_output(draw, label, kind), label) for label in labels]
        items, arguments = slow_iepile(examples, kind)
        result = reference_f1(
            [output for output, _ in examples], [json.dumps(label) for label in labels], f"iepile-{kind}"
        )
        assert figures(result) == pytest.approx(arguments if kind == "eea" else items, rel=0, abs=1e-12), examples
        if kind == "ee":
            assert figures(result["argument"]) == pytest.approx(arguments, rel=0, abs=1e-12), examples
        differ += 0 < result["f1"] < 1
    assert differ > 100


# ---- the cost of the errors, by hand --------------------------------------------------------------------


def test_a_wrong_answer_can_cost_nothing_at_semeval() -> None:
    gold = ["(car; Component and Whole; wheel)", "(a; Cause and Effect; b)"]
    right = reference_f1(gold, gold, "semeval")
    half = reference_f1([gold[0], "(a; Something and Else; b)"], gold, "semeval")
    assert half["f1"] == pytest.approx(right["f1"]) == pytest.approx(1.0) and half["n_gold"] == 1
    with pytest.raises(
        InputError, match=r"references\[1\] is 'who knows', which the scorer semeval cannot read; give"
    ):
        reference_f1(gold, [gold[0], "who knows"], "semeval")
    with pytest.raises(InputError, match=r"references\[0\]"):
        reference_f1(["(a; b; c)"], ["(a; causes; b)"], "semeval")


def test_one_answer_counts_for_several_labels_at_matres() -> None:
    result = reference_f1(["[Answer]: (x; before or after; y)"], ["after"], "matres")
    assert (result["tp"], result["n_pred"], result["n_gold"]) == (1, 2, 1)
    assert reference_f1(["(x; after; y)"], ["after"], "matres")["n_pred"] == 0  # no colon, no answer
    assert all(map(math.isnan, figures(reference_f1([], [], "matres"))))
    with pytest.raises(InputError, match=r"references\[0\] is 'later'"):
        reference_f1([""], ["later"], "matres")


def test_iepile_by_hand() -> None:
    gold = json.dumps([{"entity": name, "entity_type": "city"} for name in ("Paris", "Rome", "Oslo")])
    predicted = json.dumps({"city": ["Paris", "Paris", "paris", 3], "day": "Monday"})
    result = reference_f1([predicted, "```json\n{}\n```"], [gold, gold], "iepile-ner")
    assert (result["tp"], result["n_pred"], result["n_gold"]) == (1, 3, 6)
    # 33.33 and 16.67, and their F1 rounded: 22.22; unrounded ratios give 22.2222...
    assert figures(result) == [0.3333, 0.1667, 0.2222]

    pairs = json.dumps([{"head": "a", "relation": "r", "tail": "b"}])
    assert reference_f1(['{"r": [{"subject": "a", "object": "b"}]}'], [pairs], "iepile-re")["f1"] == 1.0
    assert reference_f1(['{"r": [{"head": "a", "tail": "b"}]}'], [pairs], "iepile-re")["f1"] == 0.0

    arguments = [{"argument": "rebels", "role": "attacker"}, {"argument": "NAN", "role": "place"}]
    events = json.dumps([{"event_type": "attack", "event_trigger": "hit", "arguments": arguments}])
    output = '{"attack": [{"trigger": "struck", "arguments": {"attacker": ["rebels"], "place": "NAN"}}]}'
    result = reference_f1([output], [events], "iepile-ee")
    assert (result["tp"], result["trigger"]["tp"], result["argument"]["f1"]) == (0, 0, 0.6667)
    assert (result["argument"]["n_pred"], result["argument"]["n_gold"]) == (1, 2)
    alone = reference_f1(['{"attack": [{"attacker": "rebels", "place": "Paris"}]}'], [events], "iepile-eea")
    assert (alone["tp"], alone["n_pred"], alone["n_gold"]) == (1, 2, 2)
    with pytest.raises(InputError, match=r"references\[0\] is '{}'"):
        reference_f1(["{}"], ["{}"], "iepile-ner")
    with pytest.raises(InputError, match=r"references\[0\]"):
        reference_f1(["{}"], ['[{"event_type": "attack", "event_trigger": "hit"}]'], "iepile-ee")


def test_groups_and_task_and_scorer_have_to_fit() -> None:
    result = reference_f1(["a: time", "b: time"], ["a: time", "c: time"], "richere-eae", groups=["x", "y"])
    assert [part["tp"] for part in (result["per_group"] or {}).values()] == [1, 0]
    assert result["tp"] == 1
    with pytest.raises(InputError, match="the scorer is None; give one of fewnerd, semeval"):
        reference_f1_of_tuples([], [], None)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="the scorer for ner is None; give one of fewnerd, iepile-ner"):
        published_scorer("ner")
    with pytest.raises(InputError, match="the scorer for ere is 'fewnerd'; give one of matres"):
        published_scorer("ere", "fewnerd")
    with pytest.raises(InputError, match=r"predictions\[0\]\[0\] has 2 fields; semeval scores tuples of 3"):
        reference_f1_of_tuples([[("a", "b")]], [[]], "semeval")
    with pytest.raises(InputError, match="iepile-ee scores events"):
        reference_f1_of_tuples([], [], "iepile-ee")
    assert [published_scorer(task) for task in ("re", "ed", "ee", "ere")] == [
        "iepile-re",
        "richere-ed",
        "iepile-ee",
        "matres",
    ]


@pytest.mark.parametrize("scorer", list(PUBLISHED_SCORERS))
def test_any_output_is_read_in_linear_time(scorer: str) -> None:
    """A pattern that backtracks would take hours."""
    gold = "[]" if scorer.startswith("iepile") else ""
    for unit in ("(", ")", "; ", "(; ", "A", "A: ", ":", "[", '{"a":', "[Answer]:", "\ud800", "NA"):
        result = reference_f1(
            [unit * (1_000_000 // len(unit)), '{"a": ' + "[" * 990 + "]" * 990 + "}"], [gold] * 2, scorer
        )
        assert result["tp"] == 0


def test_tuples_are_written_as_each_scorer_reads_them() -> None:
    triples = [[("a", "cause and effect", "b")], []]
    assert reference_f1_of_tuples(triples, triples, "semeval")["tp"] == 1
    labels: list[list[Any]] = [[("a", "before", "b")], []]
    result = reference_f1_of_tuples(labels, labels, "matres")
    assert (result["tp"], result["n_pred"], result["n_gold"]) == (1, 1, 1)
    for scorer, items in (("iepile-re", triples), ("iepile-ner", [[("a", "x"), ("b", "x")], []])):
        result = reference_f1_of_tuples(items, items, scorer)
        assert result["f1"] == 1.0 and result["tp"] == sum(map(len, items))
