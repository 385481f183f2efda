"""The order of a LoRA: from a dataset to the file of its weights."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from ..derive import canonical, digest
from ..training import LoraRecipe
from .base import OnStep, PictureMaker
from .opening import Plan, made_from

RATE = 0.0005  # of a training whose task has no such parameter


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """A training. trainer: how its trainer is opened. steps: as many are taken. dataset: a ZIP file, found good."""

    recipe: LoraRecipe
    trainer: Plan
    steps: int
    dataset: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """The name under which the store keeps the file."""
        return training_key(self.recipe, self.steps)

    @property
    def what(self) -> str:
        """Its size, for the log."""
        return f"training of {self.recipe.images} pictures"

    @property
    def patience(self) -> float:
        """How many times as long as a picture it may take."""
        return 30.0

    def fulfil(self, maker: Callable[[], PictureMaker], on_step: OnStep) -> bytes:
        """Return the safetensors file. maker: is not needed."""
        from ..diffusion.lora_training import TrainingPicture  # here: few servers ever train
        from ..training.pictures import dataset_pictures

        recipe = self.recipe
        trainer: Any = made_from(self.trainer)
        pictures = [TrainingPicture(picture, caption) for picture, caption in dataset_pictures(self.dataset)]
        data: bytes = trainer.train(
            pictures,
            steps=self.steps,
            learning_rate=recipe.learning_rate or RATE,
            trigger_word=recipe.trigger_word or "",
            seed=int(recipe.identity[:16], 16),
            metadata={"name": recipe.name, "air": recipe.air, "trainer": recipe.trainer, "base": recipe.base},
            on_step=lambda done, of, _loss: on_step(done, of),
        )
        return data


def training_key(recipe: LoraRecipe, steps: int) -> str:
    """Return the name under which the store keeps what a training gives."""
    return digest("trained", canonical(asdict(recipe)), steps).hex()
