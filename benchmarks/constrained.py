"""Score constrained beside free extraction: `python benchmarks/constrained.py MODEL BUILD [--texts N]`.

MODEL is a folder, BUILD one of IEInstruct: its test rows of named entities, relations, events and open IE are asked
for once with free and once with constrained decoding, greedily and in float32, by the same requests.
"""

from __future__ import annotations

import argparse
from collections import Counter

from adelie_hf import Extractor
from adelie_hf.extraction import ExtractionSchema
from adelie_hf.models import load_model, load_tokenizer
from adelie_hf.records import Label
from adelie_hf.rows import InstructRow, gold, read_build
from adelie_hf.scoring.task_metric import score_corpus

TASKS = ("ner", "ed", "re", "ee", "openie")  # those whose query has a text alone
MOST_TOKENS = 256  # of an answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("build")
    parser.add_argument("--texts", type=int, help="at most this many of each source and task")
    args = parser.parse_args()
    tokenizer = load_tokenizer(args.model)
    model = load_model(args.model, tokenizer, dtype="float32")
    free, held = [
        Extractor(model, tokenizer, constrained=constrained, window=None, max_new_tokens=MOST_TOKENS)
        for constrained in (False, True)
    ]
    groups: dict[tuple[str, str], list[InstructRow]] = {}
    for row in read_build(args.build, "test")[1]:
        if row["task"] in TASKS:
            groups.setdefault((row["source"], row["task"]), []).append(row)
    print("| source | task | texts | free | constrained | valid free | valid constrained | not in text, free |")
    print("|---|---|---|---|---|---|---|---|")
    for (source, task), rows in groups.items():
        chosen = rows[: args.texts]
        print(f"| {source} | {task} | {len(chosen)} | {' | '.join(compare(free, held, task, chosen))} |", flush=True)


def compare(free: Extractor, held: Extractor, task: str, rows: list[InstructRow]) -> list[str]:
    """Return the cells of a row: both scores, the shares of valid answers, and the items that the text lacks."""
    categories = max((row["schema"] for row in rows), key=len)
    schema = ExtractionSchema(
        task, tuple(Label(category["name"], roles=tuple(category.get("roles") or ())) for category in categories)
    )
    texts = [row["text"] for row in rows]
    scores, valid = [], []
    for extractor in (free, held):
        results = extractor.run(texts, schema)
        score = score_corpus([result.answer for result in results], [gold(row) for row in rows], task)
        low, high = score.interval
        scores.append(f"{score.value:.3f} [{low:.3f}, {high:.3f}]")
        statuses = Counter(result.status for result in results)
        valid.append(f"{statuses['valid'] / len(results):.1%}")
        if extractor is free:
            absent = sum(not item.grounded for result in results for item in result)
            lacking = f"{absent} of {sum(map(len, results))}"
    return [*scores, *valid, lacking]


if __name__ == "__main__":
    main()
