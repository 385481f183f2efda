"""How the small diffusion model of pipeline mode is made: data, autoencoder, text encoder, denoiser, export, report.

`python -m training --help` in the checkout, in an environment with torch, diffusers and transformers. Nothing here is
shipped: the server needs only what `export` writes into `mockserver/diffusion/model/`.
"""
