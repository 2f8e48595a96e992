from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Study together",
        "headline": "I got {score}% in a {subject} test. Find your level too?",
        "pitch": "A short diagnostic, no account needed.",
        "cta": "Find my level",
    },
}
