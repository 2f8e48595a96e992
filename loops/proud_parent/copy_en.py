from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "A week to be proud of",
        "headline": "Practices this week: {rounds}. Minutes: {minutes}. We are so proud!",
        "pitch": "See what a week looks like, and get a class pass for your child.",
        "cta": "Try five questions",
    },
    "high": {
        "title": "What a week! Share it",
    },
    "medium": {
        "title": "A good week. Share it",
    },
}
