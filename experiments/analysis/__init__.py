"""What an experiment says: counts and sums go in, estimates, intervals and a verdict in plain words come out.

Pure functions. What needs scipy imports it at its top, 0.5 s and 30 MB, so import these modules inside functions;
`samples`, `multiple` and `verdict` are light.
"""
