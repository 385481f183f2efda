import json
import random
from pathlib import Path

import pytest

from genmock.mockserver.diffusion.model_folder import SHIPPED
from genmock.mockserver.diffusion.tokenizer import _LETTERS, Tokenizer, words

LENGTH = 12
START, END = 512, 513
TEXTS = [
    "",
    "a red circle",
    "It's the cat's hat, isn't it? I'll we've they're 'sup 'tis",
    "snake_case __x__ 12345 3.14 ½ Ⅷ",
    "Ünïcödé façade ΣΊΣΥΦΟΣ İstanbul ß ẞ",
    "红色的圆 緑 파란 🦊 in the snow!!! ...",
    "<|endoftext|> hello <|startoftext|> x <|END",
    "a\tb\nc\u00a0d\x1ce\x00f e\u0301 cafe\u0301",
    "word " * 60,
    "x" * 200,
]
SIGNS = "abc de'sltrvm_-.,!?0123 ½éßΣİ漢字🦊\t\n\x1f\u2003\u200bŉ"


@pytest.fixture
def small(tmp_path: Path) -> Tokenizer:
    """Return a tokenizer of all bytes, as 0 to 255, and at a word's end as 256 to 511, that has learned "red"."""
    tokens = [*_LETTERS, *(f"{letter}</w>" for letter in _LETTERS), "<|startoftext|>", "<|endoftext|>", "re", "red</w>"]
    (tmp_path / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (tmp_path / "merges.txt").write_text("#version: 0.2\nr e\nre d</w>\n")
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"model_max_length": LENGTH}))
    return Tokenizer(tmp_path)


def ended(*ids: int) -> list[int]:
    return [START, *ids, *[END] * (LENGTH - 1 - len(ids))]


def test_a_text_begins_ends_and_is_padded(small: Tokenizer) -> None:
    assert small.ids("") == ended()
    assert small.ids("a") == ended(256 + ord("a"))


def test_pairs_are_merged(small: Tokenizer) -> None:
    assert small.ids("Red rex") == ended(515, 514, 256 + ord("x"))


def test_what_is_unknown_falls_to_bytes(small: Tokenizer) -> None:
    assert small.ids("é🦊") == ended(0xC3, 256 + 0xA9, 0xF0, 0x9F, 0xA6, 256 + 0x8A)


def test_a_long_text_is_cut(small: Tokenizer) -> None:
    assert small.ids("red " * 50) == [START, *[515] * (LENGTH - 2), END]


def test_words_are_as_clip_takes_them() -> None:
    assert list(words("It's 12 CAFE\u0301s, snake_case!!")) == "it 's 1 2 cafés , snake _ case !!".split()


def test_ids_are_those_of_transformers() -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.CLIPTokenizer.from_pretrained(SHIPPED / "tokenizer")
    ours = Tokenizer(SHIPPED / "tokenizer")
    chance = random.Random(1)
    texts = [*TEXTS, *("".join(chance.choices(SIGNS, k=chance.randrange(40))) for _ in range(2000))]
    options = {"padding": "max_length", "truncation": True, "max_length": ours.length}
    assert [ours.ids(text) for text in texts] == [theirs(text, **options).input_ids for text in texts]
