"""The search around the kernel: readings and assumptions of a claim, and what is wrong with it."""
