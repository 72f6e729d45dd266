"""The nouns: attributes, backgrounds, scenarios, scores, and the statistics over them."""
