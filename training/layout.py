"""The networks' shapes: the variants tried, and how their parts are built and initialised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diffusers import AutoencoderTiny, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel

TOKENS = 32  # of a caption, padding included
TEXT_WIDTH = 128
LATENT_CHANNELS = 4
PX_PER_LATENT = 8
_HEAD_WIDTH = 32  # of an attention head
WORK_AREA = 128 * 128  # px of the pictures that the model is trained on
SIZES_PX = ((128, 128), (160, 96), (96, 160), (144, 112), (112, 144))  # width and height
SIZE_SHARES = (0.6, 0.1, 0.1, 0.1, 0.1)


@dataclass(frozen=True, slots=True)
class Variant:
    """A denoiser's shape. attention: which levels read the caption; pooled: every block gets it as well.

    muon: trained with Muon instead of Adam alone.
    """

    name: str
    channels: tuple[int, ...]
    attention: tuple[bool, ...]
    pooled: bool
    muon: bool = True
    why: str = ""


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant(
            "deep", (64, 128), (False, True), pooled=False, why="the caption by cross-attention at 8x8, as in the trial"
        ),
        Variant("pooled", (64, 128), (False, True), pooled=True, why="the caption's mean in every block as well"),
        Variant("small", (48, 96), (False, True), pooled=True, why="as pooled, narrower: more pictures a second"),
        Variant("attentive", (64, 128), (True, True), pooled=True, why="as pooled, attention at 16x16 as well"),
        Variant("adam", (64, 128), (False, True), pooled=True, muon=False, why="as pooled, trained with Adam alone"),
    )
}


def make_autoencoder() -> AutoencoderTiny:
    """Return an autoencoder with fresh weights: 8 times smaller, 4 channels."""
    from diffusers import AutoencoderTiny

    autoencoder = AutoencoderTiny(
        encoder_block_out_channels=(32,) * 4,
        decoder_block_out_channels=(32,) * 4,
        latent_channels=LATENT_CHANNELS,
        num_encoder_blocks=(0, 0, 2, 2),
        num_decoder_blocks=(2, 2, 1, 0),
        force_upcast=False,
    )
    _keep_variance(autoencoder)
    return autoencoder


def _keep_variance(autoencoder: AutoencoderTiny) -> None:
    """Initialise so that signals keep their size: with torch's own gain they die in this stack without norms."""
    import torch
    from diffusers.models.autoencoders.vae import AutoencoderTinyBlock

    for module in autoencoder.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.normal_(module.weight, std=(1.4 / module.weight[0].numel()) ** 0.5)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
    for module in autoencoder.modules():
        if isinstance(module, AutoencoderTinyBlock):
            module.conv[-1].weight.data.mul_(0.2)
    autoencoder.decoder.layers[-1].bias.data.fill_(0.5)


def make_text_encoder(vocabulary: int) -> CLIPTextModel:
    """Return a text encoder with fresh weights for a vocabulary of that many tokens."""
    from transformers import CLIPTextConfig, CLIPTextModel

    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=vocabulary,
            hidden_size=TEXT_WIDTH,
            intermediate_size=2 * TEXT_WIDTH,
            num_hidden_layers=3,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            projection_dim=TEXT_WIDTH,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )


def make_denoiser(variant: Variant) -> UNet2DConditionModel:
    """Return a denoiser of that shape with fresh weights."""
    from diffusers import UNet2DConditionModel
    from diffusers.models.attention_processor import AttnProcessor

    down = ["CrossAttnDownBlock2D" if reads else "DownBlock2D" for reads in variant.attention]
    up = ["CrossAttnUpBlock2D" if reads else "UpBlock2D" for reads in reversed(variant.attention)]
    pooled = {"addition_embed_type": "text", "addition_embed_type_num_heads": 4} if variant.pooled else {}
    denoiser = UNet2DConditionModel(
        sample_size=16,
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        layers_per_block=1,
        block_out_channels=variant.channels,
        down_block_types=down,
        mid_block_type="UNetMidBlock2DCrossAttn",
        up_block_types=up,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=tuple(width // _HEAD_WIDTH for width in variant.channels),  # diffusers: heads
        norm_num_groups=16,
        **pooled,
    )
    denoiser.set_attn_processor(AttnProcessor())  # on so few tokens faster than the fused one; the same result
    return denoiser


def make_scheduler() -> DDIMScheduler:
    """Return the noise schedule: v-prediction, zero terminal signal, 1000 steps."""
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        num_train_timesteps=1000,
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
    )
