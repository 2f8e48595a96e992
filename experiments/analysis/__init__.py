"""Statistics of an experiment: counts and sums go in; estimates, intervals and a verdict come out.

Pure functions. Most modules import scipy, which takes 0.5 s and 30 MB, so import them inside functions.
`samples`, `multiple` and `verdict` do not need scipy.
"""
