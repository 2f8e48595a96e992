"""Every loop by name. A loop without a row in the database does not run."""

from loops.core.base import ViralLoop
from loops.core.links import LOOP_OF_PURPOSE
from loops.core.share import SharePack, build_share_pack
from loops.models import Link
from loops.models.link import DETAIL_RELATIONS, UNREAD_DETAILS
from loops.rules.copy import LANGUAGES

LOOPS: dict[str, ViralLoop] = {}


def register(loop: ViralLoop) -> None:
    """Make the loop known: the orchestrator may offer it, its links can be followed and its copy is found.

    Raises  ValueError for a name or a purpose that another loop has.
    """
    taken = [purpose for purpose in loop.purposes if purpose in LOOP_OF_PURPOSE]
    if loop.name in LOOPS or taken:
        raise ValueError(f"{loop.name}: another loop has this name or these purposes: {taken}")
    LOOPS[loop.name] = loop
    DETAIL_RELATIONS[loop.name] = loop.detail_relations
    UNREAD_DETAILS[loop.name] = loop.unread_details
    LOOP_OF_PURPOSE.update(dict.fromkeys(loop.purposes, loop.name))
    for language, texts in LANGUAGES.items():
        texts[loop.name] = loop.copy[language]


def loop_of(link: Link) -> ViralLoop:
    return LOOPS[link.loop_id]


def share_pack_for(link: Link) -> SharePack:
    """The share pack of a link, without the referrer's name; no query for a link with details."""
    return build_share_pack(link, loop_of(link).share_copy(link))
