"""The table of schedulers: every name that a provider offers, and which solver stands for it here."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any, cast, get_args

from .levels import Levels, Spacing, signal_curve, spaced, spaced_for_consistency
from .multistep import Deis, DpmPlusPlus, Pndm
from .single_step import Consistency, Euler, EulerAncestral, Heun, Midpoint
from .solver import Solver
from .unipc import UniPc

TABLE = Path(__file__).with_name("table.toml")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of solver. make: from levels. diffusers, options: the class that does the same, and what it is given.

    zero_snr: it can begin where there is no signal at all. whole, ends_clean: how its levels are spaced.
    """

    make: Callable[[Levels], Solver]
    diffusers: str
    options: Mapping[str, Any] = field(default_factory=dict)
    zero_snr: bool = False
    whole: bool = True
    ends_clean: bool = True


_DPM = "DPMSolverMultistepScheduler"
_SDE = {"algorithm_type": "sde-dpmsolver++"}
KINDS = {
    "ddim": Kind(Euler, "DDIMScheduler", zero_snr=True),
    "ddpm": Kind(EulerAncestral, "DDPMScheduler", zero_snr=True),
    "euler": Kind(Euler, "EulerDiscreteScheduler", zero_snr=True, whole=False),
    "euler-a": Kind(EulerAncestral, "EulerAncestralDiscreteScheduler", zero_snr=True, whole=False),
    "heun": Kind(Heun, "HeunDiscreteScheduler", whole=False),
    "kdpm2": Kind(Midpoint, "KDPM2DiscreteScheduler", whole=False),
    "kdpm2-a": Kind(partial(Midpoint, renew=True), "KDPM2AncestralDiscreteScheduler", whole=False),
    "dpm++-2m": Kind(DpmPlusPlus, _DPM, {"solver_order": 2}, zero_snr=True),
    "dpm++-3m": Kind(partial(DpmPlusPlus, order=3), _DPM, {"solver_order": 3}, zero_snr=True),
    "dpm++-2m-sde": Kind(partial(DpmPlusPlus, renew=True), _DPM, {"solver_order": 2, **_SDE}, zero_snr=True),
    "dpm++-3m-sde": Kind(partial(DpmPlusPlus, order=3, renew=True), _DPM, {"solver_order": 3, **_SDE}, zero_snr=True),
    "unipc-2": Kind(UniPc, "UniPCMultistepScheduler", {"solver_order": 2}, zero_snr=True),
    "unipc-3": Kind(partial(UniPc, order=3), "UniPCMultistepScheduler", {"solver_order": 3}, zero_snr=True),
    "deis": Kind(Deis, "DEISMultistepScheduler", ends_clean=False),
    "pndm": Kind(Pndm, "PNDMScheduler", {"skip_prk_steps": True}),
    "lcm": Kind(Consistency, "LCMScheduler", zero_snr=True),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a name stands for. solver: a key of KINDS."""

    solver: str
    spacing: Spacing = "plain"

    @property
    def zero_snr(self) -> bool:
        """Whether sampling begins without any signal. Spaced by the ratio of noise, most steps would go there."""
        return KINDS[self.solver].zero_snr and self.spacing == "plain"

    @property
    def diffusers(self) -> tuple[str, dict[str, Any]]:
        """The class of diffusers that takes the same steps, and what its ``from_config`` is given besides the file."""
        options = dict(KINDS[self.solver].options)
        if self.spacing != "plain":
            options |= {f"use_{self.spacing}_sigmas": True, "rescale_betas_zero_snr": False}
        return KINDS[self.solver].diffusers, options


@cache
def names() -> Mapping[str, Chosen]:
    """Return what each known name stands for."""
    return {name: _chosen(text) for name, text in _table()["names"].items()}


def chosen(name: str) -> Chosen:
    """Return what a name stands for; an unknown one gets the default."""
    return names().get(name) or _chosen(_table()["default"])


def solver_for(wanted: Chosen, config: Mapping[str, Any], steps: int) -> Solver:
    """Return a new solver for one picture. config: a diffusers ``scheduler_config.json``. steps: from 1, at most 50."""
    kind = KINDS[wanted.solver]
    curve = signal_curve(config, zero_snr=wanted.zero_snr)
    if wanted.solver == "lcm":
        return kind.make(spaced_for_consistency(curve, steps))
    levels = spaced(curve, steps, wanted.spacing, whole=kind.whole, ends_clean=kind.ends_clean)
    return kind.make(levels)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def _chosen(text: str) -> Chosen:
    solver, _, spacing = text.partition(" ")
    if solver not in KINDS or (spacing or "plain") not in get_args(Spacing):
        raise ValueError(f"{TABLE.name}: {text!r} names no solver and spacing; solvers are {', '.join(KINDS)}")
    return Chosen(solver, cast(Spacing, spacing or "plain"))
