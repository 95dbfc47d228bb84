"""The benchmark: `python -m numeric.bench` times the derived gradients beside their peers, after asserting that both are right."""
