"""A model for a team's inference server: one ONNX network, and Triton's folder around it."""
