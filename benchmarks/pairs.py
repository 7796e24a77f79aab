"""Time and memory of a build of IEFeedback, and BLEU beside NLTK's: `python benchmarks/pairs.py [--prompts 200000]`.

Five invented samples a prompt, of closed tasks, in two files. NLTK counts the reference's n-grams for each sample.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from adelie_hf import build_iefeedback
from adelie_hf.answers import Entity
from adelie_hf.prompts import write
from adelie_hf.scoring.bleu import bleu_scorer

SAMPLES = 5
NAMES = ("Acme", "Globex", "Ada Lovelace", "Paris", "the harbour", "last Monday", "Norvik Steel", "14:30")
TYPES = ("person", "organization", "place", "time")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=200_000)
    prompts = parser.parse_args().prompts
    generator = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        samples.mkdir()
        for number in range(2):
            with open(samples / f"{number}.jsonl", "w", encoding="utf-8") as stream:
                for place in range(number, prompts, 2):
                    stream.write(json.dumps(sampled(place, generator)) + "\n")
        start = time.perf_counter()
        counts = build_iefeedback(samples, out=Path(folder) / "build")["train"]
        seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{prompts * SAMPLES:,} samples: {seconds:.0f} s, at most {memory:.2f} GiB; {counts}")
    compare_with_nltk(generator)


def sampled(number: int, generator: random.Random) -> dict[str, Any]:
    """Return a line of a samples file: a gold answer, and samples with some of its items changed."""
    gold = [Entity(generator.choice(NAMES), generator.choice(TYPES)) for _ in range(generator.randrange(1, 6))]
    samples = [
        write(tuple(item if generator.random() < 0.8 else item._replace(type="thing") for item in gold), "ner")
        for _ in range(SAMPLES)
    ]
    return {
        "id": f"made-up/{number}",
        "source": "made-up",
        "task": "ner",
        "prompt": [{"role": "user", "content": "Find the entities. Text: " + "words " * 40}],
        "completion": [{"role": "assistant", "content": write(tuple(gold), "ner")}],
        "format": "text",
        "answer": [list(item) for item in gold],
        "samples": samples,
    }


def compare_with_nltk(generator: random.Random) -> None:
    """Print the time that each takes for the samples of 1,000 prompts."""
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    smoothing = SmoothingFunction().method3
    answers = [answers_of(sampled(number, generator)) for number in range(1_000)]
    for name, units in (("words", str.split), ("characters", list)):
        prompts = [(units(gold), [units(text) for text in texts]) for gold, texts in answers]
        start = time.perf_counter()
        expected = [
            sentence_bleu([gold], text, smoothing_function=smoothing) for gold, texts in prompts for text in texts
        ]
        theirs = time.perf_counter() - start
        whole = str.split if name == "words" else str
        start = time.perf_counter()
        found = [
            score(whole(text)) for gold, texts in answers for score in [bleu_scorer(whole(gold))] for text in texts
        ]
        ours = time.perf_counter() - start
        rate = f"NLTK {theirs:.2f} s, here {ours:.2f} s, {theirs / ours:.1f} times"
        print(f"BLEU of {name}: {rate}; equal: {found == expected}")


def answers_of(row: dict[str, Any]) -> tuple[str, list[str]]:
    return row["completion"][0]["content"], row["samples"]


if __name__ == "__main__":
    main()
