"""Chain-of-thought explanations by a model behind an endpoint (paper, section 3.3 and appendix A.2).

The model sees what a row asks and its gold answer, and reasons from the one to the other. It has to end in the
answer: what it ends in is parsed, and an explanation that leads elsewhere is dropped.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adelie_hf.answers import Answer, Item
from adelie_hf.draws import draw, pick
from adelie_hf.errors import InputError
from adelie_hf.files import write_json_lines
from adelie_hf.manifest import write_manifest
from adelie_hf.prompts import MARKER, parse, write
from adelie_hf.sampling import read_build
from adelie_hf.sampling.endpoint import Chat, Endpoint, Refused, Reply, ask, chat_seed
from adelie_hf.sampling.wording import wording
from adelie_hf.scoring.answers import mentions, offered
from adelie_hf.tasks import CLOSED_TASKS

TASKS = (*CLOSED_TASKS, "openie")  # on-demand tables bring explanations of their own
WORDS = range(70, 201)  # the limit of a row is drawn from these (appendix A.2)
TEMPERATURE = 0.7  # appendix A
MAX_NEW_TOKENS = 1024

_FEWEST_WORDS = 15
_LEEWAY = 1.25  # models do not count well
_MENTIONS = 10  # that many of a long answer's mentions have to occur; all of a shorter one's
_HEAD = "[Explanation]:"


def explain(
    data: str | Path,
    endpoint: Endpoint,
    out: Path,
    per_task: int = 1000,
    temperature: float = TEMPERATURE,
    seed: int = 42,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Counter[str]]:
    """Writes explanations for training rows of a build, as JSON lines.

    A line has `id` (the row's), `task`, `explanation`, `model`, `words` (how many the explanation has), and `answer`,
    the items that it leads to: so it is never put before another answer.

    Args:
        data: the folder of the build.
        per_task: for each task, explanations are asked for at most this many rows, those with the lowest lots.

    Returns:
        task -> counts of rows: `read`, `kept`, and `dropped: <reason>` (see `rejection`).

    Raises:
        InputError: as `read_build` and `ask` do, and where no row is of a task that is explained.
    """
    file, rows = read_build(data, "train")
    rows = _chosen(rows, per_task, seed)
    if not rows:
        raise InputError(f"{file}: no row to explain; the tasks with explanations are {', '.join(TASKS)}")
    limits = [pick(WORDS, seed, row["id"], "words") for row in rows]
    chats = [
        Chat(_messages(row, limit), temperature, MAX_NEW_TOKENS, chat_seed(seed, row["id"], "explanation"))
        for row, limit in zip(rows, limits, strict=True)
    ]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    lines = []
    for row, limit, replies in zip(rows, limits, ask(chats, endpoint, out, say), strict=True):
        counts[row["task"]]["read"] += 1
        reason = "refused" if isinstance(replies, Refused) else rejection(row, replies[0], limit)
        counts[row["task"]][f"dropped: {reason}" if reason else "kept"] += 1
        if not isinstance(replies, Refused) and not reason:
            text = _explanation(replies[0].text)
            lines.append(
                {"id": row["id"], "task": row["task"], "explanation": text, "model": endpoint.model}
                | {"words": len(text.split()), "answer": row["answer"]}
            )
    write_json_lines(out, lines)
    settings = {"model": endpoint.model, "per_task": per_task, "temperature": temperature, "seed": seed}
    write_manifest(out, "explanations", settings, counts, [file])
    return dict(counts)


def _chosen(rows: list[dict[str, Any]], per_task: int, seed: int) -> list[dict[str, Any]]:
    """For each task the rows with the lowest lots, in the order of the rows."""
    ids: set[str] = set()
    for task in TASKS:
        of_task = [row["id"] for row in rows if row["task"] == task]
        ids.update(
            heapq.nsmallest(per_task, of_task, key=lambda identity: (draw(seed, identity, "explain"), identity))
        )
    return [row for row in rows if row["id"] in ids]


def _messages(row: dict[str, Any], limit: int) -> list[dict[str, str]]:
    question = "\n\n".join(turn["content"] for turn in row["prompt"])
    answer = write(_gold(row), row["task"], row["format"])
    prompt = wording("explain")["prompt"].substitute(words=limit, question=question, answer=answer)
    return [{"role": "user", "content": prompt}]


def _gold(row: dict[str, Any]) -> Answer:
    return parse(row["completion"][-1]["content"], row["task"], row["format"]).items


def _explanation(text: str) -> str:
    """What stands before the answer, without a heading."""
    return text.partition(MARKER)[0].strip().removeprefix(_HEAD).strip()


def rejection(row: dict[str, Any], reply: Reply, limit: int) -> str:
    """Why a reply is no explanation of a row's answer; empty for one that is.

    In this order: the model refuses; it is cut off; there is no text before the answer; it has fewer than 15 words, or
    over a quarter more than the limit; it does not end in one answer, or not in a readable one; this answer has other
    items than the gold one, or the text before it states an item in the answer's format, of a category and with
    mentions that are there, which is not gold; it lacks a mention of the gold answer (upper and lower case and line
    breaks aside; of answers with more than 10 mentions it has to hold 10); it speaks of the answer as something that
    it was shown.
    """
    text, task, format = _explanation(reply.text), row["task"], row["format"]
    if reply.finish in ("refusal", "content_filter"):
        return "refused"
    if reply.finish == "length":
        return "cut off"
    if not text:
        return "empty"
    if len(text.split()) < _FEWEST_WORDS:
        return "too short"
    if len(text.split()) > _LEEWAY * limit:
        return "too long"
    if reply.text.count(MARKER) != 1:
        return "does not end in one answer"
    gold, stated = _gold(row), parse(reply.text, task, format)
    if stated.status == "invalid":
        return "ends in an answer that cannot be read"
    if Counter(stated.items) != Counter(gold) or _claims(text, row) - set(gold):
        return "contradicts the answer" if gold else "claims items where there are none"
    expected = {_plain(mention) for item in gold for mention in mentions(item)} - {""}
    if sum(mention in _plain(text) for mention in expected) < min(len(expected), _MENTIONS):
        return "lacks a mention of the answer"
    said, there = _words(text), _words(row["text"])
    if any(f" {leak} " in said and f" {leak} " not in there for leak in wording("explain")["leaks"]):
        return "gives away that it was shown the answer"
    return ""


def _claims(text: str, row: dict[str, Any]) -> set[Item]:
    """The items that running text states in the answer's format: of an offered category, with mentions of the text."""
    if row["task"] not in CLOSED_TASKS:
        return set()
    roles_of = {label["name"]: set(label["roles"]) for label in row["schema"]}
    return {
        item
        for item in parse(text, row["task"], row["format"]).items
        if offered(item, roles_of) and all(mention in row["text"] for mention in mentions(item))
    }


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> str:
    """The words of a text between single spaces, so that phrases are found as whole words."""
    return " ".join(["", *"".join(char if char.isalnum() else " " for char in text.lower()).split(), ""])
