"""penguin-local: how safe is an answer for someone, given what is known about them?"""

__version__ = "0.1.0"
