"""Samplers in numpy: from noise to latents, step by step, each as diffusers takes it. No model and no pictures here."""

from .levels import Levels
from .solver import Predict, Solver
from .table import KINDS, Chosen, chosen, names, solver_for

__all__ = ["KINDS", "Chosen", "Levels", "Predict", "Solver", "chosen", "names", "solver_for"]
