"""The only reader and writer of CSV: no download contains a cell that a spreadsheet would run as a formula."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from numbers import Number

# Characters that start a formula in a spreadsheet, also after spaces and invisible characters, full-width and small.
FULL_WIDTH = "\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}"
SMALL = "\N{SMALL EQUALS SIGN}\N{SMALL PLUS SIGN}\N{SMALL HYPHEN-MINUS}\N{SMALL COMMERCIAL AT}"
STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH, *SMALL)


class _Echo:
    """A file that returns each line written to it."""

    def write(self, line: str) -> str:
        return line


_writer = csv.writer(_Echo())


def csv_line(cells: Iterable[object]) -> str:
    """One line of a CSV file: numbers stay numbers, missing values are empty, and no text is a formula."""
    return str(_writer.writerow([_guarded(cell) for cell in cells]))


class NotCsv(ValueError):
    """The text is no CSV with one header line; the message says why."""


def read_csv(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their line numbers, by column; cells without the spaces around them.

    Raises  NotCsv, also while reading.
    """
    try:
        reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(keepends=True), strict=True)
        names = reader.fieldnames or []
        if not names or len(set(names)) != len(names):
            raise NotCsv("The first line must name the columns, each once.")
        for row in reader:
            if None in row or None in row.values():
                raise NotCsv(f"Line {reader.line_num} has another number of cells than the first line.")
            yield reader.line_num, {name.strip(): cell.strip() for name, cell in row.items()}
    except csv.Error as error:
        raise NotCsv(f"Line {reader.line_num}: {error}") from error


def _guarded(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would run."""
    if cell is None or isinstance(cell, Number | date):
        return cell
    text = str(cell)
    first = next((place for place, char in enumerate(text) if char.isprintable() and not char.isspace()), len(text))
    is_formula = text.startswith(STARTS_FORMULA) or text.startswith(STARTS_FORMULA, first)
    return f"'{text}" if is_formula else text
