from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Show your new badge",
        "headline": "I earned the badge {badge}. Try what it took?",
        "pitch": "A few easy questions, no account needed.",
        "cta": "Try it now",
    },
}
