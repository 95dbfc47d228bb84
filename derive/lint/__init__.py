"""The verdicts on a page as authors know them from linters: diagnostics, as text and for machines."""
