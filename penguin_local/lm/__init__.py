"""Language models: text in, text out. Nothing in this room knows what the texts are about."""
