"""Names that have a meaning by custom, where a page says nothing of them."""

FUNCTIONS = frozenset((
    "tanh", "sinh", "cosh", "sin", "cos", "tan", "exp", "log", "ln", "max", "min", "softmax", "sigmoid", "diag", "tr",
    "ReLU", "relu", "prod", "crossentropy", "softplus", "sqrt",
))  # fmt: skip
OPEN_FUNCTIONS = frozenset(("f", "g", "phi", "varphi", "sigma", "varsigma", "psi", "F", "G", "ell", "l", "Phi", "rho"))
LOSSES = frozenset(("L", "J", "E", "C", "ell", "loss", "cost", "Loss", "Cost"))


def base_letter(name: str) -> str:
    """The letter of a name without what stands above and below it: W of W_1 and of W^2."""
    return name.split("_")[0].split("^")[0]
