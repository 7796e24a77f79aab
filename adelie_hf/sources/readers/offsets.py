"""Character offsets (in code points) of mentions that are given by token position or only by their surface."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from unicodedata import east_asian_width

from adelie_hf.records import Mention
from adelie_hf.sources.readers.raw_values import item_at, string_list

# Characters of scripts without spaces between words: Thai, Lao, Myanmar, Khmer, Chinese and Japanese, but not Korean.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    r"\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff]"
)


_CHARACTERS = 0.95  # of the tokens of a file


class TokenLengths:
    """What the lengths of a file's tokens say of its texts."""

    def __init__(self) -> None:
        self._tokens = self._characters = 0
        self._unspaced = False

    def add(self, tokens: Iterable[str]) -> None:
        """Add the tokens of a sentence."""
        for token in tokens:
            self._tokens += 1
            if len(token) == 1:
                self._characters += 1
                self._unspaced = self._unspaced or bool(UNSPACED.match(token))

    @property
    def spaced(self) -> bool:
        """Whether spaces separate tokens: not if nearly all are characters, some of a script without spaces."""
        return not self._unspaced or self._characters < _CHARACTERS * self._tokens


class TokenText:
    """The text of tokens, joined by single spaces, with mentions given by token position.

    Two characters of a script without spaces are joined without one, and so are all tokens if they are not `spaced`.

    >>> TokenText(["Ann", "left", "Lima"]).mention(2, 3)
    Mention(text='Lima', fragments=((9, 13),), type='')
    """

    def __init__(self, tokens: list[str], *, spaced: bool = True):
        separator = " " if spaced else ""
        self.text = separator.join(string_list(tokens))
        self._starts = list(accumulate([len(token) + len(separator) for token in tokens], initial=0))
        self._ends = [start - len(separator) for start in self._starts[1:]]
        if spaced and not self.text.isascii() and UNSPACED.search(self.text):
            self._join_unspaced(tokens)

    def _join_unspaced(self, tokens: list[str]) -> None:
        pieces: list[str] = []
        self._starts, self._ends = [], []
        length = 0
        for previous, token in zip(["", *tokens], tokens, strict=False):
            if self._starts and not (UNSPACED.match(previous[-1:]) and UNSPACED.match(token)):
                pieces.append(" ")
                length += 1
            pieces.append(token)
            self._starts.append(length)
            length += len(token)
            self._ends.append(length)
        self.text = "".join(pieces)

    def mention(self, start: int, end: int, type: str = "") -> Mention:
        """Return the mention of tokens [start, end). Raises ValueError outside of the text."""
        if not 0 <= start < end <= len(self._ends):
            raise ValueError(f"token offsets [{start}, {end}) lie outside {len(self._ends)} tokens")
        return Mention.at(self.text, self._starts[start], self._ends[end - 1], type)

    def discontinuous_mention(self, positions: Sequence[int], type: str = "") -> Mention:
        """Return the mention of the tokens at these positions, with one fragment for each run of adjacent tokens.

        Raises:
            ValueError: for positions that do not ascend, lie outside of the text, or are none.
        """
        runs: list[list[int]] = []
        for position in positions:
            if runs and position < runs[-1][1]:
                raise ValueError(f"token positions {positions} do not ascend")
            if runs and position == runs[-1][1]:
                runs[-1][1] = position + 1
            else:
                runs.append([position, position + 1])
        parts = [self.mention(start, end) for start, end in runs]
        if not parts:
            raise ValueError("a mention has no tokens")
        return Mention(" ".join(part.text for part in parts), tuple(part.fragments[0] for part in parts), type)


class DocumentText(TokenText):
    """The text of a document of tokenised sentences, with mentions given by sentence and token position."""

    def __init__(self, sentences: list[list[str]]):
        self._lengths = [len(string_list(tokens)) for tokens in sentences]
        self._first_tokens = list(accumulate(self._lengths, initial=0))
        super().__init__(list(chain.from_iterable(sentences)))

    def mention_in_sentence(self, sentence: int, start: int, end: int, type: str = "") -> Mention:
        """Return the mention of tokens [start, end) of a sentence. Raises ValueError outside of the sentence."""
        if not 0 <= start < end <= item_at(self._lengths, sentence):
            raise ValueError(f"token offsets [{start}, {end}) lie outside sentence {sentence}")
        first_token = self._first_tokens[sentence]
        return self.mention(first_token + start, first_token + end, type)


class SentenceText(TokenText):
    """The text of one sentence, with mentions given by token positions of its document, last token included."""

    def __init__(self, tokens: list[str], first_token: int):
        super().__init__(tokens)
        self._first_token = first_token

    def mention_inclusive(self, first: int, last: int, type: str = "") -> Mention:
        """Return the mention of tokens first to last of the document. Raises ValueError outside of the sentence."""
        return self.mention(first - self._first_token, last - self._first_token + 1, type)


def locate_surface(text: str, surface: str, type: str = "") -> Mention:
    """Return the mention of a surface that is given without offsets.

    It has offsets if the surface occurs exactly once in the text as whole words. Otherwise it has no fragments, since
    the occurrence that is meant is unknown or does not exist.

    >>> locate_surface("Annual talks with Ann", "Ann").fragments
    ((18, 21),)
    >>> locate_surface("Ann met Ann", "Ann").fragments
    ()
    """
    spans = ((start, start + len(surface)) for start in occurrences(text, surface))
    matches = tuple((start, end) for start, end in spans if not (_inside_word(text, start) or _inside_word(text, end)))
    return Mention(surface, matches if len(matches) == 1 else (), type)


def is_absent(text: str, mention: Mention) -> bool:
    """Return whether a mention that is given by its surface does not occur in the text, not even within words."""
    return not mention.fragments and mention.text not in text


def occurrences(text: str, surface: str) -> Iterator[int]:
    """Yield the start of each occurrence of a surface in a text, also of overlapping ones."""
    if not surface:
        raise ValueError("a mention is empty")
    start = text.find(surface)
    while start >= 0:
        yield start
        start = text.find(surface, start + 1)


def _inside_word(text: str, position: int) -> bool:
    """Return whether a position separates two letters or digits of one word, in a script with spaces between words."""
    if not 0 < position < len(text) or not (text[position - 1].isalnum() and text[position].isalnum()):
        return False
    return not any(
        east_asian_width(side) in "WF" or UNSPACED.match(side) for side in text[position - 1 : position + 1]
    )
