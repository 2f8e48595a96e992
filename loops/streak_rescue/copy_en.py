from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Save your streak together",
        "headline": "My {days}-day streak ends tonight. Answer 10 questions with me to save it?",
        "pitch": "10 questions in {skill}, side by side. No account needed.",
        "cta": "Play along",
    },
}
