"""Side-by-side measurements of speed and quality: scripts, run by hand, that print what they found."""
