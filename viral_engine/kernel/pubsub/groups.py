import re


def group_name(topic: str) -> str:
    """Return the channel-layer group of a topic: ASCII letters, digits and `-_.`, under 100 characters."""
    return re.sub(r"[^A-Za-z0-9\-_.]", lambda found: f".{ord(found.group()):x}.", topic)[:99]
