"""Chain-of-thought explanations by a model behind an endpoint (paper, section 3.3 and appendix A.2).

The model reads the question of a row and its gold answer, and reasons from the one to the other. Its reply must end in
the answer: that answer is parsed, and an explanation that leads to another one is dropped.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from adelie_hf.answers import Item, mentions
from adelie_hf.draws import draw, pick
from adelie_hf.errors import InputError
from adelie_hf.files import write_json_lines
from adelie_hf.manifest import Counts, write_file_manifest
from adelie_hf.prompts import MARKER, parse, write
from adelie_hf.rows import InstructRow, Message, gold, message, read_build
from adelie_hf.sampling.endpoint import BadRequest, Chat, Endpoint, Reply, chat_seed, request_replies
from adelie_hf.sampling.llm_prompts import load_llm_prompt
from adelie_hf.scoring.answers import is_offered
from adelie_hf.tasks import CLOSED_TASKS

EXPLAINED_TASKS = (*CLOSED_TASKS, "openie")  # on-demand tables have explanations of their own

_WORD_LIMITS = range(70, 201)  # the limit of a row is drawn from these (appendix A.2)
_MAX_NEW_TOKENS = 1024
_MIN_WORDS = 15
_TOLERANCE = 1.25  # models count words inaccurately
_MAX_MENTIONS = 10  # as many mentions of a long answer must occur; all of a shorter one's
_HEADING = "[Explanation]:"


def explain(
    data: str | Path,
    endpoint: Endpoint,
    out: Path,
    *,
    per_task: int = 1000,
    temperature: float = 0.7,
    seed: int = 42,
) -> dict[str, Counts]:
    """Write explanations for training rows of a build, as JSON lines.

    A line has `id` (of the row), `task`, `explanation`, `model`, `words` (the length of the explanation), and
    `answer`, the items that it leads to, so that it is never put before another answer.

    Args:
        data: the folder of the build of IEInstruct.
        endpoint: the model.
        out: the file to write.
        per_task: for each task, explanations are requested for at most this many rows, those with the smallest draws.
        temperature: the sampling temperature (appendix A).
        seed: it decides which rows are drawn, and seeds the requests.

    Returns:
        task -> the rows read, the explanations kept, and rows dropped by reason (see `explanation_problem`).

    Raises:
        InputError: as `read_build` and `request_replies`, and when no row is of a task with explanations.
    """
    file, rows = read_build(data, "train")
    rows = _choose_rows(rows, per_task, seed)
    if not rows:
        raise InputError(f"{file}: no row to explain; the tasks with explanations are {', '.join(EXPLAINED_TASKS)}")
    limits = [pick(_WORD_LIMITS, seed, row["id"], "words") for row in rows]
    chats = [
        Chat(_messages(row, limit), temperature, _MAX_NEW_TOKENS, chat_seed(seed, row["id"], "explanation"))
        for row, limit in zip(rows, limits, strict=True)
    ]
    counts = {row["task"]: Counts() for row in rows}
    lines = []
    for row, limit, replies in zip(rows, limits, request_replies(chats, endpoint, out), strict=True):
        task_counts = counts[row["task"]]
        task_counts.read += 1
        if isinstance(replies, BadRequest):
            task_counts.dropped["refused"] += 1
        elif problem := explanation_problem(row, replies[0], limit):
            task_counts.dropped[problem] += 1
        else:
            task_counts.kept["explanations"] += 1
            explanation = _explanation(replies[0].text)
            lines.append(
                {
                    "id": row["id"],
                    "task": row["task"],
                    "explanation": explanation,
                    "model": endpoint.model,
                    "words": len(explanation.split()),
                    "answer": row["answer"],
                }
            )
    write_json_lines(out, lines)
    settings = {"model": endpoint.model, "per_task": per_task, "temperature": temperature, "seed": seed}
    write_file_manifest(out, "explanations", settings, counts, [file])
    return counts


def _choose_rows(rows: Sequence[InstructRow], per_task: int, seed: int) -> list[InstructRow]:
    """Return for each task the rows with the smallest draws, in their original order."""
    chosen: set[str] = set()
    for task in EXPLAINED_TASKS:
        row_ids = [row["id"] for row in rows if row["task"] == task]
        chosen.update(heapq.nsmallest(per_task, row_ids, key=lambda row_id: (draw(seed, row_id, "explain"), row_id)))
    return [row for row in rows if row["id"] in chosen]


def _messages(row: InstructRow, limit: int) -> list[Message]:
    question = "\n\n".join(turn["content"] for turn in row["prompt"])
    answer = write(gold(row), row["task"], row["format"])
    prompt = load_llm_prompt("explain").template.substitute(words=limit, question=question, answer=answer)
    return [message("user", prompt)]


def _explanation(text: str) -> str:
    """Return the text before the answer, without a heading."""
    return text.partition(MARKER)[0].strip().removeprefix(_HEADING).strip()


def explanation_problem(row: InstructRow, reply: Reply, limit: int) -> str:
    """Return why a reply is not an explanation of a row's answer; an empty string for one that is.

    Checked in this order: the model refuses; the reply is cut off; there is no text before the answer; the text has
    fewer than 15 words, or over a quarter more than the limit; the reply does not end in exactly one answer, or not in
    a readable one; this answer differs from the gold one, or the text before it states, in the answer's format, an
    item that is not gold although its category is offered and its mentions occur; the text lacks a mention of the gold
    answer (ignoring case and line breaks; of an answer with more than 10 mentions 10 must occur); the text reveals
    that the answer was given.
    """
    explanation, task, answer_format = _explanation(reply.text), row["task"], row["format"]
    if reply.finish in ("refusal", "content_filter"):
        return "refused"
    if reply.finish == "length":
        return "cut off"
    if not explanation:
        return "empty"
    if len(explanation.split()) < _MIN_WORDS:
        return "too short"
    if len(explanation.split()) > _TOLERANCE * limit:
        return "too long"
    if reply.text.count(MARKER) != 1:
        return "does not end in one answer"
    gold_answer, parsed = gold(row), parse(reply.text, task, answer_format)
    if parsed.status == "invalid":
        return "ends in an answer that cannot be read"
    if Counter(parsed.items) != Counter(gold_answer) or _stated_items(explanation, row) - set(gold_answer):
        return "contradicts the answer" if gold_answer else "claims items where there are none"
    expected = {_normalize(mention) for item in gold_answer for mention in mentions(item)} - {""}
    if sum(mention in _normalize(explanation) for mention in expected) < min(len(expected), _MAX_MENTIONS):
        return "lacks a mention of the answer"
    explanation_words, text_words = _words(explanation), _words(row["text"])
    if any(
        f" {phrase} " in explanation_words and f" {phrase} " not in text_words
        for phrase in load_llm_prompt("explain").forbidden
    ):
        return "reveals that the answer was given"
    return ""


def _stated_items(text: str, row: InstructRow) -> set[Item]:
    """Return the items that a text states in the answer's format, with an offered category and mentions that occur."""
    if row["task"] not in CLOSED_TASKS:
        return set()
    roles_of = {category["name"]: set(category["roles"]) for category in row["schema"]}
    return {
        item
        for item in parse(text, row["task"], row["format"]).items
        if is_offered(item, roles_of) and all(mention in row["text"] for mention in mentions(item))
    }


def _normalize(text: str) -> str:
    return " ".join(text.casefold().split())


def _words(text: str) -> str:
    """Return the words of a text between single spaces, so that a search finds phrases of complete words only."""
    return " ".join(["", *"".join(char if char.isalnum() else " " for char in text.lower()).split(), ""])
