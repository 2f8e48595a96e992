from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Salven juntos tu racha",
        "headline": "Mi racha de {days} días termina esta noche. ¿Juegas 10 preguntas conmigo y la salvamos?",
        "pitch": "10 preguntas de {skill}, codo con codo. Sin crear una cuenta.",
        "cta": "Jugar juntos",
    },
    "medium": {
        "title": "Conserva tu racha con un amigo",
    },
    "high": {
        "title": "¡Qué racha! Sálvenla juntos",
    },
    "reading": {
        "headline": "Mi racha de {days} días termina esta noche. ¿Lees 10 preguntas conmigo y la salvamos?",
    },
    "science": {
        "headline": "Mi racha de {days} días termina esta noche. ¿Exploras 10 preguntas conmigo y la salvamos?",
    },
}
