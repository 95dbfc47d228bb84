"""What decides: terms, their exact values and derivatives, and when two of them are equal.

It knows no LaTeX, no legend and no convention: whoever builds its terms has settled all of that. `compare.py` states
what `holds` means, as a theorem with its conditions.
"""
