"""A page in the browser: the text on the left, its formulas with their verdicts on the right."""
