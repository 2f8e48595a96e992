from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "Reta a un amigo",
        "headline": "Saqué {score}% en {skill}. ¿Puedes superarlo?",
        "pitch": "5 preguntas, 2 minutos, sin crear una cuenta.",
        "cta": "Jugar ahora",
    },
    "high": {
        "title": "Estás en racha. Reta a un amigo",
    },
    "science": {
        "headline": "Saqué {score}% en {skill}. ¿Te sale mejor el experimento?",
    },
    "medium": {
        "title": "Sigue así: reta a un amigo",
    },
    "reading": {
        "headline": "Saqué {score}% en {skill}. ¿Lees mejor entre líneas?",
    },
}
