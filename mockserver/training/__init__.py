"""Training without a server: what a dataset must be, and the file of weights that a training gives."""

from .dataset import Dataset, DatasetImage, DatasetLimits, DatasetRejected, DatasetRules, read_dataset
from .lora import LoraRecipe, is_lora, lora_file, lora_of, recipe_of

__all__ = [
    "Dataset",
    "DatasetImage",
    "DatasetLimits",
    "DatasetRejected",
    "DatasetRules",
    "LoraRecipe",
    "is_lora",
    "lora_file",
    "lora_of",
    "read_dataset",
    "recipe_of",
]
