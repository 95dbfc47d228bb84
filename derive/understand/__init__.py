"""What a page speaks of: its quantities, equations and conventions, read from the page itself and from its legend."""
