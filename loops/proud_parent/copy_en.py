from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "A week to be proud of",
        "headline": "Rounds of practice this week: {rounds}. Minutes: {minutes}. We are proud.",
        "pitch": "See what a week looks like, and take a class pass for your own child.",
        "cta": "Try five questions",
    },
    "high": {
        "title": "What a week. Let others see it",
    },
}
