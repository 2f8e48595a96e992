from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Save your streak together",
        "headline": "My {days}-day streak ends tonight. Play 10 questions with me and save it?",
        "pitch": "10 questions of {skill}, side by side. No account needed.",
        "cta": "Play along",
    },
}
