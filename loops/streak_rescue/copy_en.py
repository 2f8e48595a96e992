from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Save your streak together",
        "headline": "My {days}-day streak ends tonight. Answer 10 questions with me to save it?",
        "pitch": "10 questions in {skill}, side by side. No account needed.",
        "cta": "Play along",
    },
    "medium": {
        "title": "Keep your streak, with a friend",
    },
    "high": {
        "title": "Such a streak! Save it together",
    },
    "reading": {
        "headline": "My {days}-day streak ends tonight. Read 10 questions with me to save it?",
    },
    "science": {
        "headline": "My {days}-day streak ends tonight. Explore 10 questions with me to save it?",
    },
}
