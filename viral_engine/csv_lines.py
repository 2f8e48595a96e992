"""The only writer of CSV, so that no download contains a cell that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable
from datetime import date
from numbers import Number

# Characters that start a formula in a spreadsheet, also after spaces, and in full width.
FULL_WIDTH = "\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)


class _Echo:
    """A file that returns each line written to it."""

    def write(self, line: str) -> str:
        return line


_writer = csv.writer(_Echo())


def csv_line(cells: Iterable[object]) -> str:
    """One line of a CSV file: numbers stay numbers, missing values are empty, and no text is a formula."""
    return str(_writer.writerow([_guarded(cell) for cell in cells]))


def _guarded(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run."""
    if cell is None or isinstance(cell, Number | date):
        return cell
    text = str(cell)
    is_formula = text.startswith(STARTS_FORMULA) or text.lstrip().startswith(STARTS_FORMULA)
    return f"'{text}" if is_formula else text
