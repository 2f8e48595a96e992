"""Build safe SVG elements: values are escaped, numbers are short, and no element has a style attribute."""

from functools import lru_cache

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from viral_engine.formatting import label_text

Attribute = str | float | None


@lru_cache(maxsize=512)
def _shape(name: str, keys: tuple[str, ...]) -> str:
    names = (key.rstrip("_").replace("_", "-") for key in keys)
    return f"<{name}" + "".join(f' {key}="{{}}"' for key in names) + f">{{}}</{name}>"


def tag(name: str, *inside: SafeString | str, **attributes: Attribute) -> SafeString:
    """One element. Text inside is escaped, elements are kept, and an attribute of None is omitted.

    Shape  tag("line", x1=0.5, class_="chart-grid") is <line x1="0.5" class="chart-grid"></line>.
    """
    given = {key: _value(value) for key, value in attributes.items() if value is not None}
    return format_html(_shape(name, tuple(given)), *given.values(), join(*inside))


def join(*parts: SafeString | str) -> SafeString:
    """The parts in order, escaped where they are plain text."""
    whole = SafeString()
    for part in parts:
        whole += escape_text(part)
    return whole


def escape_text(part: SafeString | str) -> SafeString:
    """Escape text and remove characters that XML forbids (control characters, surrogates). Elements are kept."""
    is_fine = isinstance(part, SafeString) or part.isprintable()
    return conditional_escape(part if is_fine else label_text(part, len(part)))


def svg_root(title: str, description: str, *inside: SafeString, size: tuple[int, float], kind: str) -> SafeString:
    """The root element of a chart; it scales with its container and has a title and description for screen readers."""
    width, height = size
    return tag(
        "svg",
        tag("title", title),
        tag("desc", description) if description else "",
        *inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height:g}",
        class_=f"chart-svg chart-{kind}",
        role="img",
    )


def empty_chart(title: str, message: str, *, size: tuple[int, float], kind: str) -> SafeString:
    """The empty state: a box with a message."""
    width, height = size
    return svg_root(
        title,
        message,
        tag("rect", x=1, y=1, width=width - 2, height=height - 2, rx=12, class_="chart-void"),
        tag("text", message, x=width / 2, y=height / 2, class_="chart-empty", text_anchor="middle", dy="0.35em"),
        size=size,
        kind=kind,
    )


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
