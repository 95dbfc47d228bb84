"""The derivation engine: equations as array expressions, their derivatives, the chain rule over an unrolled network."""
