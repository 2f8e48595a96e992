"""Reads of the learning pages, each with its number of queries."""
