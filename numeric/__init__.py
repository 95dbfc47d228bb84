"""Numbers: the reference, the engines that run the derived program, training and its checks."""
