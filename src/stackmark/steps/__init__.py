"""The steps of a build, a module each, in the order of `stackmark.pipeline`.

A step takes what earlier steps left in the work directory and leaves its own results there, whole or not at all.
"""
