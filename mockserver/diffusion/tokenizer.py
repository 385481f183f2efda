"""Prompts as numbers: byte-level BPE as transformers' CLIPTokenizer does it, in plain Python."""

import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

_START, _END = "<|startoftext|>", "<|endoftext|>"
_SUFFIXES = ("s", "t", "re", "ve", "m", "ll", "d")  # that an apostrophe joins to a word
_WORD_END = "</w>"
# Unicode's White_Space; str.isspace takes four control characters more.
_SPACES = frozenset(
    "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
)


class Tokenizer:
    """Turns prompts into token ids. folder: with vocab.json, merges.txt and tokenizer_config.json.

    Raises OSError, KeyError or ValueError when they are not what they should be.
    """

    def __init__(self, folder: Path) -> None:
        self.length = int(
            json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))["model_max_length"]
        )
        self._ids: Mapping[str, int] = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()
        pairs = [tuple(line.split(" ")) for line in lines if line and not line.startswith("#version")]
        self._ranks = {pair: rank for rank, pair in enumerate(pairs)}
        self._start, self._end = self._ids[_START], self._ids[_END]
        self._word = lru_cache(maxsize=4096)(self._tokens)

    def ids(self, text: str) -> list[int]:
        """Return a text's token ids: as many as the model takes, cut or padded with the end's."""
        found: list[int] = []
        for special, part in _parts(text):
            if special:
                found.append(self._ids[part])
            else:
                found += [number for word in words(part) for number in self._word(word)]
        ids = [self._start, *found[: self.length - 2], self._end]
        return ids + [self._end] * (self.length - len(ids))

    def _tokens(self, word: str) -> Sequence[int]:
        """Return the ids of a word, merged pair by pair, the most usual first."""
        parts = [_LETTERS[byte] for byte in word.encode("utf-8", "replace")]
        parts[-1] += _WORD_END
        while len(parts) > 1:
            ranks = [self._ranks.get(pair, len(self._ranks)) for pair in pairwise(parts)]
            best = min(ranks)
            if best == len(self._ranks):
                break
            at = ranks.index(best)
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return [self._ids.get(part, self._end) for part in parts]


def words(text: str) -> Iterator[str]:
    """Yield what a text is taken apart into: runs of letters, single digits, runs of other signs, 's and the like."""
    text = "".join(letter.lower() for letter in unicodedata.normalize("NFC", text))
    at = 0
    while at < len(text):
        end = _end(text, at)
        if _kind(text[at]) != "space":
            yield text[at:end]
        at = end


def _end(text: str, at: int) -> int:
    """Return where the word that begins at a place ends."""
    if text[at] == "'":
        suffix = next((suffix for suffix in _SUFFIXES if text.startswith(suffix, at + 1)), "")
        if suffix:
            return at + 1 + len(suffix)
    kind = _kind(text[at])
    end = at + 1
    while kind != "number" and end < len(text) and _kind(text[end]) == kind:
        end += 1
    return end


def _kind(letter: str) -> str:
    if letter in _SPACES:
        return "space"
    return {"L": "letter", "N": "number"}.get(unicodedata.category(letter)[0], "sign")


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield a text in parts, and of each whether it is one of the two special tokens, written out."""
    while True:
        places = [(text.index(token), token) for token in (_START, _END) if token in text]
        if not places:
            yield False, text
            return
        at, token = min(places)
        yield False, text[:at]
        yield True, token
        text = text[at + len(token) :]


def _letters() -> Sequence[str]:
    """Return the printable letter that stands for each byte: itself where it is one, else one from 256 up."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    others = iter(range(256, 512))
    return [chr(byte if byte in shown else next(others)) for byte in range(256)]


_LETTERS = _letters()
