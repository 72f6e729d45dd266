"""The paper's studies: which work each needs, and what its numbers come to."""
