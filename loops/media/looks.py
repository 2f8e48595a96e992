"""The looks of a card: three designs, as arms of an experiment, each in a landscape and in a story format."""

from dataclasses import dataclass
from enum import StrEnum

from loops.media.canvas import CARD, INK, STORY, SUN, VIOLET, WHITE, Palette


class CardDesign(StrEnum):
    BRIGHT = "bright"  # the card's color from edge to edge
    PAPER = "paper"  # cream paper with confetti, the picture on a disc of the card's color
    NIGHT = "night"  # a dark sky with stars, the card's color as a glow


@dataclass(frozen=True, slots=True)
class Hue:
    """The color of a kind of card: dark for grounds, main, light for shapes, tint for secondary text on main."""

    dark: str
    main: str
    light: str
    tint: str


@dataclass(frozen=True, slots=True)
class CardLook:
    """How a card is drawn; 1200 x 630 for previews of links, 1080 x 1920 for stories."""

    design: CardDesign = CardDesign.BRIGHT
    is_story: bool = False

    @property
    def size(self) -> tuple[int, int]:
        return STORY if self.is_story else CARD

    def palette(self, hue: Hue) -> Palette:
        """Return the colors of this design for a kind of card."""
        if self.design == CardDesign.PAPER:
            return Palette(
                start="#fffaf0",
                end="#ffeed6",
                circle="#fff3df",
                ink=INK,
                faint="#5c5480",
                track=hue.light,
                mark=hue.dark,
                stage=hue.main,
                button=hue.dark,
                label=WHITE,
                pattern="confetti",
            )
        if self.design == CardDesign.NIGHT:
            return Palette(
                start="#0f0a2e",
                end="#241a5e",
                circle=hue.dark,
                faint="#cfc8f2",
                track="#4b3f8f",
                stage=hue.dark,
                pattern="stars",
            )
        return Palette(
            start=hue.dark, end=hue.main, circle=hue.light, faint=hue.tint, track=hue.light, stage=hue.dark, button=SUN
        )


def design_named(name: object) -> CardDesign:
    """Return the design of this name; an unknown one, such as an arm of an experiment may hold, is BRIGHT."""
    return next((one for one in CardDesign if one == name), CardDesign.BRIGHT)


LINK_PREVIEW = CardLook()

VIOLET_HUE = Hue(dark="#3b22c4", main=VIOLET, light="#8468ff", tint="#e6e0ff")
INDIGO_HUE = Hue(dark="#12388f", main="#2f6df0", light="#6f9dfb", tint="#d9e6ff")
GREEN_HUE = Hue(dark="#075e4b", main="#0d9474", light="#3fbf9f", tint="#d4f5ea")
EMBER_HUE = Hue(dark="#8a2a12", main="#d6541c", light="#f0a07a", tint="#ffe6d6")
BERRY_HUE = Hue(dark="#7a1f6b", main="#c23a7e", light="#e58bbb", tint="#ffe0f0")
TEAL_HUE = Hue(dark="#0b5d6b", main="#12908a", light="#5cc4bd", tint="#d8f5f2")
