from loops.rules.copy import Texts

TEXTS: Texts = {
    "": {
        "title": "De tu sesión de tutoría",
        "headline": "Trabajamos en {skill}. Prueba cinco preguntas conmigo.",
        "pitch": "5 preguntas, 2 minutos, sin cuenta.",
        "cta": "Probar",
    },
    "beat_my_skill": {
        "title": "Convierte un hueco en un reto",
        "headline": "Estoy entrenando {skill}. ¡A que no aciertas las cinco!",
        "cta": "Aceptar el reto",
    },
    "study_buddy": {
        "title": "Estudia en compañía",
        "headline": "¿Estudias {skill} conmigo? Aquí van cinco preguntas.",
        "cta": "Estudiar juntos",
    },
    "celebration": {
        "title": "Lo lograste. ¡A celebrar!",
        "headline": "¡Hoy entendí {skill}! ¿Y tú?",
        "cta": "Probar",
    },
    "parent_reel": {
        "title": "Una sesión para estar orgullosos",
        "headline": "Mi hijo tuvo una gran sesión de {skill}. Prueba las cinco preguntas.",
        "cta": "Probar un poco",
    },
    "tutor_share": {
        "title": "Comparte cómo enseñas",
        "headline": "Enseño {skill}. Prueba cinco de mis preguntas.",
        "cta": "Probar una muestra",
    },
    "prep_pack": {
        "title": "Muestra para la próxima sesión",
        "headline": "Prepárate para {skill}: cinco preguntas para calentar.",
        "cta": "Calentar",
    },
}
