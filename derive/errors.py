"""The error that a user can mend."""


class InputError(ValueError):
    """Input that cannot be used; the message says in one line what is wrong, where, and what to do."""
