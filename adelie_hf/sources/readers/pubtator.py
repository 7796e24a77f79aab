"""PubTator's format: title and abstract of an article, its mentions by character, and relations of concepts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from adelie_hf.errors import UnreadableRecord
from adelie_hf.sources.source import Head
from adelie_hf.text_files import check_lines, excerpt, read_lines

_TITLE = re.compile(r"[^|\t]+\|t\|")
_NUMBER = re.compile(r"-?[0-9]+")


class PubTatorMention(NamedTuple):
    """A mention at characters [start, end) of the title, one separating character and the abstract."""

    start: int
    end: int
    surface: str
    type: str
    concepts: str  # their ids, of the columns that follow


class PubTatorRelation(NamedTuple):
    """A relation between two concepts."""

    type: str
    head: str
    tail: str


class PubTatorArticle(NamedTuple):
    """An article."""

    id: str
    title: str
    abstract: str
    mentions: list[PubTatorMention]
    relations: list[PubTatorRelation]


def is_pubtator(head: Head) -> bool:
    """Return whether a file begins with a title."""
    return _TITLE.match(head.text.lstrip()) is not None


def read_articles(file: Path) -> Iterator[tuple[int, list[str] | UnreadableRecord]]:
    """Yield the lines of each article, with the number of its first line; an error for one that is not UTF-8 text."""
    start = 0
    article: list[str] = []
    for number, line in read_lines(file, any_bytes=True):
        if article and (_TITLE.match(line) or not line.strip()):  # the blank line between two articles may be missing
            yield start, _checked(file, start, article)
            article = []
        if line.strip():
            start = start if article else number
            article.append(line)
    if article:
        yield start, _checked(file, start, article)


def _checked(file: Path, first: int, lines: list[str]) -> list[str] | UnreadableRecord:
    try:
        check_lines(file, first, lines)
    except UnreadableRecord as error:
        return error
    return lines


def parse_article(lines: list[str], number: int) -> PubTatorArticle:
    """Return the article in some lines; `number` is that of the first.

    Raises:
        ValueError: for a line that is not one of PubTator.
    """
    title = _TITLE.match(lines[0])
    if not title:
        raise ValueError(f"line {number} is not the title of an article: {excerpt(lines[0])!r}")
    article = PubTatorArticle(lines[0][: title.end() - 3], lines[0][title.end() :], "", [], [])
    for line_number, line in enumerate(lines[1:], number + 1):
        if line.startswith(abstract := f"{article.id}|a|"):
            article = article._replace(abstract=line.removeprefix(abstract))
            continue
        columns = line.split("\t")
        if columns[0] != article.id or len(columns) < 4:
            raise ValueError(
                f"line {line_number} is neither a mention nor a relation of article {article.id!r}: {excerpt(line)!r}"
            )
        if len(columns) < 6 and (len(columns) < 5 or not _NUMBER.fullmatch(columns[1])):
            article.relations.append(PubTatorRelation(*columns[1:4]))
        else:
            concepts = "".join(columns[5:6])
            article.mentions.append(
                PubTatorMention(int(columns[1]), int(columns[2]), columns[3], columns[4], concepts)
            )
    return article
