"""RAISE: which attributes to ask about, planned offline and asked online (arXiv 2505.18882, section 4)."""
