"""English. {score}, {skill}, {days} and the like are filled in when a text is shown."""

TEXTS: dict[str, dict[str, dict[str, str]]] = {
    "buddy_challenge": {
        "": {
            "title": "Dare a friend",
            "headline": "I scored {score}% in {skill}. Can you beat it?",
            "pitch": "5 questions, 2 minutes, no account needed.",
            "cta": "Play now",
        },
        "high": {"title": "You are on a roll. Dare a friend"},
        "science": {"headline": "I scored {score}% in {skill}. Think your experiment goes better?"},
    },
    "results_rally": {
        "": {
            "title": "See where you stand together",
            "headline": "I scored {score}% in {subject}. Where do you land on our board?",
            "pitch": "A diagnostic of 20 questions that fits itself to you. No account needed.",
            "cta": "Find my level",
        },
        "high": {"title": "Your board is waiting for more players"},
    },
    "proud_parent": {
        "": {
            "title": "A week to be proud of",
            "headline": "Rounds of practice this week: {rounds}. Minutes: {minutes}. We are proud.",
            "pitch": "See what a week looks like, and take a class pass for your own child.",
            "cta": "Try five questions",
        },
        "high": {"title": "What a week. Let others see it"},
    },
    "tutor_spotlight": {
        "": {
            "title": "A lesson worth telling of",
            "headline": "I teach {subject}. Your first lesson with me is half the price.",
            "pitch": "Ask for a lesson in a minute, or try five questions first.",
            "cta": "Ask for a lesson",
        },
    },
    "streak_rescue": {
        "": {
            "title": "Save your streak together",
            "headline": "My {days}-day streak ends tonight. Play 10 questions with me and save it?",
            "pitch": "10 questions of {skill}, side by side. No account needed.",
            "cta": "Play along",
        },
    },
    "achievement_spotlight": {
        "": {
            "title": "Show your new badge",
            "headline": "I earned the badge {badge}. Try what it took?",
            "pitch": "A few easy questions, no account needed.",
            "cta": "Try it now",
        },
    },
}
