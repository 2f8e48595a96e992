from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Salven juntos tu racha",
        "headline": "Mi racha de {days} días termina esta noche. ¿Juegas 10 preguntas conmigo y la salvamos?",
        "pitch": "10 preguntas de {skill}, codo con codo. Sin crear una cuenta.",
        "cta": "Jugar juntos",
    },
}
