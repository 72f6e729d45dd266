"""Safety(q, U): answer from what is known, judge with everything, remember both."""
