"""The tokenizer: a byte-fallback BPE over the captions' words, in CLIP's own file layout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from .captions import caption
from .layout import TOKENS
from .scenes import Mix, draw_scene

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import CLIPTokenizer

_START, _END = "<|startoftext|>", "<|endoftext|>"
_EXTRA = """person man woman boy girl face hand eye city street building room table chair bottle cup water river lake
mountain hill cloud rain sky sun moon stone wood fire ice flower leaf bird animal food fruit vehicle machine toy
portrait landscape photo painting watercolor oil sketch cartoon pixel art style vintage modern futuristic neon
dark bright light pastel colorful beautiful cute realistic cinematic soft warm cold golden silver blurry low
quality bad ugly text watermark with without over under near behind between beside and the of at for to from by
very highly""".split()


def make_tokenizer(folder: Path) -> CLIPTokenizer:
    """Train a tokenizer on captions and write it into a folder; the same folder content every time."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

    folder.mkdir(parents=True, exist_ok=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=_END))
    tokenizer.normalizer = normalizers.Lowercase()
    words = pre_tokenizers.Split(Regex(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), "removed", invert=True)
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, bytes_])
    trainer = trainers.BpeTrainer(
        vocab_size=2048,
        min_frequency=3,
        end_of_word_suffix="</w>",
        initial_alphabet=alphabet,
        special_tokens=[_START, _END],
        show_progress=False,
    )
    rng = np.random.default_rng(5)
    texts = [caption(draw_scene(rng, Mix()), rng) for _ in range(20_000)]
    tokenizer.train_from_iterator(texts + [" ".join(_EXTRA)] * 5, trainer)
    tokenizer.model.save(str(folder))
    vocabulary = json.loads((folder / "vocab.json").read_text())
    for byte in sorted(alphabet):  # every byte must also exist as the end of a word
        vocabulary.setdefault(byte + "</w>", len(vocabulary))
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    special = {"bos_token": _START, "eos_token": _END, "pad_token": _END, "unk_token": _END}
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, **special}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    return load_tokenizer(folder)


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    """Return the tokenizer of a folder."""
    from transformers import CLIPTokenizer

    return CLIPTokenizer.from_pretrained(folder)


def ids_of(tokenizer: CLIPTokenizer, texts: list[str]) -> np.ndarray:
    """Return the token ids of texts, (texts, TOKENS) int64, padded with the end token."""
    encoded = tokenizer(texts, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="np")
    return np.asarray(encoded.input_ids, np.int64)
