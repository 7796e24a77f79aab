"""Score information extraction without data, models or network: tuples, raw answers, two systems compared.

python examples/metrics_only.py
"""

from __future__ import annotations

from adelie_hf.scoring import answer_f1, carb, exact_f1, f1_of_counts, paired_test

GOLD = [
    [("Acme", "organization"), ("Paris", "location")],
    [("Ada Brenn", "person")],
    [("Globex", "organization")],
]
FIRST = [
    [("Acme", "organization"), ("Paris", "person")],
    [("Ada Brenn", "person")],
    [("Globex", "organization")],
]
SECOND = [[("Acme", "organization")], [], []]


def main() -> None:
    first = exact_f1(FIRST, GOLD, interval=True, per_example=True)
    second = exact_f1(SECOND, GOLD, per_example=True)
    print(f"tuples: F1 {first['f1']:.3f} in {first['f1_interval']}, the other system {second['f1']:.3f}")

    test = paired_test(first["per_example"], second["per_example"], f1_of_counts)
    print(f"difference: {test['difference']:.3f}, p = {test['p_value']:.3f}")

    # Raw outputs of a model; the parsers report what they could not read.
    outputs = ["[Answer]: Acme: organization; Paris: person;", "[Answer]: Ada Brenn: person;", "Globex, I would say."]
    gold = [f"[Answer]: {' '.join(f'{mention}: {label};' for mention, label in items)}" for items in GOLD]
    answers = answer_f1(outputs, gold, "ner")
    print(f"answers: F1 {answers['f1']:.3f}, {answers['parse']['invalid']} of {len(outputs)} not readable")

    predicted = [[{"predicate": "bought", "arguments": ["Acme", "Globex"], "confidence": 0.9}]]
    expected = [[{"predicate": "bought", "arguments": ["Acme", "Globex", "in May"]}]]
    print(f"open IE: CaRB F1 {carb(predicted, expected)['f1']:.3f}")


if __name__ == "__main__":
    main()
