"""The benchmark: `python -m numeric.bench` times ours beside its peers, after asserting that both are right."""
