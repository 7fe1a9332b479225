"""The four stages, in reading order: movie to density, to D(u) and G(u), to a formula, to a movie.

This file is written last; it is the first that a newcomer reads.
"""
