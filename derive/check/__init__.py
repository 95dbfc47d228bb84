"""Deciding what people wrote: a verdict on every equality of a page, with its condition or its correction."""
