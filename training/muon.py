"""Muon: momentum whose direction is made orthogonal, for the weights of layers; fewer steps than Adam needs.

After Keller Jordan's description (https://kellerjordan.github.io/posts/muon/), his Newton-Schulz coefficients included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

_ADAM_RATE, _MUON_RATE = 1e-3, 0.01


class Muon(torch.optim.Optimizer):  # type: ignore[misc]  # torch is not where types are checked
    """For weights of two and more dimensions; convolutions count as matrices of (outputs, everything else)."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter], rate: float, momentum: float = 0.95) -> None:
        super().__init__(parameters, {"lr": rate, "momentum": momentum})

    @torch.no_grad()  # type: ignore[untyped-decorator]  # as above
    def step(self, closure: None = None) -> None:
        """Change every weight that has a gradient."""
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                average = state.setdefault("momentum", torch.zeros_like(weight.grad))
                average.lerp_(weight.grad, 1 - group["momentum"])
                direction = orthogonal(weight.grad.lerp(average, group["momentum"]).flatten(1))
                scale = max(1.0, direction.shape[0] / direction.shape[1]) ** 0.5
                weight.add_(direction.view_as(weight).to(weight.dtype), alpha=-group["lr"] * scale)


def orthogonal(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Return about the nearest matrix whose singular values are one, by Newton and Schulz's iteration."""
    x = matrix.bfloat16()
    x = x.T if matrix.shape[0] > matrix.shape[1] else x
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def make_optimizers(
    network: torch.nn.Module, is_inside: Callable[[str], bool], *, muon: bool
) -> list[torch.optim.Optimizer]:
    """Return Muon for the layers inside, Adam for the first and last ones, norms and biases; or Adam for all."""
    named = list(network.named_parameters())
    inside = [weight for name, weight in named if muon and weight.ndim > 1 and is_inside(name)]
    taken = {id(weight) for weight in inside}
    others = [weight for _, weight in named if id(weight) not in taken]
    adam = torch.optim.AdamW(others, _ADAM_RATE, betas=(0.9, 0.98), weight_decay=0.0)
    optimizers: list[torch.optim.Optimizer] = [adam, Muon(inside, _MUON_RATE)] if inside else [adam]
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["highest"] = group["lr"]
    return optimizers


def set_rate(optimizers: list[torch.optim.Optimizer], share: float) -> None:
    """Set each optimizer's learning rate to that share of its highest."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["highest"] * share
