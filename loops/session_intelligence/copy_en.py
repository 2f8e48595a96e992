from loops.rules.copy import Texts

# A variant is a kind of action, in the place of a subject.
TEXTS: Texts = {
    "": {
        "title": "From your tutoring session",
        "headline": "We worked on {skill}. Try five questions with me.",
        "pitch": "5 questions, 2 minutes, no account needed.",
        "cta": "Try them",
    },
    "beat_my_skill": {
        "title": "Turn a gap into a challenge",
        "headline": "I am training {skill}. Bet you cannot get all five right!",
        "cta": "Take the challenge",
    },
    "study_buddy": {
        "title": "Study with a buddy",
        "headline": "Want to study {skill} with me? Here are five questions.",
        "cta": "Study together",
    },
    "celebration": {
        "title": "You got it. Celebrate!",
        "headline": "I cracked {skill} today! Can you?",
        "cta": "Try it",
    },
    "parent_reel": {
        "title": "A session to be proud of",
        "headline": "My child had a great tutoring session in {skill}. Try the five questions.",
        "cta": "Try a taste of it",
    },
    "tutor_share": {
        "title": "Share how you teach",
        "headline": "I teach {skill}. Try five of my questions.",
        "cta": "Try a sample",
    },
    "prep_pack": {
        "title": "Class sampler for the next session",
        "headline": "Get ready for {skill}: five questions to warm up.",
        "cta": "Warm up",
    },
}
