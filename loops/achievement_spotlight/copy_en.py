from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Show your new badge",
        "headline": "I earned a badge: {badge}. Want to try?",
        "pitch": "A few easy questions, no account needed.",
        "cta": "Try it now",
    },
    "medium": {
        "title": "One more badge. Show it",
    },
    "high": {
        "title": "So many badges! Show this one",
    },
    "reading": {
        "headline": "I earned a badge: {badge}. Want to read along?",
    },
    "science": {
        "headline": "I earned a badge: {badge}. Want to find out how?",
    },
}
