"""Train the autoencoder on rendered pictures and on fields of noise, then store every picture's latents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .layout import make_autoencoder
from .muon import make_optimizers, set_rate
from .pace import Pace, say
from .store import Shelf, Tell

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from diffusers import AutoencoderTiny

_CROP_PX = 64
_BATCH = 32


def train_autoencoder(
    folder: Path, found: list[Shelf], *, minutes: float, device: str, decoder_only: bool = False, seed: int = 0
) -> AutoencoderTiny:
    """Train for that many minutes, going on from what the folder holds, and write it there.

    decoder_only: leave the encoder, and so every stored latent, as it is.
    """
    import torch

    torch.manual_seed(seed)
    autoencoder = load_autoencoder(folder) if (folder / "config.json").exists() else make_autoencoder()
    autoencoder.to(device, memory_format=torch.channels_last).train()
    trained = autoencoder.decoder if decoder_only else autoencoder
    optimizers = make_optimizers(trained, lambda name: "layers.0." not in name, muon=True)
    pace, rng = Pace(minutes, 1.0, falling=0.7), np.random.default_rng(seed)
    while pace.going():
        set_rate(optimizers, pace.learning_rate())
        x = _crops(found, rng).to(device, memory_format=torch.channels_last)
        loss = _loss(autoencoder, x, device, decoder_only=decoder_only)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
        if pace.steps % 100 == 0:
            say(f"autoencoder: step {pace.steps}, {pace.spent():.0%}, loss {float(loss.detach()):.4f}")
    _finish(autoencoder.eval(), found, folder, decoder_only=decoder_only)
    return autoencoder


def load_autoencoder(folder: Path) -> AutoencoderTiny:
    """Return the autoencoder of a folder."""
    from diffusers import AutoencoderTiny

    return AutoencoderTiny.from_pretrained(folder)


def _loss(autoencoder: AutoencoderTiny, x: torch.Tensor, device: str, *, decoder_only: bool) -> torch.Tensor:
    """Return how far the decoded pictures are off, in colour and in edges; latents are kept small and robust."""
    import torch

    with torch.autocast(device, torch.bfloat16), torch.set_grad_enabled(not decoder_only):
        latents = autoencoder.encoder(x).float()
    with torch.autocast(device, torch.bfloat16):
        y = autoencoder.decoder(latents + 0.05 * torch.randn_like(latents)).float()
    off = y - x
    edges = off.diff(dim=2).abs().mean() + off.diff(dim=3).abs().mean()
    return off.abs().mean() + 0.5 * off.pow(2).mean() + 0.5 * edges + 3e-3 * latents.pow(2).mean()


def _crops(found: list[Shelf], rng: np.random.Generator) -> torch.Tensor:
    """Return a batch of crops, (batch, 3, 64, 64) in -1..1; one in eight is a field of noise."""
    import torch

    shelf = found[int(rng.choice(len(found), p=_shares(found)))]
    pictures, cut = shelf.pictures(), []
    for _ in range(_BATCH * 7 // 8):
        index = int(rng.integers(shelf.count))
        top, left = (int(rng.integers(side - _CROP_PX + 1)) for side in pictures.shape[1:3])
        crop = pictures[index, top : top + _CROP_PX, left : left + _CROP_PX]
        cut.append(crop[:, ::-1] if rng.random() < 0.5 else crop)
    x = torch.from_numpy(np.stack(cut)).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return torch.cat([x, _noise_fields(rng, _BATCH // 8)])


def _noise_fields(rng: np.random.Generator, count: int) -> torch.Tensor:
    """Return smooth random fields of colour, so that the autoencoder copes with pictures that show nothing of ours."""
    import torch

    field = torch.zeros(count, 3, _CROP_PX, _CROP_PX)
    for cells in (2, 4, 8, 16):
        coarse = torch.from_numpy(rng.standard_normal((count, 3, cells, cells)).astype(np.float32))
        field += torch.nn.functional.interpolate(coarse, (_CROP_PX, _CROP_PX), mode="bicubic") / cells**0.7
    return field.clamp(-1, 1)


def _shares(found: list[Shelf]) -> np.ndarray:
    counts = np.array([shelf.count for shelf in found], float)
    shares: np.ndarray = counts / counts.sum()
    return shares


def _finish(autoencoder: AutoencoderTiny, found: list[Shelf], folder: Path, *, decoder_only: bool) -> None:
    """Measure, make latents even, and save."""
    import torch

    pictures = np.array(found[0].pictures()[-64:])
    device = next(autoencoder.parameters()).device
    x = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    with torch.no_grad():
        latents = autoencoder.encoder(x)
        y = autoencoder.decoder(latents).clamp(-1, 1)
    psnr = float(10 * torch.log10(4 / (y - x).pow(2).mean((1, 2, 3))).mean())
    say(f"autoencoder: PSNR {psnr:.1f} dB, latents {float(latents.mean()):.2f} +- {float(latents.std()):.2f}")
    if not decoder_only:
        make_even(autoencoder, latents.mean((0, 2, 3)), latents.std((0, 2, 3)))
    autoencoder.save_pretrained(folder)


def make_even(autoencoder: AutoencoderTiny, mean: torch.Tensor, std: torch.Tensor) -> None:
    """Shift and scale the latents' channels to 0 +- 0.5, in the layers at the seam; scaled by 2, they are 0 +- 1.

    A denoiser then minds every channel alike. Half, since the decoder's own clamp (3 tanh(x / 3)) bends larger ones.
    """
    import torch

    last, first = autoencoder.encoder.layers[-1], autoencoder.decoder.layers[0]
    with torch.no_grad():
        last.weight.copy_(last.weight * (0.5 / std).view(-1, 1, 1, 1))
        last.bias.copy_((last.bias - mean) * 0.5 / std)
        first.bias.add_((first.weight.sum((2, 3)) * mean).sum(1))
        first.weight.copy_(first.weight * (std / 0.5).view(1, -1, 1, 1))
    autoencoder.register_to_config(scaling_factor=2.0)


def encode_all(autoencoder: AutoencoderTiny, found: list[Shelf], device: str, tell: Tell) -> None:
    """Store every picture's latents, scaled."""
    import torch

    autoencoder.to(device, memory_format=torch.channels_last).eval()
    scale, done, of = autoencoder.config.scaling_factor, 0, sum(shelf.count for shelf in found)
    for shelf in found:
        pictures, latents = shelf.pictures(), shelf.latents("w+")
        for start in range(0, shelf.count, 64):
            x = torch.from_numpy(np.array(pictures[start : start + 64])).to(device)
            x = x.permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)
            with torch.no_grad(), torch.autocast(device, torch.bfloat16):
                encoded = autoencoder.encoder(x).float() * scale
            latents[start : start + 64] = encoded.half().cpu().numpy()
            done += len(x)
            tell(done, of)
        latents.flush()  # type: ignore[attr-defined]  # a memmap has it
