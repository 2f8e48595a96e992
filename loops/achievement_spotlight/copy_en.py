from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Show your new badge",
        "headline": "I earned a badge: {badge}. Want to try?",
        "pitch": "A few easy questions, no account needed.",
        "cta": "Try it now",
    },
}
