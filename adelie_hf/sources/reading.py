"""Reading shared by the sources: files into units with line numbers, tokens into text with offsets."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path
from textwrap import shorten
from typing import Any, TypeVar
from unicodedata import east_asian_width

from adelie_hf.errors import InputError
from adelie_hf.records import Mention

T = TypeVar("T")


def lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file with their numbers, without line ends; a byte order mark is skipped.

    Raises:
        InputError: for an empty file, bytes that are not text in UTF-8 (with the line's number), or a file
            that cannot be opened.
    """
    number = 0
    try:
        with open(file, "rb") as stream:
            for number, line in enumerate(stream, 1):
                if b"\0" in line:
                    raise InputError(f"{file}:{number}: not text in UTF-8 (a zero byte); save the file as UTF-8")
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file}:{number}: not UTF-8 ({error.reason} at byte {error.start}); "
            "save the file as UTF-8, or fetch it again"
        ) from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); check the path and its permissions") from None
    if number == 0:
        raise InputError(f"{file}: the file is empty; fetch it again")


def json_lines(file: Path) -> Iterator[tuple[int, Any]]:
    """The values of a JSON-lines file with their line numbers. Raises InputError for a line that is not JSON."""
    for number, line in lines(file):
        if line.strip():
            yield number, _load(line, file, number)


def json_document(file: Path) -> Any:
    """The value of a JSON file. Raises InputError when it is not JSON."""
    return _load("\n".join(line for _, line in lines(file)), file, 1)


def json_array(file: Path) -> Iterator[tuple[int, Any]]:
    """The elements of a JSON file that holds one array, numbered from 1."""
    value = json_document(file)
    if not isinstance(value, list):
        raise InputError(f"{file}: holds a JSON {type(value).__name__}, not an array of records; fetch it again")
    yield from enumerate(value, 1)


def _load(text: str, file: Path, first: int) -> Any:
    """The value of a JSON text that begins at line `first` of a file."""
    try:
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        cut = " (it ends too early: the file may be cut off)" if error.pos >= len(text.rstrip()) else ""
        raise InputError(
            f"{file}:{first + error.lineno - 1}: not valid JSON, {error.msg} at character {error.colno}{cut}; "
            "mend it, or fetch the file again"
        ) from None
    except UnicodeEncodeError:
        raise InputError(
            f"{file}:{first}: holds half of a surrogate pair (an escape such as \\ud83d alone), which is not text; "
            "mend the escape"
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}:{first}: not usable JSON ({error}); fetch the file again") from None
    return value


def json_keys(head: str) -> set[str]:
    """The keys of the first JSON object in the head of a file; of a broken one, those that can be seen."""
    start = head.find("{")
    try:
        return set(json.JSONDecoder().raw_decode(head, start)[0]) if start >= 0 else set()
    except (ValueError, RecursionError):
        return set(re.findall(r'"(\w+)"\s*:', head))


def named(text: str) -> str:
    """A stretch of raw data as an error message quotes it: one line, and not a long one."""
    return shorten(" ".join(text.split()), 160, placeholder=" ...")


class Known(dict[str, T]):
    """What is defined, by name. Raises ValueError for another name: KeyError is for a field that is missing."""

    def __missing__(self, name: str) -> T:
        raise ValueError(f"{name!r} is none of {', '.join(map(str, self))}")


def nth(items: Sequence[T], position: int) -> T:
    """`items[position]`. Raises ValueError outside of them: Python would take a negative position from the end."""
    if not 0 <= position < len(items):
        raise ValueError(f"position {position} lies outside of {len(items)}")
    return items[position]


def strings(value: Any) -> list[str]:
    """A list of strings. Raises ValueError for anything else: a string would pass for a list of its characters."""
    if not isinstance(value, list) or not {str}.issuperset(map(type, value)):
        raise ValueError(f"{named(repr(value))} is not a list of strings")
    return value


# Characters that stand beside each other without a space: Chinese and Japanese, but not Korean.
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]")


