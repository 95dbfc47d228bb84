"""Names that have a meaning by custom, where a page says nothing of them."""

FUNCTIONS = frozenset((
    "tanh", "sinh", "cosh", "sin", "cos", "tan", "exp", "log", "ln", "max", "min", "softmax", "sigmoid", "diag", "tr",
    "ReLU", "relu", "prod", "crossentropy", "softplus", "sqrt",
))  # fmt: skip
OPEN_FUNCTIONS = frozenset(("f", "g", "phi", "varphi", "sigma", "varsigma", "psi", "F", "G", "ell", "l", "Phi", "rho"))
LOSSES = frozenset(("L", "J", "E", "C", "ell", "loss", "cost", "Loss", "Cost"))
