from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Miren juntos en qué puesto están",
        "headline": "Saqué {score}% en {subject}. ¿En qué puesto quedas tú?",
        "pitch": "Un diagnóstico de 20 preguntas que se adapta a ti. Sin crear una cuenta.",
        "cta": "Descubrir mi nivel",
    },
    "high": {
        "title": "Tu tabla espera a más jugadores",
    },
    "medium": {
        "title": "Lleva a tus amigos a tu tabla",
    },
    "reading": {
        "headline": "Saqué {score}% en {subject}. ¿Subes leyendo en nuestra tabla?",
    },
    "science": {
        "headline": "Saqué {score}% en {subject}. ¿Te pones a prueba en nuestra tabla?",
    },
}
