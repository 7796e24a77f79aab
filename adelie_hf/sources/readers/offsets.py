"""Offsets in code points from token positions and from bare surfaces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain
from unicodedata import east_asian_width

from adelie_hf.records import Mention
from adelie_hf.sources.readers.raw_values import item_at, string_list

# Characters that stand beside each other without a space: Chinese and Japanese, but not Korean.
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]")


class TokenText:
    """Tokens joined by single spaces, with mentions addressed by token position.

    There is no space between two characters of a script that sets none.
    """

    def __init__(self, tokens: list[str]):
        self.text = " ".join(string_list(tokens))
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


class DocumentText(TokenText):
    """The tokens of a document's sentences, with mentions addressed by sentence and token position in it."""

    def __init__(self, sentences: list[list[str]]):
        self._lengths = [len(string_list(tokens)) for tokens in sentences]
        self._firsts = list(accumulate(self._lengths, initial=0))
        super().__init__(list(chain.from_iterable(sentences)))

    def within(self, sentence: int, start: int, end: int, type: str = "") -> Mention:
        """The mention of tokens [start, end) of a sentence. Raises ValueError outside of the sentence."""
        if not 0 <= start < end <= item_at(self._lengths, sentence):
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