class TokenText:
    """Tokens joined by single spaces, with mentions addressed by token position.

    There is no space between two characters of a script that sets none.
    """

    def __init__(self, tokens: list[str]):
        self.text = " ".join(strings(tokens))
        self._starts = list(accumulate([len(token) + 1 for token in tokens], initial=0))
        self._ends = [start - 1 for start in self._starts[1:]]
        if not self.text.isascii() and _UNSPACED.search(self.text):
            self._join(tokens)

    def _join(self, tokens: list[str]) -> None:
        pieces, self._starts, self._ends, at = [], [], [], 0
        for before, token in zip(["", *tokens], tokens, strict=False):
            if self._starts and not (_UNSPACED.match(before[-1:]) and _UNSPACED.match(token)):
                pieces.append(" ")
                at += 1
            pieces.append(token)
            self._starts.append(at)
            at += len(token)
            self._ends.append(at)
        self.text = "".join(pieces)

    def mention(self, start: int, end: int, type: str = "") -> Mention:
        """The mention of tokens [start, end). Raises ValueError outside the text."""
        if not 0 <= start < end <= len(self._ends):
            raise ValueError(f"token offsets [{start}, {end}) lie outside {len(self._ends)} tokens")
        return Mention.at(self.text, self._starts[start], self._ends[end - 1], type)

    def scattered(self, positions: Sequence[int], type: str = "") -> Mention:
        """The mention of tokens in ascending positions, a fragment for each run. Raises ValueError for others."""
        runs: list[list[int]] = []
        for at in positions:
            if runs and at < runs[-1][1]:
                raise ValueError(f"token positions {positions} do not ascend")
            if runs and at == runs[-1][1]:
                runs[-1][1] = at + 1
            else:
                runs.append([at, at + 1])
        parts = [self.mention(start, end) for start, end in runs]
        if not parts:
            raise ValueError("a mention has no tokens")
        return Mention(" ".join(part.text for part in parts), tuple(part.fragments[0] for part in parts), type)


def bio_spans(tags: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Spans [start, end) of an IOB2 sequence; an I- tag that continues nothing opens a span, as in conlleval."""
    start, open_type = 0, ""
    for at, tag in enumerate([*tags, "O"]):
        if tag == "O" and not open_type:
            continue
        prefix, _, type = tag.partition("-")
        if prefix not in ("B", "I", "O") or (prefix != "O" and not type):
            raise ValueError(f"tag {tag!r} is not of the IOB2 scheme (B-type, I-type or O)")
        if open_type and (prefix != "I" or type != open_type):
            yield start, at, open_type
            open_type = ""
        if prefix != "O" and not open_type:
            start, open_type = at, type


@lru_cache(maxsize=10_000)
def readable(label: str) -> str:
    """A label in words: `USED-FOR` and `Used_for` become `used for`, `OtherScientificTerm` `other scientific term`."""
    words = label.replace("_", " ").replace("-", " ")
    if not words.isupper():
        words = "".join(f" {c}" if c.isupper() and at and words[at - 1].islower() else c for at, c in enumerate(words))
    return " ".join(words.lower().split())


class DocumentText(TokenText):
    """The tokens of a document's sentences, with mentions addressed by sentence and token position in it."""

    def __init__(self, sentences: list[list[str]]):
        self._lengths = [len(strings(tokens)) for tokens in sentences]
        self._firsts = list(accumulate(self._lengths, initial=0))
        super().__init__(list(chain.from_iterable(sentences)))

    def within(self, sentence: int, start: int, end: int, type: str = "") -> Mention:
        """The mention of tokens [start, end) of a sentence. Raises ValueError outside of the sentence."""
        if not 0 <= start < end <= nth(self._lengths, sentence):
            raise ValueError(f"token offsets [{start}, {end}) lie outside sentence {sentence}")
        return self.mention(self._firsts[sentence] + start, self._firsts[sentence] + end, type)


def located(text: str, surface: str, type: str = "") -> Mention:
    """The mention of a surface that comes without offsets: where it stands in the text, as whole words.

    It has no fragments where the surface stands there several times, since nothing says which of them is
    meant, or not at all.
    """
    spans = ((start, start + len(surface)) for start in occurrences(text, surface))
    places = tuple(span for span in spans if not (_inside_word(text, span[0]) or _inside_word(text, span[1])))
    return Mention(surface, places if len(places) == 1 else (), type)


def occurrences(text: str, surface: str) -> Iterator[int]:
    """Where a surface begins in a text, overlaps included."""
    if not surface:
        raise ValueError("a mention is empty")
    at = text.find(surface)
    while at >= 0:
        yield at
        at = text.find(surface, at + 1)


def _inside_word(text: str, at: int) -> bool:
    """Whether a position lies between two letters or digits of a script that sets spaces between words."""
    if not 0 < at < len(text) or not (text[at - 1].isalnum() and text[at].isalnum()):
        return False
    return east_asian_width(text[at - 1]) not in "WF" and east_asian_width(text[at]) not in "WF"


def opennre(row: dict[str, Any]) -> tuple[str, Mention, Mention]:
    """Text, head and tail of a line in the form of OpenNRE: tokens, and positions [start, end) among them."""
    text = TokenText(row["token"])

    def mention(of: dict[str, Any]) -> Mention:
        start, end = of["pos"]
        return text.mention(start, end, readable(of.get("type", "")))

    return text.text, mention(row["h"]), mention(row["t"])


def content_id(*parts: str) -> str:
    """A short name for a record whose source numbers nothing: the same for the same content in any file and order."""
    return hashlib.sha256("\0".join(strings(list(parts))).encode()).hexdigest()[:16]
