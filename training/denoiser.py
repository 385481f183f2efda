"""Train the denoiser on stored latents, in pieces that can be resumed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .captions import caption
from .layout import SIZE_SHARES, VARIANTS, make_denoiser, make_scheduler
from .muon import make_optimizers, set_rate
from .pace import Pace, say
from .text import load_text
from .tokens import ids_of

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from diffusers import UNet2DConditionModel

    from .store import Shelf

_NO_CAPTION = 0.1  # the share of pictures without their caption, for guidance
_SAVE_EVERY = 500


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of training. things: the share of pictures that show things; falling: of the piece, with a falling rate.

    batch: pictures a step: more on a GPU. cpu: count minutes of CPU time, not of the clock on the wall.
    """

    variant: str
    minutes: float
    device: str = "cpu"
    things: float = 0.15
    falling: float = 0.5
    cpu: bool = False
    seed: int = 0
    batch: int = 32


@dataclass(slots=True)
class Learner:
    """A denoiser in training: the network, its average over the last steps, its optimizers, what it has seen."""

    network: UNet2DConditionModel
    average: list[torch.Tensor]
    optimizers: list[torch.optim.Optimizer]
    seen: int = 0
    loss: float = 1.0  # running


def train_denoiser(folder: Path, found: list[Shelf], text: Path, task: Task) -> None:
    """Train as the task says, going on from `folder/state.pt` where there is one; write state and average there."""
    learner = _resume(folder, task)
    batches = _Batches(found, text, task, learner.seen)
    alphas = make_scheduler().alphas_cumprod.to(task.device)
    pace, curve = Pace(task.minutes, 1.0, falling=task.falling, cpu=task.cpu), []
    while pace.going():
        set_rate(learner.optimizers, pace.learning_rate())
        loss = _step(learner, *batches.draw(), alphas)
        learner.loss += 0.02 * (loss - learner.loss)
        if pace.steps % 50 == 0:
            curve.append((learner.seen, round(learner.loss, 4)))
            say(f"denoiser {task.variant}: {learner.seen} pictures, {pace.spent():.0%}, loss {learner.loss:.4f}")
        if pace.steps % _SAVE_EVERY == 0:
            _save(folder, learner, curve)
    _save(folder, learner, curve)


def _step(learner: Learner, latents: torch.Tensor, words: torch.Tensor, alphas: torch.Tensor) -> float:
    """Learn from one batch and return its loss: how far the predicted velocity is off."""
    import torch

    count, device = len(latents), latents.device
    moments = _moments(count).to(device)
    noise, share = torch.randn_like(latents), alphas[moments].view(-1, 1, 1, 1)
    noisy = share.sqrt() * latents + (1 - share).sqrt() * noise
    velocity = share.sqrt() * noise - (1 - share).sqrt() * latents
    with torch.autocast(device.type, torch.bfloat16):
        predicted = learner.network(noisy, moments.float(), words).sample
    loss = (predicted.float() - velocity).pow(2).mean()
    loss.backward()
    parameters = list(learner.network.parameters())
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    for optimizer in learner.optimizers:
        optimizer.step()
        optimizer.zero_grad()
    learner.seen += count
    steps = learner.seen / count
    keep = min(0.998, 1 - 1 / (steps / 10 + 1.1))
    torch._foreach_lerp_(learner.average, [weight.detach() for weight in parameters], 1 - keep)
    return float(loss.detach())


def _moments(count: int) -> torch.Tensor:
    """Return moments of the noise schedule, spread evenly: half over all, half over the noisy ones, 400 to 999.

    What a picture shows is decided where the noise is strong; there captions are learned.
    """
    import torch

    spread = (torch.randperm(count) + torch.rand(count)) / count
    everywhere = torch.arange(count) % 2 == 0
    return torch.where(everywhere, spread * 1000, 400 + spread * 600).long().clamp(0, 999)


class _Batches:
    """Latents and the text encoder's words for them, by lot; each batch is of one size."""

    def __init__(self, found: list[Shelf], text: Path, task: Task, seen: int) -> None:
        self._encoder, self._tokenizer = load_text(text)
        self._encoder.to(task.device)
        self._device, self._things, self._batch = task.device, task.things, task.batch
        self._rng = np.random.default_rng([task.seed, seen, 3])
        self._shelves = [(shelf, shelf.latents(), *_sorted_by_kind(shelf)) for shelf in found]

    def draw(self) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        shelf, latents, scenes, things = self._shelves[int(self._rng.choice(len(self._shelves), p=SIZE_SHARES))]
        of_things = self._rng.binomial(self._batch, self._things) if len(things) else 0
        chosen = np.concatenate(
            [self._rng.choice(scenes, self._batch - of_things), self._rng.choice(things, of_things)]
        )
        texts = [self._caption(shelf, int(index)) for index in chosen]
        ids = torch.from_numpy(ids_of(self._tokenizer, texts)).to(self._device)
        with torch.no_grad():
            words = self._encoder(ids).last_hidden_state
        x = torch.from_numpy(latents[chosen].astype(np.float32)).to(self._device)
        return x.contiguous(memory_format=torch.channels_last), words

    def _caption(self, shelf: Shelf, index: int) -> str:
        return "" if self._rng.random() < _NO_CAPTION else caption(shelf.scene(index), self._rng)


def _sorted_by_kind(shelf: Shelf) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of the pictures without and with things."""
    shows_thing = np.array([any(item.kind == "thing" for item in shelf.scene(k).items) for k in range(shelf.count)])
    return np.flatnonzero(~shows_thing), np.flatnonzero(shows_thing)


def _is_inside(name: str) -> bool:
    return not name.startswith(("conv_in", "conv_out", "add_embedding"))


def _resume(folder: Path, task: Task) -> Learner:
    import torch

    torch.manual_seed(task.seed)
    variant = VARIANTS[task.variant]
    network = make_denoiser(variant).to(task.device, memory_format=torch.channels_last).train()
    average = [weight.detach().clone() for weight in network.parameters()]
    learner = Learner(network, average, make_optimizers(network, _is_inside, muon=variant.muon))
    if (folder / "state.pt").exists():
        state: dict[str, Any] = torch.load(folder / "state.pt", map_location=task.device, weights_only=True)
        network.load_state_dict(state["network"])
        torch._foreach_copy_(learner.average, state["average"])
        for optimizer, saved in zip(learner.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        learner.seen, learner.loss = state["seen"], state["loss"]
        torch.manual_seed(task.seed + learner.seen)
    say(f"denoiser {task.variant}: {sum(w.numel() for w in average):,} weights, {learner.seen} pictures seen so far")
    return learner


def _save(folder: Path, learner: Learner, curve: list[tuple[int, float]]) -> None:
    """Write the state for the next piece, and the averaged network, which is the one to use."""
    import copy

    import torch

    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "network": learner.network.state_dict(),
        "average": learner.average,
        "optimizers": [optimizer.state_dict() for optimizer in learner.optimizers],
        "seen": learner.seen,
        "loss": learner.loss,
    }
    torch.save(state, folder / "state.tmp")
    (folder / "state.tmp").replace(folder / "state.pt")
    averaged = copy.deepcopy(learner.network)
    with torch.no_grad():
        for weight, value in zip(averaged.parameters(), learner.average, strict=True):
            weight.copy_(value)
    averaged.save_pretrained(folder / "unet")
    earlier = json.loads((folder / "curve.json").read_text()) if (folder / "curve.json").exists() else []
    first = curve[0][0] if curve else learner.seen
    whole = [point for point in earlier if point[0] < first] + curve
    (folder / "curve.json").write_text(json.dumps(whole))
