"""A small real diffusion pipeline: the same weights on two engines, ONNX Runtime and diffusers."""
