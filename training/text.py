"""Teach the text encoder to name what a caption says, before anything is drawn from it.

Learned through the denoising loss alone, captions take far longer than pictures do. Named first, colour, shape, place,
size, background and thing can be read off the mean of a caption's tokens by one linear layer each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from . import things
from .captions import caption
from .layout import TEXT_WIDTH, make_text_encoder
from .pace import Pace, say
from .scenes import Item, Mix, Scene, draw_scene
from .tokens import ids_of, load_tokenizer, make_tokenizer
from .vocabulary import COLOURS, LETTERS, PATTERNS, PLACES, SETTINGS, SHAPES, SIZES

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from transformers import CLIPTextModel, CLIPTokenizer

_NOTHING = Item("shape", "", "", "", "")
_COLOURS = ("", *COLOURS)
_ITEM = (
    ("", *SHAPES, *LETTERS, *things.THINGS),
    _COLOURS,
    ("", *SIZES),
    ("", *PLACES),
)
QUESTIONS = (("", *PATTERNS, *SETTINGS), _COLOURS, _COLOURS, *_ITEM, *_ITEM)  # each with its possible answers


def answers(scene: Scene | None) -> list[int]:
    """Return the number of the right answer to each of QUESTIONS; the empty caption (None) says nothing."""
    if scene is None:
        return [0] * len(QUESTIONS)
    said = [scene.background.kind, scene.background.colour, scene.background.second]
    for item in (*scene.items, _NOTHING, _NOTHING)[:2]:
        said += [item.name, item.colour, item.size, item.place]
    return [choices.index(word) for choices, word in zip(QUESTIONS, said, strict=True)]


def train_text(folder: Path, *, minutes: float, device: str, seed: int = 0) -> None:
    """Make the tokenizer, train the text encoder for that many minutes and write both into the folder."""
    import torch

    torch.manual_seed(seed)
    tokenizer = make_tokenizer(folder / "tokenizer")
    encoder = make_text_encoder(len(tokenizer)).to(device).train()
    head = torch.nn.Linear(TEXT_WIDTH, sum(map(len, QUESTIONS))).to(device)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, 1.5e-3, betas=(0.9, 0.98), weight_decay=0.01)
    pace, rng = Pace(minutes, 1.5e-3), np.random.default_rng([seed, 7])
    while pace.going():
        optimizer.param_groups[0]["lr"] = pace.learning_rate()
        logits, right = _ask(encoder, head, tokenizer, rng, device)
        loss = sum(torch.nn.functional.cross_entropy(part, right[:, k]) for k, part in enumerate(logits))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if pace.steps % 50 == 0:
            say(f"text: step {pace.steps}, {pace.spent():.0%}, all answers right {_all_right(logits, right):.1%}")
    encoder.eval()
    with torch.no_grad():
        tests = [_all_right(*_ask(encoder, head, tokenizer, rng, device)) for _ in range(8)]
    say(f"text: all {len(QUESTIONS)} answers right for {np.mean(tests):.1%} of unseen captions")
    encoder.save_pretrained(folder / "text_encoder")


def load_text(folder: Path) -> tuple[CLIPTextModel, CLIPTokenizer]:
    """Return the text encoder and the tokenizer of a folder."""
    from transformers import CLIPTextModel

    return CLIPTextModel.from_pretrained(folder / "text_encoder").eval(), load_tokenizer(folder / "tokenizer")


def _ask(
    encoder: CLIPTextModel, head: torch.nn.Linear, tokenizer: CLIPTokenizer, rng: np.random.Generator, device: str
) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
    """Return the encoder's answers to each question for a batch of captions, and the right ones."""
    import torch

    scenes = [None if rng.random() < 0.03 else draw_scene(rng, Mix()) for _ in range(128)]
    texts = ["" if scene is None else caption(scene, rng) for scene in scenes]
    ids = torch.from_numpy(ids_of(tokenizer, texts)).to(device)
    means = encoder(ids).last_hidden_state.mean(1)
    right = torch.tensor([answers(scene) for scene in scenes], device=device)
    return head(means).split([len(choices) for choices in QUESTIONS], 1), right


def _all_right(logits: tuple[torch.Tensor, ...], right: torch.Tensor) -> float:
    import torch

    return float((torch.stack([part.argmax(1) for part in logits], 1) == right).all(1).float().mean())
